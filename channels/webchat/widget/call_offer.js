/** The offer to be called: a quiet line that opens into a number, and then into the times that can be kept. */

import { h, say } from "./dom.js";

/** @typedef {import("./types.js").CallTimes} CallTimes */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./words.js").Words} Words */

/**
 * @typedef {object} CallActions
 * @property {() => void} askCall
 * @property {(number: string) => void} callTimes
 * @property {(number: string, start: number | null, anyHour: boolean) => void} call
 * @property {() => void} leaveCall
 */

/** What begins within this time is told as "by": the visitor's clock may be behind ours, and soon is soon. */
const CLOCKS_DIFFER = 5 * 60_000;

export class CallOffer {
  #words;
  #day;
  #weekday; // Stands in each choice too: a list that is closed shows no day.
  #hour;
  /** @type {CallTimes | null} */
  #times = null;

  /** @param {Words} words @param {string} spoken @param {CallActions} act */
  constructor(words, spoken, act) {
    this.#words = words;
    const locale = navigator.languages.find((each) => each.startsWith(spoken)) ?? spoken;
    this.#day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.#weekday = new Intl.DateTimeFormat(locale, { weekday: "short" });
    this.#hour = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
    this.number = h("input", { type: "tel", autocomplete: "tel", "aria-label": words.number, placeholder: words.number });
    const times = (/** @type {Event} */ event) => (event.preventDefault(), act.callTimes(this.number.value));
    const next = h("button", {}, words.next);
    this.first = h("form", { novalidate: true, onsubmit: times }, h("p", { class: "why" }, words.callWhy));
    this.first.append(h("div", { class: "email" }, this.number, next));
    this.soon = h("button", { type: "button", class: "choice", onclick: () => this.#choose(act, null, false) });
    this.windows = h("select", { "aria-label": words.window });
    const later = (/** @type {Event} */ event) => (event.preventDefault(), this.#chooseWindow(act));
    this.later = h("form", { onsubmit: later }, h("div", { class: "email" }, this.windows, h("button", {}, words.callMe)));
    this.none = h("p", { class: "why" }, words.noTimes);
    const back = h("button", { type: "button", class: "offer", onclick: act.leaveCall }, words.noCall);
    this.second = h("div", {}, h("p", { class: "why" }, words.when), this.soon, this.later, this.none, back);
    this.note = h("p", { class: "note", role: "status" });
    const ask = () => (act.askCall(), this.number.focus());
    this.button = h("button", { type: "button", class: "offer", onclick: ask });
    this.owed = h("p", { class: "owed", role: "status" });
    this.node = h("div", { class: "leave" }, this.owed, this.button, this.first, this.second, this.note);
  }

  /** @param {Model} model */
  render({ status, offersCall, call }) {
    const words = this.#words;
    const isOwed = status.call?.state === "owed" || status.call?.state === "under_way";
    say(this.owed, isOwed ? this.#promised(status.call) : "");
    const isOpen = offersCall && status.call?.state !== "under_way";
    const isLong = status.is_long || status.call?.state === "offered";
    say(this.button, isOpen && !call.step ? (isOwed ? words.changeCall : isLong ? words.offerCall : words.callInstead) : "");
    this.button.classList.toggle("clear", isLong && !isOwed);
    this.first.hidden = !isOpen || !(call.step === "number");
    this.second.hidden = !isOpen || !(call.step === "times" && call.times);
    if (call.times && call.times !== this.#times) this.#show(call.times);
    say(this.note, isOpen ? words.callNotes[call.problem] : "");
    this.number.setAttribute("aria-invalid", String(["wrong", "abroad"].includes(call.problem)));
    this.node.hidden = [this.owed, this.button, this.first, this.second, this.note].every((each) => each.hidden);
  }

  /** @param {CallTimes} times */
  #show(times) {
    this.#times = times;
    const { soonNow, soonAnyHour } = this.#words;
    say(this.soon, times.is_now ? soonNow : times.is_any_hour ? soonAnyHour : "");
    /** @type {Map<string, HTMLOptGroupElement>} */
    const days = new Map();
    for (const [start, end] of times.windows) {
      const day = this.#day.format(start);
      if (!days.has(day)) days.set(day, h("optgroup", { label: day }));
      const named = `${this.#weekday.format(start)}, ${this.#between(start, end)}`;
      days.get(day)?.append(h("option", { value: String(start) }, named));
    }
    this.windows.replaceChildren(...days.values());
    this.later.hidden = times.windows.length === 0;
    this.none.hidden = !this.soon.hidden || !this.later.hidden;
  }

  /** @param {CallActions} act */
  #chooseWindow(act) {
    if (this.windows.value) this.#choose(act, Number(this.windows.value), false);
  }

  /** @param {CallActions} act @param {number | null} start @param {boolean} anyHour */
  #choose(act, start, anyHour) {
    const times = this.#times;
    if (times) act.call(times.number, start, anyHour || (start === null && !times.is_now && times.is_any_hour));
  }

  /** @param {import("./types.js").Status["call"]} call */
  #promised(call) {
    const words = this.#words;
    if (!call) return "";
    if (call.state === "under_way") return words.calling(call.number);
    if (call.start && call.start > Date.now() + CLOCKS_DIFFER && call.end)
      return words.callAt(`${this.#day.format(call.start)}, ${this.#between(call.start, call.end)}`, call.number);
    return words.callBy(call.end ? this.#hour.format(call.end) : "", call.number);
  }

  /** @param {number} start @param {number} end */
  #between(start, end) {
    return this.#hour.formatRange(start, end);
  }
}
