/** After a mail to another address, or a code to it: the customer is told where they write from, by one click. */

import { masked } from "./hop.js";
import { el, set, write } from "./dom.js";
import { announce } from "./notice.js";
import { nameOf } from "./order.js";
import { store } from "./store.js";
import { inLanguage, say, t } from "./strings.js";
import { placeName } from "./sync.js";
import { placesOf } from "./destination.js";

/** @import {Place} from "./destination.js" */

/** @typedef {{text: string, channel: string}} Word what is told, and the place where */
/** What has left for `to`; `channel` is where the customer was then, "" where that is where they wrote last. @typedef {{kind: "mail" | "code", to: string, channel: string}} Left */

/** What the customer may be told, by conversation. @type {Map<string, Left>} */
const all = new Map();
/** Those who show it. @type {Set<(id: string) => void>} */
const shown = new Set();

/**
 * Something has left for an address of theirs.
 *
 * @param {string} id
 * @param {Left} left
 */
export function offerWord(id, left) {
  all.set(id, left);
  for (const show of shown) show(id);
}

/**
 * @param {object} listener
 * @param {(word: Word) => void} listener.onSend it leaves as it stands
 * @param {(word: Word) => void} listener.onEdit somebody wants to say it otherwise
 */
export function closing({ onSend, onEdit }) {
  const why = el("p", { class: "why", id: "closing-why" });
  const words = el("p", { class: "words", dir: "auto" });
  const send = el("button", { type: "button", class: "main", onclick: () => take(onSend) }, t.closing.send);
  const edit = el("button", { type: "button", onclick: () => take(onEdit) }, t.closing.edit);
  const leave = el("button", { type: "button", class: "plain", onclick: () => take(() => {}) }, t.closing.leave);
  const node = el(
    "div",
    { class: "closing", role: "group", "aria-labelledby": "closing-why", hidden: true },
    why,
    words,
    el("div", { class: "ways" }, send, edit, leave),
  );
  let id = "";

  /** @param {(word: Word) => void} act */
  function take(act) {
    const word = wordOf(id);
    all.delete(id);
    show(id);
    if (word) act(word);
  }

  /** @param {string} next */
  function show(next) {
    id = next;
    const word = wordOf(id);
    const conversation = store.conversation(id);
    node.hidden = !word;
    if (!word || !conversation) return;
    const name = nameOf(conversation) || t.thisPerson;
    write(why, say(word.kind === "code" ? t.closing.codeWhy : t.closing.why, { name, channel: word.place }));
    write(words, word.text);
    set(words, "lang", inLanguage(conversation.language).code);
  }

  shown.add(function tell(conversation) {
    // Who reads in another language now has another box.
    if (!node.isConnected) shown.delete(tell);
    if (!node.isConnected || conversation !== id) return;
    show(id);
    if (!node.hidden) announce(why.textContent ?? "");
  });

  return { node, show };
}

/**
 * What is told where the customer was as it left; nothing where that is the address that was written to.
 *
 * @param {string} id
 */
function wordOf(id) {
  const conversation = store.conversation(id);
  const left = all.get(id);
  if (!left || !conversation || conversation.state === "closed") return undefined;
  const { kind, to, channel } = left;
  const places = placesOf(conversation.replies_to);
  const isElse = (/** @type {Place} */ { handle }) => handle !== `email:${to}`;
  const there = places.find(({ key }) => key === channel) ?? places[0];
  // A code counts where nobody else reads it, and while it is waited for.
  const own = kind === "code" ? [there, ...places].find((one) => one && !one.public && isElse(one)) : there;
  if (!own || !isElse(own) || (kind === "code" && conversation.code?.state !== "waiting")) return undefined;
  const { words } = inLanguage(conversation.language);
  const text = say(kind === "code" ? words.closing.codeWords : words.closing.words, { address: masked(to) });
  return { kind, text, channel: own.key, place: placeName(own.channel, own.public) };
}
