/** The page's language: the browser's first of Spanish and English, until the person chooses. */

import { words } from "./words.js";

/** @typedef {import("./words.js").Word} Word */

const KEPT = "sandbox:language";

/** @returns {"en" | "es"} the language in use. */
export function language() {
  const wanted = [localStorage.getItem(KEPT), ...navigator.languages].map((tag) => tag?.slice(0, 2).toLowerCase());
  return wanted.find((tag) => tag === "es" || tag === "en") === "es" ? "es" : "en";
}

/** @returns {string} the language in use with the browser's country, for times and dates. */
export function locale() {
  return navigator.languages.find((tag) => tag.startsWith(language())) ?? language();
}

/** Say everything in the other language from now on. */
export function switchLanguage() {
  localStorage.setItem(KEPT, language() === "es" ? "en" : "es");
}

/**
 * One thing the page says, in the language in use.
 * @param {Word} word
 * @param {Record<string, string>} [filled]
 */
export function say(word, filled = {}) {
  return words[language()][word].replace(/\{(\w+)\}/g, (_, name) => filled[name] ?? "");
}

/** Put the words of the language in use into every element that names one. */
export function sayAll() {
  document.documentElement.lang = language();
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = say(wordOf(element, "word"));
  }
  for (const [name, attribute] of /** @type {const} */ ([["label", "aria-label"], ["title", "title"], ["placeholder", "placeholder"], ["frame", "title"]])) {
    for (const element of document.querySelectorAll(`[data-${name}]`)) {
      element.setAttribute(attribute, say(wordOf(element, name)));
    }
  }
}

/**
 * @param {Element} element
 * @param {string} name
 */
function wordOf(element, name) {
  return /** @type {Word} */ (element.getAttribute(`data-${name}`));
}
