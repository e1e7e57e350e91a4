/** A public reply that was held back: what the guard saw, why it matters in one line, and the way out first. */

/** @import {Finding} from "./types.js" */
import { el, fill, write } from "./dom.js";
import { language, say, t } from "./strings.js";

/** @typedef {{text: string, reason: string}} Cleared words that are no personal data, as the agent says, and why */

/**
 * @typedef {object} Ways
 * @property {() => void} onPrivate it leaves as a direct message
 * @property {() => void} onEdit back to the draft
 * @property {(cleared: Cleared[]) => void} onPublic it leaves in public, for the reasons given
 */

/** @param {Ways} ways */
export function stoppedReply({ onPrivate, onEdit, onPublic }) {
  const why = el("p", { class: "why", id: "stopped-why" });
  const words = el("p", { class: "words", id: "stopped-words", dir: "auto" });
  const direct = el("button", { class: "main", type: "button", onclick: onPrivate }, t.stopped.direct);
  const edit = el("button", { type: "button", onclick: onEdit }, t.stopped.edit);
  const list = el("ul", { onchange: dress });
  const publish = el("button", { type: "button", onclick: () => onPublic(cleared()) }, t.stopped.publish);
  const mistaken = el(
    "details",
    { class: "mistaken" },
    el("summary", {}, t.stopped.mistaken),
    list,
    el("div", { class: "ways" }, publish, el("span", { class: "hint" }, t.stopped.recorded)),
  );
  const node = el(
    "div",
    { class: "stopped", role: "group", "aria-labelledby": "stopped-why", hidden: true, onkeydown: leave },
    why,
    words,
    el("div", { class: "ways" }, direct, edit),
    mistaken,
  );

  /** @param {KeyboardEvent} event */
  function leave(event) {
    if (event.key !== "Escape") return;
    // It leads back to the draft, and no further.
    event.preventDefault();
    event.stopPropagation();
    onEdit();
  }

  /**
   * @param {string} text the reply, as it was sent
   * @param {Finding[]} found
   * @param {string} channel where everybody would have read it
   */
  function show(text, found, channel) {
    const kinds = [...new Set(found.map(({ kind }) => kindName(kind)))];
    const what = new Intl.ListFormat(language).format(kinds);
    write(why, say(t.stopped.why, { channel, what }));
    fill(words, ...underlined(text, found));
    fill(list, ...found.map((one) => question(textOf(text, one), one)));
    mistaken.open = false;
    node.hidden = false;
    dress();
  }

  function dress() {
    const answers = [...list.querySelectorAll("select")];
    publish.disabled = answers.length < list.children.length || answers.some(({ value }) => !value);
  }

  /** @returns {Cleared[]} */
  function cleared() {
    return [...list.querySelectorAll("select")].map(({ name, value }) => ({ text: name, reason: value }));
  }

  return { node, show, hide: () => (node.hidden = true), focus: () => direct.focus() };
}

/**
 * `text` with what was found underlined. The server counts code points.
 *
 * @param {string} text
 * @param {Finding[]} found
 */
function underlined(text, found) {
  const letters = Array.from(text);
  /** @type {(Node | string)[]} */
  const pieces = [];
  let end = 0;
  for (const one of found) {
    pieces.push(letters.slice(end, one.start).join(""), el("mark", { title: kindName(one.kind) }, textOf(text, one)));
    end = one.end;
  }
  return [...pieces, letters.slice(end).join("")];
}

/**
 * What a person may say of one finding; of what is known to be the customer's own, nothing.
 *
 * @param {string} text
 * @param {Finding} finding
 */
function question(text, { kind, is_customers }) {
  const reasons = Object.entries(t.stopped.reasons).map(([value, words]) => el("option", { value }, words));
  const answer = is_customers
    ? el("span", { class: "hint" }, t.stopped.customers)
    : el("select", { name: text, "aria-label": say(t.stopped.label, { text }) }, ...reasons);
  if (answer instanceof HTMLSelectElement) answer.prepend(el("option", { value: "", selected: true }, say(t.stopped.ask, { kind: kindName(kind) })));
  return el("li", {}, el("b", { dir: "auto" }, text), answer);
}

/**
 * @param {string} text
 * @param {Finding} finding
 */
function textOf(text, { start, end }) {
  return Array.from(text).slice(start, end).join("");
}

/** @param {string} kind */
function kindName(kind) {
  return /** @type {Record<string, string>} */ (t.stopped.kinds)[kind] ?? kind;
}
