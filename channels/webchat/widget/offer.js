/** The offer to answer by email if the visitor leaves: a quiet line that opens into one field. */

import { h, say } from "./dom.js";

/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./words.js").Words} Words */

export class EmailOffer {
  #words;

  /** @param {Words} words @param {{askEmail: () => void, leaveEmail: (email: string) => void}} act */
  constructor(words, act) {
    this.#words = words;
    this.field = h("input", {
      type: "email",
      autocomplete: "email",
      "aria-label": words.email,
      placeholder: words.email,
    });
    const leave = (/** @type {Event} */ event) => (event.preventDefault(), act.leaveEmail(this.field.value));
    const save = h("button", {}, words.save);
    const row = h("div", { class: "email" }, this.field, save);
    this.form = h("form", { novalidate: true, onsubmit: leave }, h("p", { class: "why" }, words.offer), row);
    this.note = h("p", { class: "note", role: "status" });
    const ask = () => (act.askEmail(), this.field.focus());
    this.button = h("button", { type: "button", class: "offer", onclick: ask }, words.offer);
    this.node = h("div", { class: "leave" }, this.button, this.form, this.note);
  }

  /** @param {Model} model */
  render({ status, offersEmail, email }) {
    const { emailKept, emailWrong, emailLater } = this.#words;
    const isWaiting = status.state === "waiting" || status.state === "taken";
    const isOffered = offersEmail && isWaiting && !status.has_address && email !== "kept";
    this.button.hidden = !isOffered || email !== "";
    this.form.hidden = !isOffered || email === "";
    const note = email === "kept" ? emailKept : email === "wrong" ? emailWrong : email === "later" ? emailLater : "";
    say(this.note, isOffered || (isWaiting && email === "kept") ? note : "");
    this.field.setAttribute("aria-invalid", String(email === "wrong"));
    this.node.hidden = this.button.hidden && this.form.hidden && this.note.hidden;
  }
}
