/** A call that is offered to the reader: a quiet card at the page's foot, for as long as the offer lasts. */

/** @import {Conversation} from "./types.js" */
import { refresh } from "./actions.js";
import { decline, take } from "./call-acts.js";
import { isOfferedTo } from "./call-order.js";
import { numberWords, reasonWords, triesWords } from "./call-words.js";
import { stepWord } from "./fact-words.js";
import { el, fill, write } from "./dom.js";
import { announce } from "./notice.js";
import { nameOf } from "./order.js";
import { store } from "./store.js";
import { count, say, t } from "./strings.js";
import { now } from "./time.js";

const SECOND = 1_000;

export function offerCard() {
  const who = el("b", { class: "who", dir: "auto", id: "offer-who" });
  const left = el("span", { class: "offer-left" });
  const about = el("div", { class: "offer-about" });
  const yes = el("button", { class: "main", onclick: accept, "aria-keyshortcuts": "a" }, t.offer.accept, el("kbd", {}, "a"));
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

  function accept() {
    const conversation = offered();
    if (conversation) void take(conversation);
  }

  function refuse() {
    const conversation = offered();
    if (conversation) void decline(conversation);
  }

  function update() {
    const conversation = offered();
    const wasFocused = node.contains(document.activeElement);
    clearTimeout(ticking);
    node.hidden = !conversation;
    // What lies at the foot of a narrow page makes room for it (styles/calls.css).
    document.documentElement.style.setProperty("--offer-room", conversation ? `${node.offsetHeight}px` : "0px");
    if (!conversation?.callback?.offer) return void (wasFocused && document.querySelector("main")?.focus());
    const { callback } = conversation;
    const until = conversation.callback.offer.until;
    write(who, say(t.offer.title, { name: nameOf(conversation) || t.someone }));
    write(left, count(t.offer.left, Math.max(0, Math.ceil((Date.parse(until) - now()) / SECOND))));
    dressAbout(conversation);
    ticking = setTimeout(update, SECOND);
    const key = `${callback.id} ${until}`;
    if (told === key) return;
    told = key;
    // What they tried is read already, and the conversation opens at once.
    refresh(conversation.id).catch(() => {}); // It is read again when it is opened.
    announce([who.textContent, reasonWords(callback), t.offer.keys].join(". "));
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

/**
 * Why, whom, and what was tried: on the phone, and by the customer.
 *
 * @param {Conversation} conversation
 * @returns {[string, string][]}
 */
function aboutLines({ callback, subject, preview, known }) {
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
