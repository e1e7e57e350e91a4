/** Short words to the reader: a line above the box to write in, and a quieter one that only a screen reader speaks. */

import { el, fill } from "./dom.js";

const READING_TIME = 6_000;
const DECIDING_TIME = 10_000;
const GAP = 8;

const line = el("div", { class: "notice", role: "status", hidden: true });
const murmur = el("div", { class: "unseen", "aria-live": "polite" });

/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;
let isHeld = false;

line.addEventListener("pointerenter", () => (isHeld = true));
line.addEventListener("pointerleave", () => (isHeld = false));

/** What a notice must not lie over: what is pressed next. @type {HTMLElement | undefined} */
let kept;

const watching = new ResizeObserver(place);
watching.observe(line);
addEventListener("resize", place);

/** Above what it must not lie over, while that is seen; what is read above it has room to move out of its way. */
function place() {
  const box = kept?.getBoundingClientRect();
  const isAbove = !line.hidden && box !== undefined && box.height > 0;
  line.style.bottom = isAbove ? `${Math.max(0, innerHeight - box.top + GAP)}px` : "";
  line.style.left = isAbove ? `${box.left + box.width / 2}px` : "";
  line.style.maxWidth = isAbove ? `min(560px, ${box.width - 2 * GAP}px)` : "";
  document.documentElement.style.setProperty("--notice-room", isAbove ? `${line.offsetHeight + 2 * GAP}px` : "0px");
}

/**
 * From now on a notice stands above `node`, never over it.
 *
 * @param {HTMLElement} node
 */
export function keepClearOf(node) {
  if (kept) watching.unobserve(kept);
  kept = node;
  watching.observe(node);
}

/** The two nodes, to be put on the page once. */
export const noticeNodes = [line, murmur];

/**
 * Shows `text` for a while, with something to do about it if there is; returns how to withdraw it earlier.
 *
 * @param {string} text
 * @param {{label: string, run: () => void}} [action]
 */
export function notice(text, action) {
  const button = action && el("button", { class: "plain", onclick: () => (hide(), action.run()) }, action.label);
  const words = el("span", {}, text);
  fill(line, words, button);
  line.hidden = false;
  place();
  clearTimeout(fading);
  fading = setTimeout(fade, action ? DECIDING_TIME : READING_TIME);
  return () => words.isConnected && hide();
}

/**
 * Tells a screen reader, politely.
 *
 * @param {string} text
 */
export function announce(text) {
  fill(murmur, el("p", {}, text));
}

/** Takes back all that was said: it is in a language that the reader has just left. */
export function hush() {
  hide();
  fill(murmur);
}

function hide() {
  clearTimeout(fading);
  line.hidden = true;
  place();
  fill(line);
}

/** Goes once nobody points at it or stands in it. */
function fade() {
  if (isHeld || line.contains(document.activeElement)) fading = setTimeout(fade, 1_000);
  else hide();
}
