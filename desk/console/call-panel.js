/** A conversation's call, above its story: how it stands, what is known before the customer answers, what to do next. */

/** @import {Call, CallStatus, Conversation} from "./types.js" */
import { askCallback } from "./callback-form.js";
import { checkCaller, log, take } from "./call-acts.js";
import { hasCall, isCallOwed, isCallerUnknown, isFree, isOfferedTo, isRungAgain, isToWrapUp, isUnderWay } from "./call-order.js";
import { callTitle, leftWords, numberWords, reasonWords, triesWords, windowWords } from "./call-words.js";
import { el, fill, set, write } from "./dom.js";
import { factKinds, loadFactKinds, spoken, stepWord } from "./fact-words.js";
import { announce } from "./notice.js";
import { nameOf } from "./order.js";
import { canCall } from "./phone-switch.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { instant, isLate, now, talk } from "./time.js";
import { wrapUpForm } from "./wrap-up.js";

const SECOND = 1_000;
/** What an agent who dials says of a call, before anybody talked, and while they talk. @type {Record<string, CallStatus[]>} */
const OUTCOMES = {
  dialled: ["talking", "no_answer", "busy", "voicemail", "wrong_number"],
  talking: ["ended", "dropped"],
  doubt: ["ended", "no_answer", "busy", "voicemail", "wrong_number"],
};
/** The key by which a line fell; no number, as those tell what came of it. */
const FELL = "x";
/** What may be asked of who rings, to know them by. */
const ASKED = ["name", "identity", "account"];

export function callPanel() {
  const title = el("b", { class: "call-title", dir: "auto" });
  const clock = el("span", { class: "call-clock", role: "timer" });
  const number = el("span", { class: "call-number" });
  const means = el("div", { class: "call-means" });
  const brief = el("dl", { class: "call-brief" });
  const ways = el("div", { class: "ways" });
  const wrap = wrapUpForm();
  const node = el(
    "section",
    { class: "call-panel", "aria-label": t.calls.panel, hidden: true },
    el("p", { class: "call-head" }, title, clock, number),
    means,
    brief,
    ways,
    wrap.node,
  );
  let shown = "";
  let told = "";
  let rang = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let ticking;

  /** @param {Conversation} conversation */
  function update(conversation) {
    node.hidden = !hasCall(conversation);
    clearTimeout(ticking);
    wrap.update(isMineToWrap(conversation) ? conversation : undefined);
    if (node.hidden) return void (shown = told = "");
    const stand = standOf(conversation);
    set(node, "class", `call-panel is-${stand}`);
    write(title, titleOf(conversation, stand));
    write(number, whoseNumber(conversation));
    tick(conversation);
    dress(conversation, stand);
    tellStep(conversation);
  }

  /** @param {Conversation} conversation */
  function tick(conversation) {
    const { call, callback } = conversation;
    const isTalking = call?.status === "talking" && call.answered_at;
    const isAlone = callback && isOwedAlone(conversation);
    write(clock, isTalking ? talk(now() - Date.parse(call.answered_at ?? "")) : isAlone ? leftWords(callback) : "");
    set(clock, "class", isAlone && callback.due_at && isLate(callback.due_at) ? "call-clock late" : "call-clock");
    set(clock, "title", isAlone && callback.due_at && instant(callback.due_at));
    if (isTalking) ticking = setTimeout(() => tick(conversation), SECOND);
  }

  /**
   * Drawn anew only when it is another, so that the button under the pointer stays.
   *
   * @param {Conversation} conversation
   * @param {Stand} stand
   */
  function dress(conversation, stand) {
    const lines = isCallerUnknown(conversation) || stand === "wrap" ? [] : briefLines(conversation);
    const asks = stand === "unknown" ? askWords() : [];
    const print = JSON.stringify([conversation.id, conversation.call?.id, conversation.call?.status, stand, lines, asks, rang, conversation.call?.number, conversation.call?.checked_at, mayHaveFallen(conversation, stand), canCall(), isFree(conversation, store.agent.id, now())]);
    if (print === shown) return;
    const isFocused = ways.contains(document.activeElement);
    shown = print;
    fill(means, ...meansWords(conversation, stand).map((line) => el("p", {}, line)), asks.length > 0 && el("ul", {}, ...asks.map((ask) => el("li", {}, ask))));
    fill(brief, ...lines.flatMap(([name, words]) => [el("dt", {}, name), el("dd", { dir: "auto" }, words)]));
    fill(ways, ...waysOf(conversation, stand));
    const first = ways.querySelector("button, a");
    if (isFocused && first instanceof HTMLElement) first.focus();
  }

  /**
   * A screen reader hears each step; the eye sees it.
   *
   * @param {Conversation} conversation
   */
  function tellStep({ id, call }) {
    const step = `${id} ${call?.id} ${call?.status}`;
    if (told && told !== step && call?.agent?.id === store.agent.id) announce(title.textContent ?? "");
    told = step;
  }

  /**
   * @param {Conversation} conversation
   * @param {Stand} stand
   */
  function waysOf(conversation, stand) {
    const { id, call } = conversation;
    if (!store.isOurs(conversation)) return [];
    // Until it is done, there is nothing else to choose; once the call is over, the numbers say what came of it.
    if (stand === "unknown" && call) return numbered(button(t.calls.check.confirm, () => void checkCaller(id, call.id), "main"));
    if (stand === "wrap" && call && isCallerUnknown(conversation)) return [button(t.calls.check.confirm, () => void checkCaller(id, call.id))];
    if (stand === "doubt" && isMineOrNobodys(call)) {
      if (rang === `${id} ${call?.id}`) return outcomes(conversation, OUTCOMES.doubt ?? []);
      const itRang = () => ((rang = `${id} ${call?.id}`), update(conversation));
      return numbered(button(t.calls.itRang, itRang, "main"), button(t.calls.ringAgain, () => void take(conversation)));
    }
    if (stand === "dial") return [dialLink(call), ...outcomes(conversation, OUTCOMES.dialled ?? [])];
    if (stand === "talking" && isManual()) return outcomes(conversation, OUTCOMES.talking ?? []);
    // A line that fell looks to a provider like one that was hung up: who talked says so.
    if (mayHaveFallen(conversation, stand)) return keyed(FELL, button(t.calls.outcomes.dropped, () => void log(conversation, "dropped")));
    if (stand !== "owed") return [];
    const isNow = canCall() && (isFree(conversation, store.agent.id, now()) || isOfferedTo(conversation, store.agent.id, now()));
    return [
      isNow && button(t.calls.take, () => void take(conversation), "main", "l"),
      button(t.calls.change, () => askCallback(id), "", "b"),
    ];
  }

  /**
   * @param {Conversation} conversation
   * @param {CallStatus[]} statuses
   */
  function outcomes(conversation, statuses) {
    const words = /** @type {Record<string, string>} */ (t.calls.outcomes);
    return numbered(...statuses.map((status, place) => button(words[status] ?? status, () => void log(conversation, status), place === 0 ? "main" : "")));
  }

  return {
    node,
    update,
    /** Whether there is something to choose by a number. */
    hasChoices: () => wrap.isShown() || ways.querySelector("[data-key]") !== null,
    /** @param {number} place */
    choose(place) {
      const chosen = ways.querySelector(`[data-key="${place}"]`);
      if (wrap.isShown()) wrap.choose(place);
      else if (chosen instanceof HTMLElement) chosen.click();
    },
    /** Says that the line fell, where the reader may. */
    fell() {
      const chosen = node.hidden ? null : ways.querySelector(`[data-key="${FELL}"]`);
      if (chosen instanceof HTMLElement) chosen.click();
    },
    /** Dials, where the reader does; says whether. */
    dial() {
      const link = node.hidden ? null : ways.querySelector("a");
      link?.click();
      return link !== null;
    },
    stop: () => clearTimeout(ticking),
  };
}

/** How a call stands for the reader. @typedef {"unknown" | "doubt" | "dial" | "talking" | "under" | "wrap" | "again" | "over" | "owed"} Stand */

/**
 * @param {Conversation} conversation
 * @returns {Stand}
 */
function standOf(conversation) {
  const { call, callback } = conversation;
  if (isCallerUnknown(conversation) && call?.status === "talking") return "unknown";
  if (callback?.is_in_doubt || (call?.status === "in_doubt" && !call.wrapped_at)) return "doubt";
  if (isUnderWay(conversation)) {
    if (call?.status === "talking") return "talking";
    const isDialled = isManual() && call?.direction === "out" && call.agent?.id === store.agent.id && call.id;
    return isDialled ? "dial" : "under";
  }
  if (isRungAgain(conversation)) return "again";
  if (isMineToWrap(conversation)) return "wrap";
  return isToWrapUp(conversation) && !isCallOwed(conversation) ? "over" : "owed";
}

/**
 * Whether the reader has to say what came of it; a call that fell is not over yet, it is made again.
 *
 * @param {Conversation} conversation
 */
function isMineToWrap(conversation) {
  const { call, callback } = conversation;
  const isAgain = isRungAgain(conversation) || call?.status === "agent_away";
  return isToWrapUp(conversation) && call?.agent?.id === store.agent.id && call.status !== "in_doubt" && !callback?.is_in_doubt && !isAgain;
}

/**
 * @param {Conversation} conversation
 * @param {Stand} stand
 */
function titleOf(conversation, stand) {
  const { call } = conversation;
  const name = nameOf(conversation) || t.thisPerson;
  if (stand === "doubt") return say(t.calls.titles.in_doubt, { name });
  if (stand === "owed" || !call) return t.calls.owed;
  const isOthers = call.agent && call.agent.id !== store.agent.id;
  if (isOthers && !call.is_over) return say(call.status === "talking" ? t.calls.theyTalk : t.calls.theyRing, { actor: call.agent?.name ?? "", name });
  const words = callTitle(call, { name, isManual: isManual() });
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}

/**
 * What it means, and what happens next.
 *
 * @param {Conversation} conversation
 * @param {Stand} stand
 */
function meansWords(conversation, stand) {
  const { call, callback } = conversation;
  const name = nameOf(conversation) || t.thisPerson;
  const { means, check } = t.calls;
  if (stand === "unknown") return [check.means, check.ask];
  if (isCallerUnknown(conversation)) return [check.means];
  if (stand === "doubt") return [say(means.in_doubt, { name })];
  if (stand === "dial") return [say(means.dial, { name })];
  const isOthers = call?.agent && call.agent.id !== store.agent.id;
  if (stand === "owed" && callback) {
    const isAway = call?.status === "agent_away" && !isOthers;
    return [isAway && say(means.agent_away, { name }), !callback.consent && windowWords(callback)].flatMap((line) => line || []);
  }
  if (isOthers) return [];
  if (call?.status === "dropped" && stand === "again" && isManual()) return [say(means.dropped_manual, { name })];
  const told = /** @type {Record<string, string>} */ (means)[call?.status ?? ""];
  return told && stand !== "wrap" ? [say(told, { name })] : [];
}

/**
 * What is in front of whoever calls: why, what was said of it, what the customer tried, how often we did, their consent.
 *
 * @param {Conversation} conversation
 * @returns {[string, string][]}
 */
function briefLines({ callback, known, customer, subject, preview }) {
  const facts = [...(known ?? []), ...(customer.facts ?? [])];
  const tried = facts.filter(({ kind }) => kind === "tried").map(({ value }) => stepWord(value));
  /** @type {[string, string][]} */
  const lines = [
    [t.calls.why, callback ? [reasonWords(callback), callback.note].filter(Boolean).join(": ") : subject || preview],
    [t.facts.tried, tried.join(", ")],
    [t.calls.before, callback ? triesWords(callback) : ""],
    [t.calls.consent, callback?.consent ? `«${callback.consent}»` : ""],
  ];
  return lines.filter(([, words]) => words);
}

/** What can be asked of who rings, in the words of ops. */
function askWords() {
  void loadFactKinds();
  const asks = factKinds().filter(({ kind }) => ASKED.includes(kind)).map(({ ask }) => spoken(ask));
  return asks.filter(Boolean);
}

/** @param {Call | null} call */
function dialLink(call) {
  return call?.number ? el("a", { class: "button main", href: `tel:${call.number}` }, say(t.calls.dial, { number: call.number })) : null;
}

/** Whose it is, which is not the reader's own, the number, and the hour there. @param {Conversation} conversation */
function whoseNumber(conversation) {
  const number = numberOf(conversation);
  const name = nameOf(conversation) || t.thisPerson;
  return numberWords({ number: number && say(t.calls.numberOf, { name, number }), zone: conversation.callback?.zone });
}

/**
 * Whether the reader may say that the line fell: they talk, or have not said yet what came of it. Who dials by hand has
 * said so already, or that it did not.
 *
 * @param {Conversation} conversation
 * @param {Stand} stand
 */
function mayHaveFallen({ call }, stand) {
  const isOver = stand === "wrap" && call?.status === "ended" && Date.parse(call.grace_until ?? "") > now();
  return !isManual() && call?.agent?.id === store.agent.id && (stand === "talking" || isOver);
}

/** @param {Conversation} conversation */
function numberOf(conversation) {
  const { call, callback } = conversation;
  const number = (call && !call.is_over ? call.number : callback?.number) || call?.number || "";
  return number === nameOf(conversation) ? "" : number;
}

/** Whether the call is owed and none is under way. @param {Conversation} conversation */
function isOwedAlone({ call }) {
  return !call || (call.is_over && Boolean(call.wrapped_at || !call.agent));
}

/** @param {Call | null} call */
function isMineOrNobodys(call) {
  return !call?.agent || call.agent.id === store.agent.id || store.agent.role === "supervisor";
}

/** Whether the reader dials, and says what happened. */
function isManual() {
  return store.phone?.provider === "manual";
}

/**
 * Each with the number that presses it.
 *
 * @param {...HTMLButtonElement} buttons
 */
function numbered(...buttons) {
  return buttons.flatMap((button, place) => keyed(String(place + 1), button));
}

/**
 * @param {string} key that presses it
 * @param {HTMLButtonElement} button
 */
function keyed(key, button) {
  set(button, "data-key", key);
  set(button, "aria-keyshortcuts", key);
  button.prepend(el("kbd", { "aria-hidden": "true" }, key));
  return [button];
}

/**
 * @param {string} label
 * @param {() => void} run
 * @param {string} [kind]
 * @param {string} [key]
 */
function button(label, run, kind, key) {
  return el("button", { class: kind, onclick: run, "aria-keyshortcuts": key, title: key && `${label} (${key})` }, label);
}
