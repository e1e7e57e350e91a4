/** The phones: one person plays those of customers and agents. They ring quietly: what rings is seen, and said once. */

import { Refused } from "./api.js";
import { find, make } from "./dom.js";
import { say } from "./language.js";
import { behave, doWith, readExchange, ringCompany, watchPhones } from "./phone_api.js";
import { card } from "./phone_card.js";

/** @typedef {import("./phone_api.js").Exchange} Exchange */
/** @typedef {import("./phone_api.js").Leg} Leg */
/** @typedef {import("./phone_card.js").Phone} Phone */

const KEPT = "sandbox:phone";
const KEPT_COMPANY = "sandbox:company";
const MOST = 20;
const who = find("#phone-who", HTMLFormElement);
const mine = find("[name=number]", HTMLInputElement, who);
const list = find("#phones", HTMLElement);
const company = find("#phone-company", HTMLSelectElement);

/** @type {Exchange} */
let exchange = { company: { number: "", numbers: [] }, lines: [], legs: [] };
/** @type {Set<string>} the legs that ring now */
let ringing = new Set();
/** @type {Map<string, string>} what each card was made from */
let shown = new Map();
/** @type {(text: string) => void} */
let tell = () => {};

/**
 * Set the panel up; `says` tells the person something once.
 * @param {(text: string) => void} says
 */
export function setUpPhones(says) {
  tell = says;
  mine.value = localStorage.getItem(KEPT) ?? "+50761234567";
  who.addEventListener("submit", (event) => event.preventDefault());
  who.addEventListener("change", () => {
    if (who.reportValidity()) {
      localStorage.setItem(KEPT, own());
      renderPhones();
    }
  });
  company.addEventListener("change", () => localStorage.setItem(KEPT_COMPANY, company.value));
  watchPhones(refresh, () => tell(say("away")));
}

/** Say everything anew, in the language in use. */
export function renderPhones() {
  shown = new Map();
  render();
}

async function refresh() {
  try {
    exchange = await readExchange();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) {
      throw error;
    }
    tell(say("away"));
    return;
  }
  render();
  const now = exchange.legs.filter((leg) => leg.direction === "out" && leg.state === "ringing");
  const begun = now.find((leg) => !ringing.has(leg.id));
  ringing = new Set(now.map((leg) => leg.id));
  if (begun) {
    tell(say("phoneRings", { phone: nameOf(begun.phone), who: nameOf(begun.from) }));
  }
}

/** Show each phone; a card whose phone is as it was stays, so that what the person is at does not go from under them. */
function render() {
  const phones = all();
  const cards = phones.map((phone) => {
    const made = JSON.stringify(phone);
    const old = list.querySelector(`[data-number="${CSS.escape(phone.number)}"]`);
    if (old && shown.get(phone.number) === made) {
      return old;
    }
    shown.set(phone.number, made);
    return replaced(old, card(phone, { act, ring, behave: behaves, nameOf }));
  });
  if (cards.some((one, index) => list.children[index] !== one) || list.children.length !== cards.length) {
    list.replaceChildren(...cards);
  }
  const count = exchange.legs.filter((leg) => leg.direction === "out" && leg.state === "ringing").length;
  const mark = find("[data-shows=phone] .unread", HTMLElement);
  mark.hidden = count === 0;
  mark.replaceChildren(`${count} `, make("span", "hushed", say("ringingNow")));
  showCompany();
}

/** The company's numbers, of which one is rung: each provider has its own. */
function showCompany() {
  const numbers = exchange.company.numbers;
  if (numbers.join() !== [...company.options].map((option) => option.value).join()) {
    const wanted = localStorage.getItem(KEPT_COMPANY) ?? exchange.company.number;
    company.replaceChildren(...numbers.map((number) => new Option(number, number, false, number === wanted)));
  }
}

/**
 * The new card in the place of the old one; the focus stays on the phone.
 * @param {Element | null} old
 * @param {HTMLElement} made
 */
function replaced(old, made) {
  const had = old?.contains(document.activeElement);
  old?.replaceWith(made);
  if (had) {
    made.querySelector("button")?.focus();
  }
  return made;
}

/** @returns {Phone[]} mine first, then those in a call, then by their last call. */
function all() {
  const numbers = new Set([own(), ...exchange.lines.map((line) => line.number)]);
  return [...numbers].filter((number) => !exchange.company.numbers.includes(number)).map(phoneOf).sort((one, other) => rank(other) - rank(one)).slice(0, MOST);
}

/** @param {Phone} phone */
function rank(phone) {
  const began = Date.parse((phone.live ?? phone.last)?.began_at ?? "") || 0;
  return began + (phone.isMine ? 2e15 : phone.live ? 1e15 : 0);
}

/** @param {string} number @returns {Phone} */
function phoneOf(number) {
  const line = exchange.lines.find((one) => one.number === number);
  const legs = exchange.legs.filter((leg) => leg.phone === number);
  const live = legs.find((leg) => leg.state !== "ended") ?? null;
  const last = live ? null : (legs.at(-1) ?? null);
  return { number, name: line?.name ?? "", does: line?.plan[0]?.does ?? "person", live, last, isMine: number === own() };
}

/** @param {string} number */
function nameOf(number) {
  if (exchange.company.numbers.includes(number)) {
    return say("theCompany");
  }
  return exchange.lines.find((line) => line.number === number)?.name || number;
}

function own() {
  return mine.value.replace(/(?!^\+)[^0-9]/g, "");
}

/** @param {Leg} leg @param {import("./phone_api.js").Act} what @param {string} [digits] */
function act(leg, what, digits) {
  attempt(doWith(leg.id, what, digits));
}

/** @param {string} number */
function ring(number) {
  attempt(ringCompany(number, company.value || exchange.company.number));
}

/** @param {string} number @param {string} does */
function behaves(number, does) {
  attempt(behave(number, does));
}

/** @param {Promise<void>} done */
async function attempt(done) {
  try {
    await done;
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) {
      throw error;
    }
    tell(error instanceof Refused ? say("callOver") : say("away"));
  }
}
