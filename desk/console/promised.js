/** What was promised in a reply, and by when: a line below it, and what of it is still to come. */

/** @import {Conversation, Entry} from "./types.js" */
import { el } from "./dom.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { instant, isLate, now, when } from "./time.js";

/** One promise: by when, "" where its words do not tell; and its words. @typedef {{due_at: string, phrase: string}} Promised */

/**
 * What is promised in a reply: what Hilo found in its words, and the instant that its author named.
 *
 * @param {Entry} entry
 * @returns {Promised[]}
 */
export function promisesIn({ kind, detail: { promised = "", promise = "" } }) {
  if (kind !== "message_out") return [];
  const found = promised.split("\n").filter(Boolean).map(promiseOf);
  const isFound = found.some(({ due_at }) => Date.parse(due_at) === Date.parse(promise));
  return promise && !isFound ? [...found, { due_at: promise, phrase: "" }] : found;
}

/**
 * Below the reply: "Promised: tomorrow at 10", with the instant on hover; the words, where they tell none.
 *
 * @param {Entry} entry
 */
export function promisedLine(entry) {
  const all = promisesIn(entry).filter(({ due_at }, place, every) => !due_at || every.findIndex((one) => one.due_at === due_at) === place);
  const parts = all.flatMap((one, place) => [place > 0 && ", ", one.due_at ? moment(one.due_at) : `«${one.phrase}»`]);
  return parts.length > 0 && el("p", { class: "aside promised" }, `${t.promised.title}: `, ...parts);
}

/**
 * What is still promised, the nearest first: the instants to come, and those that passed without another word of ours.
 *
 * @param {Conversation} conversation
 * @returns {string[]}
 */
export function stillPromised({ id, state, deadlines, promises = [] }) {
  if (state === "resolved" || state === "closed") return [];
  const { entries } = store.timeline(id) ?? { entries: [] };
  const lastWord = entries.findLast(({ kind, detail }) => kind === "message_out" && !detail.automatic)?.at ?? "";
  const isOpen = (/** @type {string} */ at) => Date.parse(at) > Math.min(now(), Date.parse(lastWord));
  const told = entries.flatMap(promisesIn).flatMap(({ due_at }) => (due_at && isOpen(due_at) ? [due_at] : []));
  const owed = deadlines.flatMap(({ promised, due_at }) => (promised ? [due_at] : []));
  // What is noted as a promise is told by itself (promise-list.js).
  const isNoted = (/** @type {string} */ at) => promises.some(({ due_at }) => Date.parse(due_at) === Date.parse(at));
  const all = [...owed, ...told].filter((at) => !isNoted(at)).sort((one, other) => Date.parse(one) - Date.parse(other));
  return all.filter((at, place) => Date.parse(at) !== Date.parse(all[place - 1] ?? ""));
}

/**
 * For the card: each in a line.
 *
 * @param {string[]} all
 */
export function promisedList(all) {
  return el("ul", { class: "dues promised" }, ...all.map((at) => el("li", {}, moment(at, isLate(at)))));
}

/**
 * In a line of the heading.
 *
 * @param {string} at
 */
export function promisedWords(at) {
  return say(t.promised.by, { when: when(at) });
}

/** @param {string} line @returns {Promised} */
function promiseOf(line) {
  const [due = "-"] = line.split(" ", 1);
  return { due_at: due === "-" ? "" : due, phrase: line.slice(due.length + 1) };
}

/**
 * @param {string} at
 * @param {boolean} [late]
 */
function moment(at, late = false) {
  return el("time", { datetime: at, title: instant(at), class: late && "late" }, when(at));
}
