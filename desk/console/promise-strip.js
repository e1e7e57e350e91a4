/** What was just promised, in a reply or by phone, above the box: noted with one key, and chased from then on. */

/** @import {Finding, PromiseKind} from "./types.js" */
import { snooze } from "./actions.js";
import { el, write } from "./dom.js";
import { announce } from "./notice.js";
import { makePromise } from "./promise-acts.js";
import { askPromise } from "./promise-form.js";
import { say, t } from "./strings.js";
import { isLate, show, timeElement, when } from "./time.js";
import { MODIFIER } from "./writing.js";

/** @typedef {{phrase: string, due_at: string, vague: boolean, kind: PromiseKind, text: string}} Found */

/** What was found and not decided yet, by conversation. @type {Map<string, Found[]>} */
const all = new Map();
/** Those who show it. @type {Set<(id: string) => void>} */
const shown = new Set();

/**
 * Something was promised in `text`, which has left.
 *
 * @param {string} id
 * @param {string} text
 * @param {Finding[]} found
 */
export function offerPromises(id, text, found) {
  const promised = found.flatMap((one) => (one.kind === "promise" && one.due_at ? [foundIn(text, one, one.due_at)] : []));
  const dated = promised.filter(({ due_at }, place) => promised.findIndex((one) => one.due_at === due_at) === place);
  if (!dated.length) return;
  all.set(id, dated);
  for (const show of shown) show(id);
}

/** @param {{onBack: () => void, onLeave: () => void}} listener back to what is written; or elsewhere, where nothing is typed */
export function promiseStrip({ onBack, onLeave }) {
  const words = el("span", { class: "promised-words", dir: "auto" });
  const due = timeElement();
  const policy = el("span", { class: "hint" }, t.promises.policy);
  const keep = el("button", { type: "button", class: "main", onclick: () => confirm(id), "aria-keyshortcuts": "y" });
  const other = el("button", { type: "button", onclick: change }, t.promises.other);
  const back = el("button", { type: "button", onclick: snoozed });
  const leave = el("button", { type: "button", class: "plain", onclick: skip }, t.promises.none);
  const key = el("kbd", {}, "y");
  const hint = el("span", { class: "hint" }, key);
  const node = el(
    "div",
    { class: "closing promise-strip", role: "group", "aria-label": t.promises.found, hidden: true },
    el("p", { class: "why" }, words, el("span", { class: "equals" }, " = "), due, " ", policy),
    el("div", { class: "ways" }, keep, hint, other, back, leave),
  );
  let id = "";

  const first = () => (all.get(id) ?? []).find(({ due_at }) => !isLate(due_at));

  /** @param {string} of @returns {boolean} whether there was one */
  function confirm(of) {
    const found = of === id ? first() : undefined;
    if (!found) return false;
    const isInBox = document.activeElement instanceof HTMLTextAreaElement;
    next(found);
    void makePromise(id, found);
    if (!isInBox) stay();
    return true;
  }

  /** The same key once more notes the next; after the last one it is not typed to the customer. */
  function stay() {
    if (node.hidden) onLeave();
    else keep.focus();
  }

  function skip() {
    const found = first();
    if (found) next(found);
    if (node.hidden) onBack();
    else keep.focus();
  }

  function change() {
    const found = first();
    if (!found) return;
    next(found);
    askPromise(id, found);
  }

  function snoozed() {
    const found = first();
    if (!found) return;
    next(found);
    void makePromise(id, found);
    void snooze(id, new Date(found.due_at));
  }

  /**
   * It is decided; another may follow.
   *
   * @param {Found} decided
   */
  function next(decided) {
    const rest = (all.get(id) ?? []).filter((one) => one !== decided);
    if (rest.length) all.set(id, rest);
    else all.delete(id);
    update(id);
  }

  /** @param {string} of */
  function update(of) {
    id = of;
    const found = first();
    node.hidden = !found;
    if (!found) return;
    write(words, say(t.promises.said, { phrase: found.phrase }));
    show(due, found.due_at, when(found.due_at));
    policy.hidden = !found.vague;
    write(keep, say(t.promises.note[found.kind], { when: when(found.due_at) }));
    write(back, t.promises.back);
  }

  /**
   * What notes it: a letter, or, while the box is written in, what sends; nothing where that would send words.
   *
   * @param {{isInBox: boolean, hasWords: boolean}} writing
   */
  function dressKey({ isInBox, hasWords }) {
    hint.hidden = isInBox && hasWords;
    write(key, isInBox ? `${MODIFIER} + Enter` : "y");
  }

  shown.add(function tell(of) {
    if (!node.isConnected) shown.delete(tell);
    if (!node.isConnected || of !== id) return;
    update(id);
    if (!node.hidden) announce([words.textContent, due.textContent, !hint.hidden && say(t.promises.keyHint, { key: key.textContent ?? "" })].filter(Boolean).join(". "));
  });

  return { node, update, confirm, dressKey };
}

/**
 * @param {string} text
 * @param {Finding} finding
 * @param {string} due_at
 * @returns {Found}
 */
function foundIn(text, { phrase, start, end, vague = false, promise }, due_at) {
  const letters = Array.from(text);
  const before = letters.slice(0, start).join("").split(/[.!?\n]\s/u).at(-1) ?? "";
  const [after = ""] = letters.slice(end).join("").split(/[.!?\n](?:\s|$)/u);
  const sentence = `${before}${phrase}${after}`.trim();
  return { phrase, due_at, vague, text: sentence, kind: promise ?? "word" };
}
