/** Small helpers for the page's elements. */

/**
 * The element with this id, which must be of this kind.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} kind
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function find(selector, kind, within = document) {
  const element = within.querySelector(selector);
  if (!(element instanceof kind)) {
    throw new Error(`the page has no ${selector}`);
  }
  return element;
}

/**
 * A new element with a class and text.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} className
 * @param {string} text
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/**
 * Say an instant in few words, and in full on hover.
 * @param {HTMLTimeElement} element
 * @param {string} instant in ISO 8601
 * @param {string} locale
 */
export function tellTime(element, instant, locale) {
  const at = new Date(instant);
  const today = at.toDateString() === new Date().toDateString();
  const short = today ? { hour: "numeric", minute: "2-digit" } : { day: "numeric", month: "short" };
  element.dateTime = instant;
  element.textContent = at.toLocaleString(locale, /** @type {Intl.DateTimeFormatOptions} */ (short));
  element.title = at.toLocaleString(locale, { dateStyle: "full", timeStyle: "medium" });
}
