/** The box that the visitor writes in, and what is to be said about it: too long, kept, the line is down. */

import { h, icon, say } from "./dom.js";

/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./words.js").Words} Words */

const UP = "M12 19.5V5m-6 6 6-6 6 6";
const TALLEST = 140;
const COUNTED = 200;

export class Composer {
  #words;
  #act;

  /** @param {Words} words @param {{typed: (text: string) => void, send: (text: string) => void}} act */
  constructor(words, act) {
    this.#words = words;
    this.#act = act;
    this.problem = h("p", { class: "problem", role: "status" });
    this.text = h("textarea", {
      rows: "1",
      "aria-label": words.write,
      placeholder: words.write,
      enterkeyhint: "send",
      oninput: () => (this.grow(), act.typed(this.text.value)),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
      },
    });
    this.send = h("button", { class: "send", "aria-label": words.send, title: words.send }, icon(UP));
    const submit = (/** @type {Event} */ event) => this.#submit(event);
    this.node = h("footer", {}, this.problem, h("form", { onsubmit: submit }, this.text, this.send));
  }

  /** @param {Model} model */
  render(model) {
    const over = [...this.text.value].length - model.maxLength;
    say(this.problem, this.#note(model, over));
    this.text.setAttribute("aria-invalid", String(over > 0));
    this.send.setAttribute("aria-disabled", String(over > 0 || !this.text.value.trim()));
  }

  /** Puts `text` into the box. @param {string} text */
  write(text) {
    this.text.value = text;
    this.grow();
  }

  /** Makes the box as high as its text, up to a limit. */
  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, TALLEST)}px`;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (this.text.value.trim()) this.#act.send(this.text.value);
    this.text.focus();
  }

  /** @param {Model} model @param {number} over how many characters are too many; negative while there is room */
  #note({ isDown, isBusy, pending, problem, maxLength }, over) {
    const words = this.#words;
    if (over > 0) return words.tooLong(over);
    if (isDown) return pending.length ? words.downPending : words.down;
    if (isBusy && pending.length) return words.busy;
    if (problem === "slow") return words.slow;
    if (problem === "unacceptable") return words.unacceptable;
    return over > -COUNTED && maxLength > 2 * COUNTED ? words.left(-over) : "";
  }
}
