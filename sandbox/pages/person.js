/** Whom the person at the page plays: a name and an address, kept by the browser. */

import { find } from "./dom.js";
import { KEPT, keptPerson } from "./who.js";

/** @typedef {import("./who.js").Person} Person */

const form = find("#who", HTMLFormElement);
const name = find("[name=name]", HTMLInputElement, form);
const address = find("[name=address]", HTMLInputElement, form);

/** @type {Person} */
let current = keptPerson();

/** @returns {Person} who is played now. */
export function person() {
  return current;
}

/**
 * Show who is played, and call `changed` at once and whenever it is another.
 * @param {(person: Person) => void} changed
 */
export function watchPerson(changed) {
  name.value = current.name;
  address.value = current.address;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    if (form.reportValidity()) {
      current = { name: name.value.trim(), address: address.value.trim().toLowerCase() };
      localStorage.setItem(KEPT, JSON.stringify(current));
      changed(current);
    }
  });
  changed(current);
}
