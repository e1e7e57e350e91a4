/** The third column: one conversation, its timeline over all channels, and what can be done about it. */

/** @import {Conversation, Entry} from "./types.js" */
/** @import {Act} from "./heading.js" */
/** @import {Trouble} from "./sync.js" */
import * as actions from "./actions.js";
import { isCallerUnknown, nextCall } from "./call-order.js";
import { callPanel } from "./call-panel.js";
import { askCallback } from "./callback-form.js";
import { composer } from "./composer.js";
import { el, fill, set, write } from "./dom.js";
import { factLine } from "./fact-line.js";
import { heading } from "./heading.js";
import { announce, keepClearOf, notice } from "./notice.js";
import { isOwed, nameOf } from "./order.js";
import { askPromise } from "./promise-form.js";
import { CALLS, address, route } from "./route.js";
import { samePersonLine } from "./same-person.js";
import { isSaid } from "./story.js";
import { store } from "./store.js";
import { count, say, t } from "./strings.js";
import { loadEarlier, loadStory, troubles } from "./sync.js";
import { now } from "./time.js";
import { showTimeline } from "./timeline.js";

/** Somebody who is writing has seen what came in only after a moment. */
const TIME_TO_SEE = 1_500;
const NEAR_THE_END = 80;
const SPOKEN_LENGTH = 300;
/** How far back a message is looked for, and for how long it then stands out. */
const MOST_PAGES = 20;
const POINTED_FOR = 2_000;

/** @typedef {(id: string) => void} OnConversation */

/** @param {{onTransfer: OnConversation, onSnooze: OnConversation, onNext: () => void, onLeave: () => void}} listener */
export function conversationPane({ onTransfer, onSnooze, onNext, onLeave }) {
  const head = heading(act, () => scroller.focus());
  const same = samePersonLine();
  const facts = factLine();
  const call = callPanel();
  const earlier = el("button", { class: "plain earlier", onclick: readEarlier }, t.conversation.earlier);
  const list = el("ol", { class: "timeline" });
  const skeleton = el("div", { class: "skeleton", role: "img", "aria-label": t.loading });
  const live = el("p", { class: "live", "aria-live": "polite" });
  const scroller = el(
    "div",
    { class: "scroller", tabindex: 0, role: "region", "aria-label": t.conversation.title },
    earlier,
    skeleton,
    list,
    live,
  );
  const newest = el("button", { class: "fresh", hidden: true, onclick: toEnd });
  const told = el("div", { class: "told", hidden: true });
  const box = composer({ onSend, onConflict, onDone, onLeave: () => scroller.focus() });
  keepClearOf(box.node);
  const back = el("a", { class: "back" }, t.conversation.backToQueue);
  const toCustomer = el("a", { class: "to-customer" }, t.conversation.customer);
  const empty = el("div", { class: "empty" });
  const node = el(
    "main",
    { class: "pane conversation", "aria-label": t.conversation.title },
    head.node,
    same.node,
    facts.node,
    call.node,
    scroller,
    newest,
    told,
    box.node,
    empty,
    el("footer", { class: "foot" }, back, toCustomer),
  );

  let id = "";
  let last = "";
  let coming = 0;
  let shownRevision = 0;
  let unread = 0;
  let isAtEnd = true;
  /** The latest entry that the reader has seen, and the one that they had when what came too late was sent. */
  let seenEntry = "";
  let sentAfter = "";
  /** Of conversations where something came too late: the entry after which all is new. @type {Map<string, string>} */
  const lastSeen = new Map();

  scroller.addEventListener("scroll", () => {
    isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_THE_END;
    if (isAtEnd) unread = 0;
    dressNewest();
  });
  new ResizeObserver(() => isAtEnd && toEnd()).observe(scroller);

  function update() {
    const here = route();
    back.href = address(here.team);
    write(back, here.team === CALLS ? t.calls.title : t.conversation.backToQueue);
    toCustomer.href = address(here.team, here.conversation, "customer");
    toCustomer.hidden = !here.conversation;
    if (here.conversation !== id) reset(here.conversation);
    const conversation = store.conversation(id);
    const trouble = troubles.get(id);
    const isShown = Boolean(id && conversation && !(trouble && !store.timeline(id)));
    for (const part of [head.node, same.node, facts.node, call.node, scroller, box.node]) part.hidden = !isShown;
    empty.hidden = isShown || (id ? !trouble : !store.loaded.has(here.team));
    if (isShown && conversation) dress(conversation);
    else dressEmpty(trouble);
  }

  /** @param {string} next */
  function reset(next) {
    lastSeen.delete(id);
    id = next;
    last = seenEntry = sentAfter = "";
    shownRevision = 0;
    unread = 0;
    isAtEnd = true;
    told.hidden = newest.hidden = true;
    list.replaceChildren();
    if (id) box.open(id);
  }

  /** @param {Conversation} conversation */
  function dress(conversation) {
    const isOurs = store.isOurs(conversation);
    head.update(conversation);
    same.update(conversation);
    facts.update(conversation);
    call.update(conversation);
    set(scroller, "class", isCallerUnknown(conversation) ? "scroller is-veiled" : "scroller");
    // What somebody was writing when it closed stays where they can copy it.
    const isOver = conversation.state === "closed" && !box.hasWords();
    told.hidden = isOurs && !isOver;
    if (!isOurs)
      fill(told, el("p", {}, elsewhere(conversation)), el("p", { class: "hint" }, t.conversation.elsewhereHint));
    else if (conversation.part_of) fill(told, el("p", {}, t.link.joining));
    else if (isOver) fill(told, el("p", {}, say(t.composer.closed, { name: nameOf(conversation) || t.thisPerson })));
    box.node.hidden = !isOurs || isOver;
    box.update();
    dressTimeline(conversation);
    write(live, liveWords(conversation));
  }

  /** @param {Conversation} conversation */
  function dressTimeline(conversation) {
    const timeline = store.timeline(id);
    skeleton.hidden = timeline !== undefined;
    earlier.hidden = !timeline?.earlier;
    if (!timeline) return;
    const wasAtEnd = isAtEnd;
    const options = { lastSeen: lastSeen.get(id) ?? "", onWriteAgain: box.writeAgain };
    showTimeline(list, conversation, timeline, options);
    const news = timeline.entries.at(-1)?.id ?? "";
    const isLonger = news !== last || timeline.coming.length > coming;
    if (news !== last && last) tellNews(conversation, newMessages(timeline.entries, last), wasAtEnd);
    if (isLonger && wasAtEnd) toEnd();
    last = news;
    coming = timeline.coming.length;
    dressNewest();
    see(timeline.revision, news);
  }

  /**
   * A screen reader hears what the customer wrote; who reads further up sees that there is more below.
   *
   * @param {Conversation} conversation
   * @param {Entry[]} messages
   * @param {boolean} isAtEnd
   */
  function tellNews(conversation, messages, isAtEnd) {
    if (!isAtEnd) unread += messages.length;
    const name = nameOf(conversation) || t.someone;
    const words = messages.filter(({ kind }) => kind === "message_in").map(({ text }) => text.slice(0, SPOKEN_LENGTH));
    if (words.length) announce(say(t.conversation.said, { name, words: words.join(" ") }));
  }

  /**
   * Marks the revision as seen: at once, or in a moment if somebody is writing and may send without having looked.
   *
   * @param {number} revision
   * @param {string} entry the latest one that is shown
   */
  function see(revision, entry) {
    if (document.hidden || revision <= shownRevision) return;
    const isFirst = shownRevision === 0;
    const seenOf = id;
    shownRevision = revision;
    const mark = () => {
      actions.markSeen(seenOf, revision);
      if (seenOf === id) seenEntry = entry;
    };
    if (isFirst || !box.hasWords()) mark();
    else setTimeout(() => !document.hidden && mark(), TIME_TO_SEE);
  }

  function dressNewest() {
    newest.hidden = unread === 0;
    write(newest, count(t.conversation.newest, unread));
  }

  /** @param {Trouble | undefined} trouble */
  function dressEmpty(trouble) {
    const isBoard = route().team === CALLS;
    const hasMore = isBoard ? nextCall(store.calls(), store.agent.id, now()) !== undefined : store.queue(route().team).some(isOwed);
    const print = JSON.stringify([id, trouble, hasMore, isBoard]);
    if (empty.dataset.print === print) return;
    empty.dataset.print = print;
    const next = (/** @type {string} */ label) => hasMore && el("button", { class: "main", onclick: onNext }, label);
    if (trouble === "unreadable") fill(empty, ...unreadable(() => void loadStory(id)));
    else if (trouble) fill(empty, ...troubleWords(trouble), next(t.conversation.next));
    else if (isBoard) fill(empty, el("p", {}, hasMore ? t.calls.pick : t.calls.calm), hasMore && el("button", { onclick: onNext }, t.conversation.pickHint));
    else fill(empty, el("p", {}, hasMore ? t.conversation.pick : t.conversation.calm), next(t.conversation.pickHint));
  }

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
    isAtEnd = true;
    unread = 0;
    dressNewest();
  }

  async function readEarlier() {
    const height = scroller.scrollHeight;
    await loadEarlier(id).catch(() => notice(t.conversation.unreadable));
    // What is being read stays where it is.
    requestAnimationFrame(() => (scroller.scrollTop += scroller.scrollHeight - height));
  }

  function onSend() {
    sentAfter = seenEntry;
    toEnd();
  }

  /** @param {string} late */
  function onConflict(late) {
    if (late === id && !lastSeen.has(late)) lastSeen.set(late, sentAfter);
    store.tell();
  }

  /** @param {string} done */
  function onDone(done) {
    lastSeen.delete(done);
    store.tell();
  }

  /** @param {Act} verb */
  function act(verb) {
    const conversation = store.conversation(id);
    if (!conversation || !store.isOurs(conversation)) return;
    const isResolved = conversation.state === "resolved" || conversation.state === "closed";
    const isMine = conversation.assignee?.id === store.agent.id;
    if (verb === "reopen" && conversation.state === "resolved") void actions.reopen(id);
    if (verb === "callback" && conversation.state !== "closed") askCallback(id);
    if (verb === "promise" && conversation.state !== "closed") askPromise(id);
    if (isResolved) return;
    if (verb === "claim" && !isMine) void actions.claim(id);
    if (verb === "release" && conversation.assignee) void actions.release(id);
    if (verb === "resolve") void actions.resolve(id);
    if (verb === "transfer") onTransfer(id);
    if (verb === "snooze") onSnooze(id);
  }

  /** @param {"reply" | "note"} mode */
  function compose(mode) {
    if (!box.node.hidden && id) box.start(mode);
  }

  /**
   * Leads to the message of that key, reading further back for as long as there is more.
   *
   * @param {string} message
   */
  async function point(message) {
    const asked = id;
    const find = () => /** @type {HTMLElement | null} */ (list.querySelector(`[data-message="${CSS.escape(message)}"]`));
    for (let pages = 0; !find() && pages < MOST_PAGES && store.timeline(asked)?.earlier; pages += 1) {
      await loadEarlier(asked);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      if (asked !== id) return;
    }
    const found = find();
    if (!found) return void notice(t.facts.elsewhere);
    isAtEnd = false;
    set(found, "tabindex", -1);
    found.scrollIntoView({ block: "center" });
    found.focus({ preventScroll: true });
    found.classList.add("pointed");
    setTimeout(() => found.classList.remove("pointed"), POINTED_FOR);
  }

  return {
    node,
    update,
    act,
    compose,
    point,
    confirmPromise: () => void box.confirmPromise(),
    hasChoices: () => !call.node.hidden && call.hasChoices(),
    dial: call.dial,
    choose: call.choose,
    fell: call.fell,
    stop: call.stop,
    focus: () => (scroller.hidden ? onLeave() : scroller.focus()),
  };
}

/** @param {Conversation} conversation */
function elsewhere({ team }) {
  return team.name ? say(t.conversation.elsewhere, { team: team.name }) : t.conversation.elsewhereUnknown;
}

/** @param {Conversation} conversation */
function liveWords(conversation) {
  const colleague = store.presence.colleagueTyping(conversation.id);
  if (store.presence.isCustomerTyping(conversation.id)) {
    return say(t.conversation.writing, { name: nameOf(conversation) || t.someone });
  }
  return colleague ? say(t.conversation.colleagueWrites, { name: colleague }) : "";
}

/**
 * The messages that came after the entry `last`.
 *
 * @param {Entry[]} entries
 * @param {string} last
 */
function newMessages(entries, last) {
  const place = entries.findIndex(({ id }) => id === last);
  // It may be gone with those who are two again: then nothing is new.
  return place < 0 ? [] : entries.slice(place + 1).filter(isSaid);
}

/** @param {Trouble} trouble */
function troubleWords(trouble) {
  const { gone, goneHint, elsewhereUnknown } = t.conversation;
  if (trouble === "elsewhere") return [el("p", {}, elsewhereUnknown)];
  return [el("p", {}, gone), el("p", { class: "hint" }, goneHint)];
}

/** @param {() => void} again */
function unreadable(again) {
  return [
    el("p", {}, t.conversation.unreadable),
    el("button", { class: "main", onclick: again }, t.conversation.again),
  ];
}
