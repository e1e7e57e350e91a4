/** What the page asks of the sandbox's telephone exchange. */

import { answer } from "./api.js";

/** @typedef {"answer" | "machine" | "reject" | "hang_up" | "drop" | "press"} Act */

/**
 * A call between the exchange and one phone; `direction` is `out` where the phone is rung.
 * @typedef {object} Leg
 * @property {string} id
 * @property {string} phone
 * @property {"out" | "in"} direction
 * @property {string} from
 * @property {string} to
 * @property {"dialled" | "ringing" | "answered" | "ended"} state
 * @property {string | null} ending
 * @property {boolean} is_machine
 * @property {string | null} with
 * @property {string} began_at
 * @property {string | null} answered_at
 * @property {string | null} ended_at
 * @property {string[]} heard
 */

/**
 * @typedef {object} Line
 * @property {string} number
 * @property {string} name
 * @property {{ does: string }[]} plan
 */

/**
 * @typedef {object} Exchange
 * @property {{ number: string, numbers: string[] }} company
 * @property {Line[]} lines
 * @property {Leg[]} legs
 */

/** @returns {Promise<Exchange>} all lines and calls, the oldest call first. */
export async function readExchange() {
  return answer(await fetch("/sandbox/phone"));
}

/**
 * Do something with the call that a phone is in. Throws Refused if it is in none any more.
 * @param {string} leg
 * @param {Act} act
 * @param {string} [digits]
 */
export async function doWith(leg, act, digits = "") {
  await ask("/sandbox/phone/act", { leg, do: act, digits });
}

/**
 * Ring the company at `to`. Throws Refused if the phone is in a call.
 * @param {string} number
 * @param {string} to
 */
export async function ringCompany(number, to) {
  await ask("/sandbox/phone/ring", { from: number, to });
}

/**
 * Say how a phone behaves from now on; `person` lets the page play it.
 * @param {string} number
 * @param {string} does
 */
export async function behave(number, does) {
  await ask("/sandbox/phone/lines", { number, plan: does === "person" ? [] : [{ does, after: 2 }] });
}

/**
 * Calls `changed` at once and whenever anything happens to a phone.
 * @param {() => void} changed
 * @param {() => void} away whenever the sandbox stops answering
 */
export function watchPhones(changed, away) {
  const events = new EventSource("/sandbox/phone/live");
  events.addEventListener("changes", changed);
  events.addEventListener("error", away);
}

/**
 * @param {string} path
 * @param {object} body
 */
async function ask(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}
