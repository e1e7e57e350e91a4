/** What kinds of facts and steps there are, and what people call them; ops name some of them, so the server tells. */

/** @import {FactKind, FactKinds} from "./types.js" */
import * as api from "./api.js";
import { store } from "./store.js";
import { language } from "./strings.js";

const ASK_AGAIN_AFTER = 10_000;

/** @type {FactKinds} */
let known = { kinds: [], steps: [] };
/** @type {Promise<void> | undefined} */
let asking;

/** Reads them, once; `anew` for who is about to choose one: ops may have named another since. */
export function loadFactKinds({ anew = false } = {}) {
  if (!asking || anew) asking = read();
  return asking;
}

async function read() {
  try {
    known = await api.factKinds();
    store.tell();
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    // Names stand in for words until somebody needs them again.
    setTimeout(() => (asking = undefined), ASK_AGAIN_AFTER);
  }
}

/** @returns {FactKind[]} */
export function factKinds() {
  return known.kinds;
}

export function factSteps() {
  return known.steps.map(({ value, words }) => ({ value, words: spoken(words) || value }));
}

/** @param {string} kind */
export function kindWord(kind) {
  return spoken(known.kinds.find((one) => one.kind === kind)?.label) || kind;
}

/**
 * The place of a kind among all of them; those that nobody names any more come last.
 *
 * @param {string} kind
 */
export function placeOf(kind) {
  const place = known.kinds.findIndex((one) => one.kind === kind);
  return place < 0 ? known.kinds.length : place;
}

/** @param {string} step */
export function stepWord(step) {
  return spoken(known.steps.find(({ value }) => value === step)?.words) || step;
}

/**
 * The words in the reader's language, or in the one there is.
 *
 * @param {Record<string, string> | null | undefined} words
 */
export function spoken(words) {
  return words?.[language] ?? Object.values(words ?? {})[0] ?? "";
}
