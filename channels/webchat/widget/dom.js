/** Elements without markup: what people wrote only ever becomes text. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * A new element: functions under `on…` listen, true is an empty attribute, false and null none.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | boolean | null | ((event: any) => void)>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** A drawing of 24 by 24 that says nothing to a screen reader. @param {string} path */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/**
 * Makes `text` the whole of `node`, and hides it without one; leaves alone what is so already.
 *
 * @param {HTMLElement} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = text === "";
}

/**
 * Makes the children of `parent` those of `items`, in order; the same id keeps the same node.
 *
 * @template T
 * @param {Element} parent
 * @param {Map<string, HTMLElement>} nodes
 * @param {T[]} items
 * @param {(item: T) => string} idOf
 * @param {(item: T) => HTMLElement} make
 * @param {(node: HTMLElement, item: T) => void} update
 */
export function keyed(parent, nodes, items, idOf, make, update) {
  const ids = new Set(items.map(idOf));
  for (const [id, node] of nodes) if (!ids.has(id)) (node.remove(), nodes.delete(id));
  let place = parent.firstElementChild;
  for (const item of items) {
    const node = nodes.get(idOf(item)) ?? make(item);
    nodes.set(idOf(item), node);
    update(node, item);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
}

/** `text` with its web addresses as links. @param {string} text @returns {(string | HTMLAnchorElement)[]} */
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/).map((part, place) =>
    place % 2 ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part) : part,
  );
}
