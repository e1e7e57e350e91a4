/** The parts of the box to write in, and how they are called while a reply or a note is written. */

/** @import {Child} from "./dom.js" */
/** @import {Mode} from "./drafts.js" */
import { el, set, write } from "./dom.js";
import { say, t } from "./strings.js";

/** What the keyboard in front of the reader calls it. */
export const MODIFIER = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

/**
 * @typedef {object} Parts
 * @property {Node} held what stands in for all else while a reply is held back
 * @property {Node} told what may be told the customer after the last one
 * @property {Child[]} where where it goes, beside the modes and below them
 * @property {Child[]} above
 * @property {Child[]} below
 * @property {Child[]} extras the buttons beside that to send
 */

/**
 * @param {Parts} parts
 * @param {{onMode: (mode: Mode) => void, onSend: () => void, onLeave: () => void, onInput: () => void}} listener
 */
export function writing({ held, told, where: [sentence, ...doubts], above, below, extras }, { onMode, onSend, onLeave, onInput }) {
  const toReply = tab("r", t.composer.reply, () => onMode("reply"));
  const toNote = tab("n", t.composer.note, () => onMode("note"));
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const box = el("textarea", { rows: 3, "aria-describedby": "where", "aria-keyshortcuts": "Control+Enter" });
  const submit = el("button", { class: "main", type: "submit" });
  const hint = el("span", { class: "hint" }, MODIFIER, " + Enter");
  const node = el(
    "form",
    { class: "composer", "data-drop-words": t.files.drop },
    trouble,
    held,
    told,
    el("div", { class: "modes" }, toReply, toNote, sentence),
    ...doubts,
    ...above,
    box,
    ...below,
    el("div", { class: "send" }, ...extras, hint, submit),
  );

  node.addEventListener("submit", (event) => (event.preventDefault(), onSend()));
  box.addEventListener("input", onInput);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSend();
    else if (event.key === "Escape") onLeave();
    else return;
    event.preventDefault();
  });

  return {
    node,
    box,
    submit,
    trouble,
    /**
     * @param {Mode} mode
     * @param {string} name the customer's
     * @param {boolean} isStopped
     */
    dress(mode, name, isStopped) {
      const isNote = mode === "note";
      set(node, "class", `composer${isNote ? " is-note" : ""}${isStopped ? " is-stopped" : ""}`);
      set(toReply, "aria-pressed", String(!isNote));
      set(toNote, "aria-pressed", String(isNote));
      set(box, "aria-label", isNote ? t.composer.noteLabel : say(t.composer.label, { name }));
      set(box, "placeholder", isNote ? t.composer.notePlaceholder : say(t.composer.placeholder, { name }));
      write(submit, isNote ? t.composer.addNote : t.composer.send);
    },
  };
}

/**
 * @param {string} key
 * @param {string} words
 * @param {() => void} onclick
 */
function tab(key, words, onclick) {
  return el("button", { type: "button", onclick, "aria-keyshortcuts": key }, words);
}
