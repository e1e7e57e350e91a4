/** The button that opens the chat, with how much has come while it was closed. */

import { h, icon, say } from "./dom.js";

/** @typedef {import("./words.js").Words} Words */

const BUBBLE = "M4 5h16v11H10l-4.5 4v-4H4z";

export class Launcher {
  #words;

  /** @param {Words} words @param {() => void} open */
  constructor(words, open) {
    this.#words = words;
    this.count = h("span", { class: "count", "aria-hidden": "true", hidden: true });
    const about = { type: "button", class: "launcher", title: words.open, "aria-haspopup": "dialog", onclick: open };
    this.node = h("button", about, icon(BUBBLE), this.count);
    this.heard = h("p", { class: "unseen", role: "status" });
  }

  /** @param {number} unread */
  render(unread) {
    const text = unread ? this.#words.unread(unread) : "";
    say(this.count, unread ? String(unread) : "");
    this.node.setAttribute("aria-label", text ? `${this.#words.open}, ${text}` : this.#words.open);
    if (this.heard.textContent !== text) this.heard.textContent = text;
  }
}
