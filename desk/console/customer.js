/** The last column: who the customer is, how that is known, and why this team answers. */

/** @import {Conversation, Customer, Entry, Former} from "./types.js" */
import { isCallerUnknown } from "./call-order.js";
import { numberWords, reasonWords, windowWords } from "./call-words.js";
import { el, fill, write } from "./dom.js";
import { factCard } from "./fact-card.js";
import { kindWord, stepWord } from "./fact-words.js";
import { handleList, handleNode } from "./handle-list.js";
import { address, route } from "./route.js";
import { profileList } from "./profile.js";
import { promiseCard } from "./promise-list.js";
import { samePersonCard } from "./same-person.js";
import { escalatedWords, passedBy, why } from "./story.js";
import { isQueued, nameOf } from "./order.js";
import { store } from "./store.js";
import { count, language, say, t } from "./strings.js";
import { instant, isLate, left, now, span, when } from "./time.js";

/** @param {{onSource: (source: string) => void}} listener */
export function customerPane({ onSource }) {
  const name = el("h2", { dir: "auto" });
  const same = samePersonCard(() => focus());
  const card = factCard({ onSource });
  const hidden = el("p", { class: "hint", hidden: true }, t.calls.check.hidden);
  const promises = promiseCard();
  const handles = handleList();
  const rest = el("div");
  const back = el("a", { class: "back" }, t.conversation.backToConversation);
  const node = el(
    "aside",
    { class: "pane customer", "aria-label": t.customer.title },
    el("div", { class: "scroller" }, name, same.node, hidden, card.node, promises.node, handles.node, rest),
    el("footer", { class: "foot" }, back),
  );
  let shown = "";

  /** What there is to say of who they are, else the first fact, or else the way to add one. */
  function focus() {
    const [first] = [same.node, card.node].flatMap((part) => (part.hidden ? [] : [...part.querySelectorAll("summary, button")]));
    if (first instanceof HTMLElement) first.focus();
  }

  return {
    node,
    focus,
    update() {
      const { team, conversation: id } = route();
      const conversation = store.conversation(id);
      back.href = address(team, id);
      node.hidden = !conversation;
      if (!conversation) return;
      write(name, nameOf(conversation) || t.someone);
      same.update(conversation);
      hidden.hidden = !isCallerUnknown(conversation);
      card.update(conversation);
      promises.update(conversation);
      handles.update(conversation);
      if (!hidden.hidden) handles.node.hidden = true;
      const { entries, former } = store.timeline(id) ?? { entries: [], former: [] };
      // Read as one text, this is drawn anew only when something has changed, so that it can be selected.
      const dues = conversation.deadlines.map(({ due_at }) => left(due_at));
      const print = JSON.stringify([conversation, entries.length, former, dues, Math.floor(now() / 60_000)]);
      if (print === shown) return;
      shown = print;
      fill(rest, ...draw(conversation, entries, former));
    },
  };
}

/**
 * @param {Conversation} conversation
 * @param {Entry[]} entries
 * @param {Former[]} former
 */
function draw(conversation, entries, former) {
  const { customer, tags, priority, waiting_since, created_at, messages, owned_since, team } = conversation;
  const { deadlines, paused, is_escalated } = conversation;
  return [
    waiting_since
      ? fact(t.customer.waiting, moment(waiting_since), ` · ${span(now() - Date.parse(waiting_since))}`)
      : fact(t.customer.notWaiting),
    (deadlines.length > 0 || paused) && isQueued(conversation) && fact(t.customer.deadlines, dues(conversation)),
    callback(conversation),
    directory(customer),
    answerAddress(conversation),
    fact(t.customer.began, moment(created_at), ` · ${count(t.customer.messages, messages)}`),
    matter(conversation),
    priority !== "normal" && fact(t.customer.priority, t.priorities[priority]),
    is_escalated && fact(t.customer.escalated, escalatedWhy(conversation, entries)),
    bestBy(conversation),
    tags.length > 0 && fact(t.customer.tags, el("ul", { class: "tags" }, ...tags.map((tag) => el("li", {}, tag)))),
    team.id &&
      fact(
        say(t.customer.team, { team: team.name }),
        ...reason(conversation, entries),
        el("p", { class: "aside" }, ...say(t.customer.owned, { when: when(owned_since) })),
      ),
    former.length > 0 && fact(t.customer.former, el("ul", { class: "former" }, ...former.map(formerOne))),
  ];
}

/**
 * Why its supervisors were told, the last time.
 *
 * @param {Conversation} conversation
 * @param {Entry[]} entries
 */
function escalatedWhy(conversation, entries) {
  const last = entries.findLast(({ kind }) => kind === "escalated");
  return last?.detail.reason ? escalatedWords(last.detail.reason, nameOf(conversation) || undefined) : t.customer.escalatedHint;
}

/** @param {Customer} customer */
function directory(customer) {
  const list = profileList(customer);
  return list && fact(t.profile.title, list);
}

/**
 * @param {string} name
 * @param {...(Node | string | false)} values
 */
function fact(name, ...values) {
  const given = values.filter((value) => value !== false && value !== "");
  return el("section", { class: "fact" }, el("h3", {}, name), given.length > 0 && el("div", {}, ...given));
}

/** @param {Conversation} conversation */
function dues({ deadlines, paused }) {
  return el(
    "ul",
    { class: "dues" },
    ...deadlines.map(({ kind, due_at }) =>
      el(
        "li",
        {},
        el("span", {}, t.deadlines[kind]),
        el("time", { datetime: due_at, title: instant(due_at), class: isLate(due_at) && "late" }, left(due_at)),
      ),
    ),
    paused && el("li", {}, say(t.customer.paused, { what: t.deadlines[paused.kind] })),
  );
}

/** @param {Conversation} conversation */
function callback({ callback }) {
  if (!callback) return null;
  const { due_at, note, number } = callback;
  if (!due_at) return fact(t.customer.callback, t.customer.callbackOffer);
  const words = callback.order ? t.calls.underWay : say(t.customer.callbackOwed, { left: left(due_at) });
  const late = isLate(due_at) && !callback.order && "late";
  return fact(
    t.customer.callback,
    el("p", {}, el("time", { datetime: due_at, title: instant(due_at), class: late }, words)),
    number !== null && el("p", {}, numberWords(callback)),
    el("p", { class: "aside" }, [reasonWords(callback), windowWords(callback)].join(" · ")),
    note && el("p", { class: "words", dir: "auto" }, note),
  );
}

/** A conversation that is over; it opens beside the queue that is shown. @param {Former} former */
function formerOne({ id, team, subject, beginning, closed_at }) {
  const title = el("span", { class: "former-title", dir: "auto" }, subject || beginning || t.customer.formerUntitled);
  const about = el("span", { class: "aside" }, `${team.name} · `, moment(closed_at));
  return el("li", {}, el("a", { href: address(route().team, id) }, title, about));
}

/** What the rules gave it. @param {Conversation} conversation */
function matter({ facts }) {
  const known = Object.entries(facts);
  if (!known.length) return null;
  const pairs = known.flatMap(([name, value]) => [el("dt", {}, wordOf(name)), el("dd", { dir: "auto" }, value)]);
  return fact(t.customer.matter, el("dl", { class: "matter" }, ...pairs));
}

/** What a rule noted may be a kind of fact, or a step. @param {string} name */
function wordOf(name) {
  const word = kindWord(name);
  return word === name ? stepWord(name) : word;
}

/** Who would answer best. @param {Conversation} conversation */
function bestBy({ skills, spoken }) {
  const speaks = spoken && say(t.customer.spoken, { language: languageName(spoken) });
  const knows = skills.length > 0 && say(t.customer.skills, { skills: skills.join(", ") });
  const words = [knows, speaks].filter(Boolean);
  return words.length > 0 && fact(t.customer.best, words.join(" · "));
}

/** @param {string} code */
function languageName(code) {
  return new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code;
}

/**
 * The address that they left for the answer, where it is not among those known of them.
 *
 * @param {Conversation} conversation
 */
function answerAddress({ address, customer }) {
  const isKnown = customer.handles?.some(({ kind, address: one }) => `${kind}:${one}` === address) ?? true;
  return address && !isKnown && fact(t.customer.address, handleNode(address));
}

/**
 * Why this team: the latest routing or transfer that the timeline tells of, else the reason as it was recorded.
 *
 * @param {Conversation} conversation
 * @param {Entry[]} entries
 */
function reason({ reason, team }, entries) {
  const last = entries.findLast(
    ({ kind, detail }) =>
      (kind === "routed" && detail.team === team.id) || (kind === "transferred" && detail.to === team.id),
  );
  const first = entries.find(({ kind }) => kind === "routed");
  if (last?.kind === "transferred") {
    const { from = "", rule = "" } = last.detail;
    const { byTransfer, passed, passedByLadder, passedByRule } = t.customer;
    const by = passedBy(last, entries);
    const sentence = { transfer: byTransfer, ladder: passedByLadder, rule: passedByRule, gone: passed }[by];
    return [
      el("p", {}, say(sentence, { actor: last.actor, rule, from: store.teamName(from) })),
      (by === "transfer" || by === "rule") && last.text && el("p", { class: "words", dir: "auto" }, last.text),
    ];
  }
  return [el("p", { dir: "auto" }, first && first.detail.team === team.id ? capital(why(first.detail)) : reason)];
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** @param {string} at */
function moment(at) {
  return el("time", { datetime: at, title: instant(at) }, when(at));
}
