/** The customer's handles: each with how it is known; opened, since when, and what can be done about it. */

/** @import {Conversation, Handle, Part} from "./types.js" */
/** @import {Row} from "./dom.js" */
import { el, fill, keyed, set, write } from "./dom.js";
import { isUnderWay, maySendCode, samePerson, sendCode, separate } from "./link-acts.js";
import { knownSentence, knownWords, labelOf } from "./link-words.js";
import { channelMark } from "./marks.js";
import { codeWords } from "./same-person.js";
import { readable } from "./story.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { sureButton } from "./sure.js";
import { instant, isLate, when } from "./time.js";

/** The channel that stands for a kind of handle. @type {Record<string, string>} */
const CHANNELS = { chat: "webchat", email: "email", twitter: "twitter", phone: "phone", site: "site" };
/** What an agent, a mail or a list said may be wrong. */
const MISTAKABLE = ["agent", "code", "directory"];

/** A handle as it is shown, and who came with it. @typedef {Handle & {key: string, label: string, part: Part | undefined}} Shown */

export function handleList() {
  const rows = el("ul", { class: "known-facts" });
  const node = el("section", { class: "fact", "aria-label": t.customer.handles }, el("h3", {}, t.customer.handles), rows);
  return {
    node,
    /** @param {Conversation} conversation */
    update(conversation) {
      const all = handlesOf(conversation);
      node.hidden = all.length === 0;
      keyed(rows, all, ({ key }) => `${conversation.id} ${key}`, () => handleRow(conversation.id));
    },
  };
}

/**
 * The mark and the name of where somebody writes from.
 *
 * @param {string} written
 * @param {string} [label]
 */
export function handleNode(written, label = readable(written)) {
  const kind = written.slice(0, written.indexOf(":"));
  const title = label === readable(written) ? null : readable(written);
  return el("span", { class: "handle" }, channelMark(CHANNELS[kind] ?? kind), el("span", { dir: "auto", title }, label));
}

/**
 * @param {Conversation} conversation
 * @returns {Shown[]}
 */
function handlesOf({ id, customer: { handles = [], parts = [] } }) {
  const { entries } = store.timeline(id) ?? { entries: [] };
  return handles
    .map((one) => ({ ...one, key: `${one.kind}:${one.address}` }))
    .map((one) => ({
      ...one,
      label: labelOf(one.key, entries),
      part: parts.find((part) => part.handles.includes(one.key)),
    }));
}

/**
 * @param {string} id the conversation's
 * @returns {Row<Shown>}
 */
function handleRow(id) {
  const name = el("span", { class: "handle-name" });
  const known = el("span");
  const lines = el("div");
  const ways = el("div");
  const more = el("div", { class: "fact-more" }, lines, ways);
  const summary = el("summary", {}, name, known);
  const details = el("details", { class: "about-handle" }, summary, more);
  const node = el("li", { class: "known-fact known-handle" }, details);
  let shown = "";
  let told = "";

  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open || event.defaultPrevented) return;
    event.stopPropagation();
    details.open = false;
    summary.focus();
  });

  return {
    node,
    update(handle) {
      const conversation = store.conversation(id);
      if (!conversation) return;
      const isHere = handle.kind === "chat" && store.presence.isHere(id);
      const words = [knownWords(handle), isHere ? t.customer.here : ""].filter(Boolean).join(" · ");
      write(known, words);
      set(known, "class", handle.link === "claimed" && handle.kind !== "chat" ? "doubt" : "known");
      set(known, "title", instant(handle.since));
      const sentencesNow = sentences(conversation, handle);
      if (sentencesNow.join() !== told) fill(lines, ...sentencesNow.map((one) => el("p", {}, one)));
      told = sentencesNow.join();
      const { suggestions, code, replies_to, customer } = conversation;
      const print = JSON.stringify([handle, isBusy(id, handle), mayAct(conversation), suggestions, code, replies_to, customer.handles]);
      if (print === shown) return;
      shown = print;
      fill(name, handleNode(handle.key, handle.label));
      fill(ways, ...(mayAct(conversation) ? acts(conversation, handle) : []));
    },
  };
}

/** @param {Conversation} conversation */
function mayAct(conversation) {
  return store.isOurs(conversation) && conversation.state !== "closed";
}

/**
 * @param {Conversation} conversation
 * @param {Shown} handle
 */
function sentences(conversation, handle) {
  const { part, key, label } = handle;
  const code = conversation.code?.handle === key && handle.link === "claimed" ? codeWords(conversation, conversation.code) : "";
  const others = part?.handles.filter((one) => one !== key).map(readable) ?? [];
  return [
    label !== readable(key) && handle.kind === "twitter" && say(t.link.number, { number: handle.address }),
    handle.kind === "site" && say(t.link.accountNumber, { number: handle.address }),
    knownSentence(handle),
    conversation.address === key && t.link.left,
    part && cameBy(part),
    others.length > 0 && say(t.link.together, { handles: others.join(", ") }),
    code,
  ].flatMap((one) => one || []);
}

/** @param {Part} part */
function cameBy({ by, evidence, since }) {
  const how = say(t.link.how[evidence], { actor: by?.name ?? t.link.anAgent });
  return say(t.link.came, { how, when: when(since) });
}

/**
 * @param {string} id
 * @param {Shown} handle
 */
function isBusy(id, { key, part }) {
  return isUnderWay(id, { handle: key }) || isUnderWay(id, { customer: part?.customer, handle: key });
}

/**
 * @param {Conversation} conversation
 * @param {Shown} handle
 */
function acts(conversation, handle) {
  const { id, suggestions, code } = conversation;
  const { key, part, link, kind, evidence } = handle;
  if (isBusy(id, handle)) return [el("p", {}, t.link.underWay)];
  const isOpen = link === "claimed" && kind !== "chat" && !suggestions.some((one) => one.handle === key);
  const isWaiting = code?.handle === key && code.state === "waiting" && !isLate(code.expires_at);
  const button = (/** @type {string} */ label, /** @type {() => void} */ run, title = "") =>
    el("button", { type: "button", onclick: run, title: title || null }, label);
  const toPart = () => (void separate(id, part ? { customer: part.customer, handle: key } : { handle: key }), store.tell());
  const isWritten = !part && link === "claimed" && evidence === "written";
  return [
    maySeparate(conversation, handle) && el("p", {}, t.link.separateHint),
    el(
      "div",
      { class: "fact-acts" },
      isOpen && button(t.link.theirs, () => (void samePerson(id, { handle: key }), store.tell())),
      isOpen && !isWaiting && maySendCode(conversation, key) && button(t.link.code, () => void sendCode(id, key), t.link.codeHint),
      maySeparate(conversation, handle) && sureButton(t.link.separate, t.link.sureSeparate, toPart),
      isWritten && sureButton(t.facts.drop, t.link.sureDrop, toPart),
    ),
  ];
}

/**
 * Whether it can be somebody else's again: it came with somebody, or was said to be theirs, and is not all that proves
 * who they are.
 *
 * @param {Conversation} conversation
 * @param {Shown} handle
 */
function maySeparate({ customer }, { part, evidence, key }) {
  if (part) return true;
  const isElse = customer.handles?.some((one) => one.link === "verified" && `${one.kind}:${one.address}` !== key) ?? false;
  return evidence !== null && MISTAKABLE.includes(evidence) && isElse;
}
