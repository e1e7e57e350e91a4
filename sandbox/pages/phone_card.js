/** One phone: what it does now, what can be done with it, and what was said to it, as there is no sound. */

import { make, tellTime } from "./dom.js";
import { locale, say } from "./language.js";

/** @typedef {import("./language.js").Word} Word */
/** @typedef {import("./phone_api.js").Act} Act */
/** @typedef {import("./phone_api.js").Leg} Leg */

/**
 * @typedef {object} Phone
 * @property {string} number
 * @property {string} name
 * @property {string} does how it behaves by itself
 * @property {Leg | null} live the call that it is in
 * @property {Leg | null} last the call that it was in
 * @property {boolean} isMine
 */

/**
 * @typedef {object} Handlers
 * @property {(leg: Leg, act: Act, digits?: string) => void} act
 * @property {(number: string) => void} ring
 * @property {(number: string, does: string) => void} behave
 * @property {(number: string) => string} nameOf
 */

const KEYS = "123456789*0#";
const BEHAVIOURS = /** @type {const} */ ([
  ["person", "doesPerson"],
  ["answer", "doesAnswer"],
  ["voicemail", "doesVoicemail"],
  ["busy", "doesBusy"],
  ["reject", "doesReject"],
  ["no-answer", "doesNoAnswer"],
  ["unallocated", "doesUnallocated"],
]);
/** @type {Record<string, Word>} */
const ENDINGS = {
  busy: "endedBusy",
  rejected: "endedRejected",
  "no-answer": "endedMissed",
  unallocated: "endedUnallocated",
  congestion: "endedUnreachable",
  "by-phone": "endedHere",
  "by-us": "endedThere",
  dropped: "endedDropped",
};

/**
 * @param {Phone} phone
 * @param {Handlers} handlers
 */
export function card(phone, handlers) {
  const element = make("li", "phone", "");
  element.dataset.number = phone.number;
  element.dataset.state = phone.live?.state ?? "idle";
  element.append(heading(phone), state(phone, handlers));
  const heard = (phone.live ?? phone.last)?.heard ?? [];
  element.append(...heard.map((said) => make("blockquote", "", said)));
  element.append(phone.live ? actions(phone.live, handlers) : rest(phone, handlers));
  return element;
}

/** @param {Phone} phone */
function heading(phone) {
  const heading = make("h3", "", phone.name || phone.number);
  if (phone.name) {
    heading.append(" ", make("span", "number", phone.number));
  }
  if (phone.isMine) {
    heading.append(" ", make("span", "mine", say("yourPhone")));
  }
  return heading;
}

/**
 * @param {Phone} phone
 * @param {Handlers} handlers
 */
function state(phone, handlers) {
  const leg = phone.live ?? phone.last;
  const words = leg ? told(leg, handlers) : say("silent");
  const line = make("p", "state", words.charAt(0).toUpperCase() + words.slice(1));
  if (leg) {
    const time = document.createElement("time");
    tellTime(time, leg.ended_at ?? leg.answered_at ?? leg.began_at, locale());
    line.append(" · ", time);
  }
  return line;
}

/**
 * What a call is, seen from its phone.
 * @param {Leg} leg
 * @param {Handlers} handlers
 */
function told(leg, handlers) {
  const other = handlers.nameOf(leg.with ?? (leg.direction === "out" ? leg.from : leg.to));
  if (leg.state === "ended") {
    const word = ENDINGS[leg.ending ?? ""] ?? "endedHere";
    return say(word === "endedThere" && !leg.answered_at ? "endedGivenUp" : word, { who: other });
  }
  if (leg.state === "answered") {
    return say(leg.is_machine ? "machineTalks" : leg.with ? "talksWith" : "connected", { who: other });
  }
  return say(leg.direction === "out" ? "rings" : "ringsThere", { who: other });
}

/**
 * @param {Leg} leg
 * @param {Handlers} handlers
 */
function actions(leg, handlers) {
  const row = make("div", "acts", "");
  /** @type {(word: Word, act: Act, kind?: string) => void} */
  const add = (word, act, kind = "quiet") => {
    const button = make("button", kind, say(word));
    button.type = "button";
    button.dataset.act = act;
    button.addEventListener("click", () => handlers.act(leg, act));
    row.append(button);
  };
  if (leg.direction === "out" && leg.state !== "answered") {
    add("pickUp", "answer", "act");
    add("reject", "reject");
    add("letMachine", "machine");
  } else {
    add("hangUp", "hang_up", "act");
  }
  add("dropLine", "drop");
  if (leg.state === "answered") {
    row.append(keys(leg, handlers));
  }
  return row;
}

/**
 * @param {Leg} leg
 * @param {Handlers} handlers
 */
function keys(leg, handlers) {
  const pad = make("div", "keys", "");
  pad.setAttribute("role", "group");
  pad.setAttribute("aria-label", say("keys"));
  for (const digit of KEYS) {
    const button = make("button", "quiet", digit);
    button.type = "button";
    button.addEventListener("click", () => handlers.act(leg, "press", digit));
    pad.append(button);
  }
  return pad;
}

/**
 * A phone that is in no call: it may ring the company, and be told how to behave by itself.
 * @param {Phone} phone
 * @param {Handlers} handlers
 */
function rest(phone, handlers) {
  const row = make("div", "acts", "");
  const ring = make("button", phone.isMine ? "act" : "quiet", say("ringCompany"));
  ring.type = "button";
  ring.dataset.act = "ring";
  ring.addEventListener("click", () => handlers.ring(phone.number));
  const label = make("label", "", say("whenRung"));
  const choice = document.createElement("select");
  for (const [does, word] of BEHAVIOURS) {
    choice.add(new Option(say(word), does, false, does === phone.does));
  }
  choice.addEventListener("change", () => handlers.behave(phone.number, choice.value));
  label.append(" ", choice);
  row.append(ring, label);
  return row;
}
