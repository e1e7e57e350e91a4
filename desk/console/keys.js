/** The keyboard: single keys act unless somebody writes or a dialog is open; `g` and then a letter goes somewhere. */

import { keep, kept } from "./keep.js";

const KEPT_AS = "hilo.keys";
const PREFIX = "g";
const PREFIX_LASTS = 1_500;

/** Whether single keys act in this browser. */
export function areKeysOn() {
  return kept(KEPT_AS) !== "off";
}

/** @param {boolean} isOn */
export function setKeysOn(isOn) {
  keep(KEPT_AS, isOn ? null : "off");
}

/**
 * Calls what stands in `bindings` under the key that was pressed: "c", "C" with shift, "g q" one after the other.
 *
 * @param {() => Record<string, (() => void) | undefined>} bindings
 * @returns {() => void} how to stop
 */
export function listenToKeys(bindings) {
  let prefixedAt = -Infinity;

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !mayAct(event)) return;
    const isPrefixed = event.timeStamp - prefixedAt < PREFIX_LASTS;
    prefixedAt = !isPrefixed && event.key === PREFIX ? event.timeStamp : -Infinity;
    const act = bindings()[isPrefixed ? `${PREFIX} ${event.key}` : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

/**
 * A letter for each name, to be pressed after `g`: the first of its letters that is still free, else a number.
 *
 * @param {string[]} names
 * @param {string} taken letters that go elsewhere
 */
export function letters(names, taken) {
  const used = new Set(taken);
  return names.map((name, place) => {
    const plain = name
      .normalize("NFD")
      .toLowerCase()
      .replace(/[^a-z]/g, "");
    const letter = [...plain].find((one) => !used.has(one)) ?? String(place + 1);
    used.add(letter);
    return letter;
  });
}

/** @param {KeyboardEvent} event */
function mayAct({ target }) {
  if (!areKeysOn() || document.querySelector("dialog[open]")) return false;
  // Nothing is written into a box to check.
  const written = "input:not([type='checkbox'], [type='radio']), textarea, select, [contenteditable]";
  return !(target instanceof HTMLElement && target.matches(written));
}
