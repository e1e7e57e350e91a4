/** One line of the board: who is called, at what hour of theirs, why, and how long is left. */

/** @import {Agent, Conversation} from "./types.js" */
/** @import {Row} from "./dom.js" */
/** @import {Group} from "./call-order.js" */
import { isCallerUnknown, isOfferedTo, isRingingUs, isRungAgain, isToWrapUp, isUnderWay } from "./call-order.js";
import { leftWords, reasonWords, windowWords } from "./call-words.js";
import { el, fill, set, write } from "./dom.js";
import { nameOf } from "./order.js";
import { CALLS, address, route } from "./route.js";
import { store } from "./store.js";
import { count, language, say, t } from "./strings.js";
import { isLate, now, show, timeElement, when } from "./time.js";
import { hourThere } from "./zone.js";

/** A part's name, or a conversation in it. @typedef {{heading: Group} | {conversation: Conversation, group: Group}} Line */

const TICK = 10_000;

/** @returns {Row<Line>} */
export function groupRow() {
  const name = el("h3");
  return {
    node: el("li", { class: "heading" }, name),
    update: (line) => "heading" in line && write(name, t.calls.groups[line.heading]),
  };
}

/** @returns {Row<Line>} */
export function callRow() {
  const who = el("b", { class: "who", dir: "auto" });
  const left = timeElement();
  const why = el("span", { class: "line", dir: "auto" });
  const number = el("span", { class: "meta number" });
  const meta = el("span", { class: "meta" });
  const link = el("a", {}, who, left, why, number, meta);
  /** @type {unknown[]} */
  let shown = [];
  return {
    node: el("li", {}, link),
    update(line) {
      if (!("conversation" in line)) return;
      const { conversation, group } = line;
      const { id } = conversation;
      const print = [conversation, group, route().conversation === id, Math.floor(now() / TICK)];
      if (print.every((part, place) => part === shown[place])) return;
      shown = print;
      set(link, "href", address(CALLS, id));
      set(link, "data-id", id);
      set(link, "aria-current", route().conversation === id && "true");
      set(link, "class", `in-${group}`);
      write(who, nameOf(conversation) || t.someone);
      write(why, whyWords(conversation));
      showLeft(left, conversation);
      fill(number, ...pieces(numberOf(conversation)));
      fill(meta, ...pieces(aboutWords(conversation)));
    },
  };
}

/**
 * The note is what somebody wrote for whoever calls; without one, the reason, else what the matter is.
 *
 * @param {Conversation} conversation
 */
function whyWords(conversation) {
  const { callback, subject, preview } = conversation;
  if (isCallerUnknown(conversation)) return t.calls.unknown;
  if (!callback) return preview || subject;
  return [reasonWords(callback), callback.note || subject || preview].filter(Boolean).join(": ");
}

/**
 * @param {HTMLTimeElement} node
 * @param {Conversation} conversation
 */
function showLeft(node, conversation) {
  const { callback, call } = conversation;
  if (isRingingUs(conversation)) set(node, "class", "wait");
  if (isRingingUs(conversation)) return show(node, call?.at ?? "", say(t.calls.since, { hour: when(call?.at ?? "") }));
  if (isUnderWay(conversation) || isToWrapUp(conversation)) return show(node, call?.at ?? "", "");
  const at = callback?.due_at ?? "";
  set(node, "class", `wait${at && (isLate(at) || callback?.broken_at) ? " late" : ""}`);
  show(node, at, callback ? leftWords(callback) : "", t.calls.due);
}

/** The number, where the customer has another name, and the hour there. @param {Conversation} conversation */
function numberOf(conversation) {
  const { callback, call } = conversation;
  const number = callback?.number ?? call?.number ?? "";
  return [number !== nameOf(conversation) && (number || t.calls.noNumber), hourThere(callback?.zone)];
}

/**
 * What whoever calls wants to know before: what is going on, the window, the language, how often it was tried, by whom.
 *
 * @param {Conversation} conversation
 */
function aboutWords(conversation) {
  const { callback } = conversation;
  const isAt = isUnderWay(conversation) || isToWrapUp(conversation);
  return [
    isAt && !callback?.is_in_doubt && stepWords(conversation),
    callback?.is_in_doubt && t.calls.doubtShort,
    offerWords(conversation),
    callback && windowWords(callback),
    languageWords(conversation),
    callback && callback.attempts > 0 && count(t.calls.attempts, callback.attempts),
    callback?.wanted && wantedWords(callback.wanted),
  ];
}

/** @param {Agent} wanted */
function wantedWords({ id, name }) {
  return id === store.agent.id ? t.calls.wantedYou : say(t.calls.wanted, { name });
}

/** How far it is, and with whom, where that is not the reader. @param {Conversation} conversation */
function stepWords(conversation) {
  const { call } = conversation;
  if (isRingingUs(conversation)) return [call?.agent && call.agent.id !== store.agent.id && call.agent.name, t.calls.ringsUs].filter(Boolean).join(": ");
  const step = call?.status === "talking" ? t.calls.talking : isToWrapUp(conversation) && !isRungAgain(conversation) ? t.calls.toWrapUp : t.calls.ringing;
  return [call?.agent?.id !== store.agent.id && call?.agent?.name, step].filter(Boolean).join(": ");
}

/** @param {Conversation} conversation */
function offerWords(conversation) {
  const { offer } = conversation.callback ?? {};
  if (!offer || isLate(offer.until) || isRungAgain(conversation)) return "";
  return isOfferedTo(conversation, store.agent.id, now()) ? t.calls.offeredToYou : say(t.calls.offeredTo, { name: offer.agent.name });
}

/**
 * What they speak, where it is not what the reader reads.
 *
 * @param {Conversation} conversation
 */
function languageWords({ language: code, spoken }) {
  const short = (spoken || code || "").slice(0, 2);
  return short && short !== language ? new Intl.DisplayNames([language], { type: "language" }).of(short) : "";
}

/** @param {(string | false | null | undefined)[]} words */
function pieces(words) {
  return [words.filter(Boolean).join(" · ")];
}
