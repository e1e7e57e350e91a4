/** Files as people know them: a name, a kind and a size; and the marks that stand beside them. */

import { el } from "./dom.js";
import { language } from "./strings.js";

const SVG = "http://www.w3.org/2000/svg";
const CLIP = "M13 7.300 7.900 12.400a3 3 0 0 1-4.300-4.300L9 2.700a2 2 0 0 1 2.900 2.900L6.600 10.900a1 1 0 0 1-1.500-1.400l4.500-4.500";
const SHEET = "M4 1.500h5l3.500 3.500v8.500a1 1 0 0 1-1 1h-7.500a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1ZM9 1.500v3.500h3.500";
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const SHOWN_BYTES = 10 * 2 ** 20;

/** @typedef {{name: string, type: string, size: number}} Described */

/** A paper clip. */
export function clipMark() {
  return drawn(CLIP);
}

/**
 * A file's mark, its name, and below it the `hint` what it is: "PDF · 118 kB".
 *
 * @param {Described} file
 */
export function described(file) {
  const hint = el("span", { class: "hint" }, kindAndSize(file));
  const name = el("b", { dir: "auto", title: file.name }, file.name);
  return { nodes: [drawn(SHEET), el("span", { class: "what" }, name, hint)], hint };
}

/** @param {Described} file */
export function kindAndSize({ name, type, size }) {
  const [, suffix = ""] = name.match(/\.([a-z0-9]{1,5})$/i) ?? [];
  const kind = (suffix || (type.split("/")[1] ?? "").replace(/^(x-|vnd\.).*|octet-stream/, "")).toUpperCase();
  return [kind, size > 0 && sizeOf(size)].filter(Boolean).join(" · ");
}

/**
 * Whether browsers show it, and it is small enough to be shown by the way.
 *
 * @param {Described} file
 */
export function isPicture({ type, size }) {
  return PICTURES.has(type) && size <= SHOWN_BYTES;
}

/** @param {number} bytes */
export function sizeOf(bytes) {
  const units = ["byte", "kilobyte", "megabyte"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  const maximumFractionDigits = power === 2 && value < 10 ? 1 : 0;
  const unitDisplay = power === 0 ? "long" : "short";
  const options = { style: "unit", unit: units[power], unitDisplay, maximumFractionDigits };
  return new Intl.NumberFormat(language, /** @type {Intl.NumberFormatOptions} */ (options)).format(value);
}

/** @param {string} path */
function drawn(path) {
  const mark = document.createElementNS(SVG, "svg");
  mark.setAttribute("class", "mark");
  mark.setAttribute("viewBox", "0 0 16 16");
  mark.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  mark.append(shape);
  return mark;
}
