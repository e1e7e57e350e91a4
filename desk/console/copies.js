/** Who else gets a mail, openly or not: two lines that are folded away until somebody wants them. */

import { el, set, write } from "./dom.js";
import { say, t } from "./strings.js";

const ADDRESS = /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()[\]\\]{1,250}$/;
const MOST = 20;

/** @typedef {{copied: string, blind: string}} Copies as they were typed */

/**
 * @param {object} listener
 * @param {() => void} listener.onChange somebody typed
 * @param {() => void} listener.onSend the reply is to leave
 * @param {() => void} listener.onBack to the words
 */
export function copies({ onChange, onSend, onBack }) {
  const lines = { copied: line(t.composer.copied, "copied"), blind: line(t.composer.blindCopied, "blind") };
  const trouble = el("p", { class: "care", role: "alert", id: "copies-trouble", hidden: true });
  const node = el("div", { class: "copies", id: "copies", hidden: true }, lines.copied.node, lines.blind.node, trouble);
  const button = el(
    "button",
    { class: "extra", type: "button", "aria-expanded": "false", "aria-controls": "copies", onclick: toggle },
    t.composer.copies,
  );
  let isMail = false;
  let isOpen = false;

  /**
   * @param {string} label
   * @param {string} name
   */
  function line(label, name) {
    const input = el("input", { name, type: "text", autocomplete: "off", inputmode: "email", spellcheck: "false", oninput: typed, onkeydown: keyed });
    return { input, node: el("label", {}, el("span", {}, label), input) };
  }

  function typed() {
    trouble.hidden = true;
    for (const { input } of [lines.copied, lines.blind]) set(input, "aria-invalid", null);
    onChange();
  }

  /** @param {KeyboardEvent} event */
  function keyed(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSend();
    else if (event.key === "Enter" || event.key === "Escape") onBack();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function toggle() {
    isOpen = !isOpen;
    if (!isOpen) {
      // What is not seen does not leave.
      lines.copied.input.value = lines.blind.input.value = "";
      typed();
    }
    dress();
    if (isOpen) lines.copied.input.focus();
  }

  function dress() {
    node.hidden = !isMail || !isOpen;
    button.hidden = !isMail;
    set(button, "aria-expanded", String(isOpen));
  }

  /** @returns {Copies} */
  function written() {
    return { copied: lines.copied.input.value, blind: lines.blind.input.value };
  }

  return {
    node,
    button,
    typed: written,
    /** @param {Partial<Copies>} known the draft's */
    show({ copied = "", blind = "" }) {
      lines.copied.input.value = copied;
      lines.blind.input.value = blind;
      isOpen = Boolean(copied || blind);
      trouble.hidden = true;
      dress();
    },
    /** @param {boolean} goesByMail */
    update(goesByMail) {
      isMail = goesByMail;
      dress();
    },
    /** Whether all of them are addresses; if not, it says which is none, and leads there. */
    isRight() {
      if (!isMail) return true;
      for (const { input } of [lines.copied, lines.blind]) {
        const all = addressesIn(input.value);
        const wrong = all.find((address) => !ADDRESS.test(address));
        if (wrong === undefined && all.length <= MOST) continue;
        write(trouble, wrong === undefined ? say(t.composer.tooManyCopies, { most: MOST }) : say(t.composer.noAddress, { text: wrong }));
        trouble.hidden = false;
        set(input, "aria-invalid", "true");
        set(input, "aria-describedby", "copies-trouble");
        input.focus();
        return false;
      }
      return true;
    },
  };
}

/**
 * The addresses in what was typed or pasted, as mail programs write them too: "Ana <ana@example.org>; beto@…".
 *
 * @param {string} text
 */
export function addressesIn(text) {
  const parts = text.includes("<") ? text.split(/[,;\n]/) : text.split(/[\s,;]+/);
  return parts.map((part) => (part.match(/<([^<>]*)>/)?.[1] ?? part).trim()).filter(Boolean);
}
