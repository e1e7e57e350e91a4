/** The words on the desk, in the reader's language: the browser's, or the one chosen here before. */

import { keep, kept } from "./keep.js";
import { en } from "./strings/en.js";
import { es } from "./strings/es.js";

/** @typedef {"es" | "en"} Language */
/** @typedef {typeof en} Strings */

const KEPT_AS = "hilo.language";

/** @type {Record<Language, Strings>} */
const BOOKS = { es, en };

/** @type {Language} */
export let language = chosen();

/** All words, in `language`; always read it anew, since the language can change. */
export let t = BOOKS[language];

document.documentElement.lang = language;

/**
 * Speaks `choice` from now on, in this browser.
 *
 * @param {Language} choice
 */
export function speak(choice) {
  language = choice;
  t = BOOKS[choice];
  document.documentElement.lang = choice;
  keep(KEPT_AS, choice);
}

/**
 * The words for a customer who writes in `code` (`es-PA`), and whose they are; the reader's own where nobody knows.
 *
 * @param {string} code
 * @returns {{code: Language, words: Strings}}
 */
export function inLanguage(code) {
  const short = code.slice(0, 2).toLowerCase();
  const known = short === "es" || short === "en" ? short : language;
  return { code: known, words: BOOKS[known] };
}

/**
 * `template` with each `{name}` replaced by its value.
 *
 * @param {string} template
 * @param {Record<string, string | number>} values
 */
export function say(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * `template` in pieces, for a sentence that holds an element: `{name}` becomes the node or text of that name.
 *
 * @param {string} template
 * @param {Record<string, Node | string>} values
 * @returns {(Node | string)[]}
 */
export function phrase(template, values) {
  return template.split(/(\{\w+\})/).map((piece) => (piece.startsWith("{") && values[piece.slice(1, -1)]) || piece);
}

/**
 * The form for `n` of a word that has two, with `{n}` filled in.
 *
 * @param {{one: string, other: string}} forms
 * @param {number} n
 * @param {Record<string, string>} [values]
 */
export function count(forms, n, values = {}) {
  return say(n === 1 ? forms.one : forms.other, { n: n.toLocaleString(language), ...values });
}

/** @returns {Language} */
function chosen() {
  const before = kept(KEPT_AS);
  if (before === "es" || before === "en") return before;
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag) => tag === "es" || tag === "en") === "es" ? "es" : "en";
}
