/** What the guard saw in a text: underlined where it stands, told in one line each, and taken out by the sentence. */

/** @import {Finding} from "./types.js" */
import { el } from "./dom.js";
import { kindWord, stepWord } from "./fact-words.js";
import { language, say, t } from "./strings.js";

/** Up to the end of a sentence: a point that nothing stands right behind, or the end of the line. */
const SENTENCE = /[\s\S]+?(?:[.!?…]+(?=\s|$)|\n|$)/gu;

/**
 * `text` with what was found underlined. The server counts code points.
 *
 * @param {string} text
 * @param {Finding[]} found
 */
export function underlined(text, found) {
  const letters = Array.from(text);
  /** @type {(Node | string)[]} */
  const pieces = [];
  let end = 0;
  for (const one of [...found].sort((a, b) => a.start - b.start)) {
    const start = Math.max(one.start, end);
    if (one.end <= start) continue;
    const marked = el("mark", { title: findingName(one) }, letters.slice(start, one.end).join(""));
    pieces.push(letters.slice(end, start).join(""), marked);
    end = one.end;
  }
  return [...pieces, letters.slice(end).join("")];
}

/**
 * Why what was found matters: a line for each kind of it.
 *
 * @param {Finding[]} found
 * @param {string} channel where it was to go
 * @param {string} name the customer's
 */
export function whys(found, channel, name) {
  const of = (/** @type {string} */ kind) => found.filter((one) => one.kind === kind);
  const list = (/** @type {Finding[]} */ some) => new Intl.ListFormat(language).format([...new Set(some.map(findingName))]);
  const [shown, sent, asked] = [of("exposure"), of("deflection"), of("repeat")];
  const [facts, steps] = [asked.filter(({ fact }) => fact !== "tried"), asked.filter(({ fact }) => fact === "tried")];
  return [
    shown.length > 0 && say(t.stopped.why, { channel, what: list(shown) }),
    ...[...new Set(sent.map(({ to }) => to ?? ""))].map((to) => sendsTo(to, name)),
    facts.length > 0 && say(t.stopped.repeat, { name, what: list(facts) }),
    steps.length > 0 && say(t.stopped.tried, { name, what: list(steps) }),
    of("empty").length > 0 && say(t.stopped.empty, { name }),
  ].filter((line) => line !== false);
}

/**
 * What a finding is called: the sort of data, the place that it sends to, the fact that it asks for.
 *
 * @param {Finding} finding
 */
export function findingName({ kind, what, to, fact, known }) {
  if (fact) return fact === "tried" ? stepWord(known ?? "") : kindWord(fact).toLocaleLowerCase(language);
  const words = /** @type {Record<string, string>} */ (kind === "deflection" ? t.stopped.places : t.stopped.kinds);
  const name = (kind === "deflection" ? to : what) ?? "";
  return words[name] ?? name;
}

/**
 * `text` without the sentences that hold any of `found`.
 *
 * @param {string} text
 * @param {Finding[]} found
 */
export function withoutSentences(text, found) {
  let start = 0;
  const kept = (text.match(SENTENCE) ?? []).filter((sentence) => {
    const end = start + Array.from(sentence).length;
    const isMeant = found.some((one) => one.start < end && one.end > start);
    start = end;
    return !isMeant;
  });
  return kept.join("").trim();
}

/**
 * Where a finding stands in `text`, as the browser counts.
 *
 * @param {string} text
 * @param {Finding} finding
 * @returns {[number, number]}
 */
export function placeIn(text, { start, end }) {
  const letters = Array.from(text);
  return [letters.slice(0, start).join("").length, letters.slice(0, end).join("").length];
}

/**
 * @param {string} to
 * @param {string} name
 */
function sendsTo(to, name) {
  const known = /** @type {Record<string, string>} */ (t.stopped.sends);
  const place = /** @type {Record<string, string>} */ (t.stopped.places)[to] ?? to;
  return say(known[to] ?? t.stopped.sends.other, { name, place });
}
