/** Calls in words: why one is owed, when, what became of it; and the timeline's lines about calls and promises. */

/** @import {Call, Callback, Entry} from "./types.js" */
import { isLate, left, now, span, talk, when } from "./time.js";
import { say, t } from "./strings.js";
import { hourThere, windowThere } from "./zone.js";

/** @typedef {Record<string, string>} Words */

/**
 * Why a call is owed.
 *
 * @param {Callback} callback
 */
export function reasonWords({ reason, by }) {
  return say(word(t.calls.reasons, reason), { actor: by || t.link.anAgent });
}

/**
 * When it is to be made, on the customer's clock: a window that they chose, at any hour, or as soon as may be.
 *
 * @param {Callback} callback
 */
export function windowWords({ from_at, due_at, asked_at, zone, consent }) {
  const isChosen = from_at && due_at && Date.parse(from_at) > Date.parse(asked_at) + 60_000;
  if (isChosen) return windowThere(from_at, due_at, zone);
  return consent ? t.calls.anyHour : t.calls.soon;
}

/**
 * How long is left, as a word and a number: until it is due, or, before phones may ring, until they may.
 *
 * @param {Callback} callback
 */
export function leftWords({ due_at, ready_at, broken_at }) {
  if (broken_at && due_at && !isLate(due_at)) return say(t.calls.moved, { left: left(due_at) });
  if (ready_at && !isLate(ready_at)) return say(t.calls.opens, { span: span(Date.parse(ready_at) - now()) });
  return due_at ? left(due_at) : "";
}

/**
 * What was tried before, the latest first: "no contesta 10:02, ocupado 9:40".
 *
 * @param {Callback} callback
 */
export function triesWords({ tries }) {
  return tries.toReversed().map(({ at, status }) => `${word(t.calls.ends, status)} ${when(at)}`).join(", ");
}

/**
 * How a call stands, to the agent who makes it.
 *
 * @param {Call} call
 * @param {{name: string, isManual: boolean}} around
 */
export function callTitle(call, { name, isManual }) {
  const { titles, incoming } = t.calls;
  if (call.direction === "in" && !call.is_over && !call.checked_at) {
    const line = name === call.number ? incoming.number : incoming.talking;
    return say(call.status === "talking" ? line : incoming.rings, { name });
  }
  if (isManual && call.status === "ordered") return say(titles.dial, { name });
  const told = word(titles, call.status) || word(t.calls.ends, call.status);
  return say(told, { name, span: call.seconds ? talk(call.seconds * 1000) : "" });
}

/**
 * The customer's number and the hour there.
 *
 * @param {{number: string | null, zone?: string | null}} callback
 */
export function numberWords({ number, zone }) {
  return [number, hourThere(zone)].filter(Boolean).join(" · ");
}

/**
 * A line of the timeline about a call, a promise, or whether it works.
 *
 * @param {Entry} entry
 * @param {{name: string}} around
 */
export function happenedWords(entry, { name }) {
  const { kind, at, actor, detail } = entry;
  const by = actor || detail.agent || t.link.anAgent;
  const on = (/** @type {string | undefined} */ instant) => when(instant || at);
  return say(template(entry), {
    name,
    actor: by,
    agent: detail.agent || by,
    when: on(detail.due_at),
    ready: on(detail.ready_at || detail.from_at || detail.due_at),
    until: on(detail.until),
    span: detail.seconds ? talk(Number(detail.seconds) * 1000) : "",
    what: word(t.promises.kinds, detail.kind ?? "").toLocaleLowerCase(),
    who: word(t.promises.whom, detail.told ?? ""),
    why: say(word(t.calls.reasons, detail.reason ?? ""), { actor: by }).toLocaleLowerCase(),
    score: detail.score ?? "",
    disposition: word(t.calls.dispositions, detail.disposition ?? "").toLocaleLowerCase(),
    kind: detail.state || kind,
  });
}

/**
 * The sentence for what an entry tells; what somebody did is said otherwise than what came by itself.
 *
 * @param {Entry} entry
 */
function template({ kind, actor, detail }) {
  const { state = "" } = detail;
  const book = /** @type {Record<string, Words>} */ (/** @type {unknown} */ (t.entry.calls))[kind] ?? {};
  if (kind === "callback" && (!state || (state === "offered" && detail.kind === "offer"))) {
    return detail.due_at ? t.entry.callbackOwed : t.entry.callbackOffer;
  }
  const variant = detail.direction === "in" ? `${state}_in` : actor ? state : `${state}_alone`;
  return book[variant] ?? book[state] ?? book.other ?? t.entry.other;
}

/**
 * @param {object} book
 * @param {string} key
 */
export function word(book, key) {
  return /** @type {Words} */ (book)[key] ?? "";
}
