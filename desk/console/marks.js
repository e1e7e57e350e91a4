/** The channels' marks: shapes with names, drawn with the colour of the text around them. */

import { channelName } from "./sync.js";

const SVG = "http://www.w3.org/2000/svg";

/** Sixteen by sixteen, in strokes. @type {Record<string, string>} */
const SHAPES = {
  webchat:
    "M3 2.5h10a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H7.5L4 14.2v-2.7H3A1.5 1.5 0 0 1 1.5 10V4A1.5 1.5 0 0 1 3 2.5Z",
  email: "M2.5 3.5h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1Zm-.7 1L8 9l6.2-4.5",
  twitter: "M3 2.5h2.6l7.4 11h-2.6ZM13 2.5 3 13.5",
  site: "M1.500 3h13v10h-13ZM4 10.800c.300-2 3.700-2 4 0M6 5.800a1.200 1.200 0 1 0 0 2.400a1.200 1.200 0 0 0 0-2.400M10.500 7h2M10.500 9.800h2",
  phone:
    "M4.2 1.8 6 5.2 4.8 6.8a9 9 0 0 0 4.4 4.4l1.6-1.2 3.4 1.8-.4 2.2c-.1.5-.5.7-1 .7C6.500 14.500 1.500 9.500 1.300 3.200c0-.5.300-.900.800-1Z",
};
const OTHER = "M8 2.500a5.500 5.500 0 1 1 0 11a5.500 5.500 0 0 1 0-11Z";

/**
 * The mark of a channel; a screen reader hears its name.
 *
 * @param {string | null} channel
 */
export function channelMark(channel) {
  const mark = document.createElementNS(SVG, "svg");
  mark.setAttribute("class", "mark");
  mark.setAttribute("viewBox", "0 0 16 16");
  mark.setAttribute("role", "img");
  const title = document.createElementNS(SVG, "title");
  const shape = document.createElementNS(SVG, "path");
  mark.append(title, shape);
  drawChannel(mark, channel);
  return mark;
}

/**
 * Makes `mark` that of `channel`.
 *
 * @param {Element} mark
 * @param {string | null} channel
 */
export function drawChannel(mark, channel) {
  const [title, shape] = mark.children;
  const drawn = SHAPES[channel ?? ""] ?? OTHER;
  if (title && title.textContent !== channelName(channel)) title.textContent = channelName(channel);
  if (shape && shape.getAttribute("d") !== drawn) shape.setAttribute("d", drawn);
}

/** A receiver, beside a word that says so. */
export function phoneMark() {
  const mark = channelMark("phone");
  mark.setAttribute("aria-hidden", "true");
  mark.firstElementChild?.remove();
  return mark;
}

/** Hilo's own mark: a thread with a knot in it. */
export function threadMark() {
  const mark = document.createElementNS(SVG, "svg");
  mark.setAttribute("class", "thread-mark");
  mark.setAttribute("viewBox", "0 0 24 24");
  mark.setAttribute("aria-hidden", "true");
  const thread = document.createElementNS(SVG, "path");
  thread.setAttribute("d", "M2 15c4 0 4.500-7 9-7s5 8 9.500 8M11 8c-3.500 0-3.500 6 .500 6s4-6 0-6Z");
  mark.append(thread);
  return mark;
}
