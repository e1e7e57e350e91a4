/**
 * A call that is offered to the reader, for as long as the offer lasts, or one of theirs that goes on while they look at
 * something else: a quiet card at the page's foot.
 */

/** @import {Conversation} from "./types.js" */
import { refresh } from "./actions.js";
import { decline, take } from "./call-acts.js";
import { isCallerUnknown, isOfferedTo, isUnderWay } from "./call-order.js";
import { callTitle, numberWords, reasonWords, triesWords } from "./call-words.js";
import { stepWord } from "./fact-words.js";
import { el, fill, write } from "./dom.js";
import { announce } from "./notice.js";
import { nameOf } from "./order.js";
import { CALLS, address, go, route } from "./route.js";
import { store } from "./store.js";
import { count, say, t } from "./strings.js";
import { now, talk } from "./time.js";

const SECOND = 1_000;

export function offerCard() {
  const who = el("b", { class: "who", dir: "auto", id: "offer-who" });
  const left = el("span", { class: "offer-left" });
  const about = el("div", { class: "offer-about" });
  const accepts = el("span");
  const yes = el("button", { class: "main", onclick: accept, "aria-keyshortcuts": "a" }, accepts, el("kbd", {}, "a"));
  const no = el("button", { onclick: refuse, "aria-keyshortcuts": "d" }, t.offer.decline, el("kbd", {}, "d"));
  const node = el(
    "aside",
    { class: "offer", "aria-labelledby": "offer-who", hidden: true },
    el("div", { class: "offer-text" }, el("p", {}, who, left), about),
    el("div", { class: "offer-acts" }, yes, no),
  );
  let told = "";
  let shown = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let ticking;

  const offered = () => store.calls().find((one) => isOfferedTo(one, store.agent.id, now()));

  /** One of the reader's own that is on the line, and not before their eyes. */
  const live = () =>
    store.calls().find((one) => isUnderWay(one) && one.call?.agent?.id === store.agent.id && one.id !== route().conversation);

  function accept() {
    const conversation = offered();
    const other = live();
    if (conversation) void take(conversation);
    else if (other) go(address(CALLS, other.id));
  }

  function refuse() {
    const conversation = offered();
    if (conversation) void decline(conversation);
  }

  function update() {
    const isOffer = offered() !== undefined;
    const conversation = offered() ?? live();
    const wasFocused = node.contains(document.activeElement);
    clearTimeout(ticking);
    node.hidden = !conversation;
    // What lies at the foot of a narrow page makes room for it (styles/calls.css).
    document.documentElement.style.setProperty("--offer-room", conversation ? `${node.offsetHeight}px` : "0px");
    if (!conversation) return void (wasFocused && document.querySelector("main")?.focus());
    write(who, isOffer ? say(t.offer.title, { name: nameOf(conversation) || t.someone }) : liveTitle(conversation));
    write(left, isOffer ? secondsLeft(conversation) : talked(conversation));
    write(accepts, isOffer ? t.offer.accept : t.offer.open);
    no.hidden = !isOffer;
    dressAbout(conversation);
    ticking = setTimeout(update, SECOND);
    tell(conversation, isOffer);
  }

  /**
   * Said once, politely; the seconds are not.
   *
   * @param {Conversation} conversation
   * @param {boolean} isOffer
   */
  function tell(conversation, isOffer) {
    const { id, callback, call } = conversation;
    const key = isOffer ? `${callback?.id} ${callback?.offer?.until}` : `${call?.id} ${call?.status}`;
    if (told === key) return;
    told = key;
    // What they tried is read already, and the conversation opens at once.
    refresh(id).catch(() => {}); // It is read again when it is opened.
    announce([who.textContent, isOffer && callback && reasonWords(callback), isOffer ? t.offer.keys : t.offer.openKey].filter(Boolean).join(". "));
  }

  /** @param {Conversation} conversation */
  function dressAbout(conversation) {
    const lines = aboutLines(conversation);
    const print = JSON.stringify(lines);
    if (print === shown) return;
    shown = print;
    fill(about, ...lines.map(([name, words]) => el("p", {}, el("span", { class: "hint" }, name), " ", el("span", { dir: "auto" }, words))));
  }

  return { node, update, accept, refuse, isShown: () => !node.hidden, stop: () => clearTimeout(ticking) };
}

/** @param {Conversation} conversation */
function secondsLeft({ callback }) {
  const until = Date.parse(callback?.offer?.until ?? "");
  return count(t.offer.left, Math.max(0, Math.ceil((until - now()) / SECOND)));
}

/** @param {Conversation} conversation */
function talked({ call }) {
  return call?.status === "talking" && call.answered_at ? talk(now() - Date.parse(call.answered_at)) : "";
}

/** @param {Conversation} conversation */
function liveTitle(conversation) {
  const { call } = conversation;
  const isManual = store.phone?.provider === "manual";
  return call ? callTitle(call, { name: nameOf(conversation) || t.someone, isManual }) : "";
}

/**
 * Why, whom, and what was tried: on the phone, and by the customer.
 *
 * @param {Conversation} conversation
 * @returns {[string, string][]}
 */
function aboutLines(conversation) {
  const { callback, subject, preview, known } = conversation;
  if (isCallerUnknown(conversation)) return [["", t.calls.unknown]];
  if (!callback) return [];
  const steps = (known ?? []).filter(({ kind }) => kind === "tried").map(({ value }) => stepWord(value));
  /** @type {[string, string][]} */
  const lines = [
    [t.calls.why, [reasonWords(callback), callback.note || subject || preview].filter(Boolean).join(": ")],
    [t.calls.number, numberWords(callback)],
    [t.calls.before, triesWords(callback)],
    [t.facts.tried, steps.join(", ")],
  ];
  return lines.filter(([, words]) => words);
}
