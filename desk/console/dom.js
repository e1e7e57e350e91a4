/** Elements without markup: text is text, and rows keep their node, their focus and their caret. */

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes */

/**
 * A new element. Functions under `on…` listen, false and null attributes are left out, strings become text nodes.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else set(node, name, value);
  }
  node.append(...present(children));
  return node;
}

/**
 * Sets an attribute, or removes it for false, null and undefined; touches nothing that is right already.
 *
 * @param {Element} node
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value
 */
export function set(node, name, value) {
  if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else {
    const written = value === true ? "" : String(value);
    if (node.getAttribute(name) !== written) node.setAttribute(name, written);
  }
}

/**
 * Makes `text` the whole text of `node`; leaves it alone, selection included, if it is so already.
 *
 * @param {Node} node
 * @param {string} text
 */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Makes `children` all that `node` holds.
 *
 * @param {Element} node
 * @param {...Child} children
 */
export function fill(node, ...children) {
  node.replaceChildren(...present(children));
}

/** @template T @typedef {{node: HTMLElement, update: (item: T) => void}} Row */

/** @type {WeakMap<Element, Map<string, Row<any>>>} */
const rowsOf = new WeakMap();

/**
 * Makes the rows of `parent` those of `items`, in order; the same key keeps the same node.
 *
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => Row<T>} make
 */
export function keyed(parent, items, keyOf, make) {
  const before = rowsOf.get(parent) ?? new Map();
  /** @type {Map<string, Row<T>>} */
  const rows = new Map();
  for (const item of items) {
    const row = before.get(keyOf(item)) ?? make(item);
    rows.set(keyOf(item), row);
    row.update(item);
  }
  for (const [key, row] of before) if (!rows.has(key)) row.node.remove();
  let place = parent.firstElementChild;
  for (const { node } of rows.values()) {
    if (node === place) place = place.nextElementSibling;
    else move(parent, node, place);
  }
  rowsOf.set(parent, rows);
}

/**
 * Puts `node` before `place`; one that is there already keeps its focus.
 *
 * @param {Element} parent
 * @param {HTMLElement} node
 * @param {Element | null} place
 */
function move(parent, node, place) {
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  if (node.parentNode === parent && "moveBefore" in parent) {
    /** @type {{moveBefore: (node: Node, place: Node | null) => void}} */ (parent).moveBefore(node, place);
  } else parent.insertBefore(node, place);
  if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus({ preventScroll: true });
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  return children.filter((child) => child !== null && child !== undefined && child !== false);
}
