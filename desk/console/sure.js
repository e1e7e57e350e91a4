/** A button for what can't be undone: the first press asks, the second does it. */

import { el, write } from "./dom.js";

/** Whoever has read the question answers sooner; later a press means something else. */
export const SURE_FOR = 8_000;

/**
 * A button that says `label`, and asks `question` once it was pressed. The question is taken back after a while, when
 * the focus goes elsewhere, and by Escape.
 *
 * @param {string} label
 * @param {string} question
 * @param {() => void} act
 */
export function sureButton(label, question, act) {
  const button = el("button", { type: "button", onclick: press, onblur: calm, onkeydown: leave }, label);
  let timer = 0;

  function press() {
    const isSure = timer > 0;
    calm();
    if (isSure) return act();
    write(button, question);
    timer = setTimeout(calm, SURE_FOR);
  }

  function calm() {
    clearTimeout(timer);
    timer = 0;
    write(button, label);
  }

  /** @param {KeyboardEvent} event */
  function leave(event) {
    if (event.key !== "Escape" || !timer) return;
    // The dialog stays: it is the question alone that is answered with no.
    event.preventDefault();
    event.stopPropagation();
    calm();
  }

  return button;
}
