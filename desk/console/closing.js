/** After a mail to another address: the customer is told on their own channel that it was done, by one click. */

import { masked } from "./hop.js";
import { el, fill, set, write } from "./dom.js";
import { announce } from "./notice.js";
import { nameOf } from "./order.js";
import { store } from "./store.js";
import { inLanguage, say, t } from "./strings.js";
import { placeName } from "./sync.js";
import { placesOf } from "./destination.js";

/** @typedef {{text: string, channel: string}} Word what is told, and the place where */

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
  /** The address that was written to, by conversation. @type {Map<string, string>} */
  const written = new Map();
  let id = "";

  /** @param {(word: Word) => void} act */
  function take(act) {
    const word = wordOf(id, written.get(id));
    written.delete(id);
    show(id);
    if (word) act(word);
  }

  /** @param {string} next */
  function show(next) {
    id = next;
    const word = wordOf(id, written.get(id));
    const conversation = store.conversation(id);
    node.hidden = !word;
    if (!word || !conversation) return;
    const name = nameOf(conversation) || t.thisPerson;
    write(why, say(t.closing.why, { name, channel: word.place }));
    fill(words, word.text);
    set(words, "lang", inLanguage(conversation.language).code);
  }

  return {
    node,
    show,
    /**
     * A mail to `to` has left.
     *
     * @param {string} conversation
     * @param {string} to
     */
    offer(conversation, to) {
      written.set(conversation, to);
      if (conversation !== id) return;
      show(id);
      if (!node.hidden) announce(why.textContent ?? "");
    },
  };
}

/**
 * What is told where the customer wrote last; nothing where that is the address that was written to.
 *
 * @param {string} id
 * @param {string | undefined} to
 */
function wordOf(id, to) {
  const conversation = store.conversation(id);
  const [own] = placesOf(conversation?.replies_to ?? []);
  if (!to || !conversation || conversation.state === "closed" || !own || own.handle === `email:${to}`) return undefined;
  const { words } = inLanguage(conversation.language);
  return { text: say(words.closing.words, { address: masked(to) }), channel: own.key, place: placeName(own.channel, own.public) };
}
