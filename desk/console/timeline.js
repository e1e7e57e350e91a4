/** The timeline's nodes. What customers wrote is the largest text on the page; what happened around it is small. */

/** @import {Conversation, Entry} from "./types.js" */
/** @import {DayItem, HappenedItem, Item, NoteItem, SaidItem} from "./story.js" */
/** @import {Row} from "./dom.js" */
/** @import {Timeline} from "./timelines.js" */
import * as actions from "./actions.js";
import { el, fill, keyed, set, write } from "./dom.js";
import { fileLists, mailLine } from "./files.js";
import { channelMark } from "./marks.js";
import { ANY_TEAM, address } from "./route.js";
import { promisedLine } from "./promised.js";
import { goesTo, isUnproven, items, readable } from "./story.js";
import { nameOf } from "./order.js";
import { say, t } from "./strings.js";
import { placeName } from "./sync.js";
import { clock, day, instant, when } from "./time.js";
import { whyDetails } from "./why.js";

/** What tells of an instant to come, which is read in full on hover. */
const DUE = new Set(["callback", "promise", "follow_up", "silence"]);

/**
 * Shows `timeline` in `list`.
 *
 * @param {Element} list
 * @param {Conversation} conversation
 * @param {Timeline & {coming: Entry[]}} timeline
 * @param {{lastSeen: string, onWriteAgain: (text: string) => void}} options
 */
export function showTimeline(list, conversation, timeline, { lastSeen, onWriteAgain }) {
  keyed(
    list,
    items(conversation, timeline, lastSeen),
    (item) => item.key,
    (item) => row(item, conversation, onWriteAgain),
  );
}

/**
 * @param {Item} item
 * @param {Conversation} conversation
 * @param {(text: string) => void} onWriteAgain
 * @returns {Row<any>}
 */
function row(item, conversation, onWriteAgain) {
  switch (item.kind) {
    case "day":
      return dayRow();
    case "since":
      return { node: el("li", { class: "since" }, el("span", {}, t.conversation.since)), update: () => {} };
    case "note":
      return noteRow(item);
    case "happened":
      return happenedRow(item, conversation.id);
    case "said":
      return saidRow(item, conversation, onWriteAgain);
  }
}

/** @returns {Row<DayItem>} */
function dayRow() {
  const name = el("h3");
  return { node: el("li", { class: "day" }, name), update: (item) => write(name, day(item.at)) };
}

/**
 * @param {HappenedItem} item
 * @param {string} id the conversation's
 * @returns {Row<HappenedItem>}
 */
function happenedRow({ entry, link, words }, id) {
  const { due_at, until = due_at } = entry.detail;
  const text = el("span", { title: until && DUE.has(entry.kind) ? instant(until) : null });
  if (entry.kind === "routed") {
    const node = el("li", { class: "happened routed" }, whyDetails(entry, text, id));
    return { node, update: (item) => write(text, item.text) };
  }
  const node = el(
    "li",
    { class: `happened ${entry.kind}` },
    el("p", {}, text, link && el("a", { href: address(ANY_TEAM, link) }, t.entry.suggestionHint), timeOf(entry)),
    words && el("p", { class: "aside words", dir: "auto" }, words),
  );
  return { node, update: (item) => write(text, item.text) };
}

/**
 * @param {NoteItem} item
 * @returns {Row<NoteItem>}
 */
function noteRow({ entry }) {
  const head = el("p", { class: "head" }, el("b", {}, entry.actor), ` ${t.entry.note}`, timeOf(entry));
  const node = el("li", { class: "note" }, head, el("p", { class: "words", dir: "auto" }, entry.text));
  return { node, update: () => {} };
}

/**
 * @param {SaidItem} item
 * @param {Conversation} conversation
 * @param {(text: string) => void} onWriteAgain
 * @returns {Row<SaidItem>}
 */
function saidRow({ entry }, conversation, onWriteAgain) {
  const isTheirs = entry.kind === "message_in";
  const head = isTheirs ? customerHead(entry, conversation) : teamHead(entry);
  const words = el("p", { class: "words", dir: "auto", lang: isTheirs && conversation.language }, entry.text);
  const foot = el("p", { class: "foot-line" });
  const above = [isTheirs ? subjectLine(entry) : elsewhereLine(entry), insteadLine(entry), againLine(entry), ...othersLines(entry)];
  const below = [clearedLine(entry), despiteLine(entry), promisedLine(entry), isTheirs && quotedDetails(entry), ...fileLists(conversation.id, entry), mailLine(conversation.id, entry)];
  const node = el("li", { "data-message": isTheirs && entry.message }, head, ...above, words, ...below, foot);
  let shown = "";
  return {
    node,
    update(item) {
      const { state, reason, by, open, isContinued } = item;
      set(node, "class", `said ${isTheirs ? "theirs" : "ours"}${isContinued ? " continued" : ""}`);
      const print = JSON.stringify([state, reason, by, open]);
      if (isTheirs || shown === print) return;
      shown = print;
      fill(foot, delivery(item), ...choices(item, conversation.id, () => onWriteAgain(entry.text)));
      set(foot, "class", state === "failed" || state === "unconfirmed" ? "foot-line care" : "foot-line");
    },
  };
}

/**
 * @param {Entry} entry
 * @param {Conversation} conversation
 */
function customerHead(entry, conversation) {
  const { proof = "", handle = "", sent_at, kind = "" } = entry.detail;
  const name = entry.actor || nameOf(conversation) || t.someone;
  const doubt = isUnproven(proof, handle) && say(t.entry.unverifiedHint, { handle: readable(handle) });
  return el(
    "p",
    { class: "head" },
    channelMark(entry.channel),
    el("b", { dir: "auto" }, name),
    el("span", {}, placeName(entry.channel, "public" in entry.detail)),
    hasSeveral(conversation, handle) && el("span", { dir: "auto" }, readable(handle)),
    doubt && el("span", { class: "doubt", title: doubt }, t.entry.unverified),
    machine(kind) && el("span", {}, machine(kind)),
    sent_at && el("span", {}, say(t.entry.sentAt, { when: when(sent_at) })),
    timeOf(entry),
  );
}

/**
 * Whether the customer has more addresses of that kind, so that the channel does not say which it was.
 *
 * @param {Conversation} conversation
 * @param {string} handle
 */
function hasSeveral({ customer }, handle) {
  const kind = handle.slice(0, handle.indexOf(":"));
  return ["email", "phone"].includes(kind) && (customer.handles ?? []).filter((one) => one.kind === kind).length > 1;
}

/**
 * What wrote it, if it was no person.
 *
 * @param {string} kind
 */
function machine(kind) {
  const { autoReply, bounce, list } = t.entry;
  return /** @type {Record<string, string>} */ ({ "auto-reply": autoReply, bounce, list })[kind] ?? "";
}

/** @param {Entry} entry */
function teamHead(entry) {
  const who = entry.detail.automatic ? t.entry.automatic : entry.actor;
  return el("p", { class: "head" }, el("b", {}, who), el("span", {}, goesTo(entry)), timeOf(entry));
}

/** @param {Entry} entry */
function subjectLine({ detail: { subject } }) {
  return subject && el("p", { class: "subject", dir: "auto" }, say(t.entry.subject, { subject }));
}

/**
 * Where it went, if that is another address than where they wrote.
 *
 * @param {Entry} entry
 */
function elsewhereLine({ detail: { to, subject = "" } }) {
  return to && el("p", { class: "subject", dir: "auto" }, say(subject ? t.entry.elsewhereAbout : t.entry.elsewhere, { to, subject }));
}

/** @param {Entry} entry */
function insteadLine({ detail: { instead_of, handle = "" } }) {
  return instead_of && el("p", { class: "aside" }, say(t.entry.insteadOf, { handle: readable(handle) }));
}

/**
 * Who else got it, and by whose word the customer wrote it.
 *
 * @param {Entry} entry
 */
function othersLines({ detail: { copied, blind_copied, forwarded_by } }) {
  const lines = [
    forwarded_by && say(t.entry.forwardedBy, { who: forwarded_by }),
    copied && say(t.entry.copied, { names: copied }),
    blind_copied && say(t.entry.blindCopied, { names: blind_copied }),
  ];
  return lines.map((line) => line && el("p", { class: "aside" }, line));
}

/** @param {Entry} entry */
function againLine({ detail: { again } }) {
  return again && el("p", { class: "aside" }, t.entry.isAgain);
}

/**
 * What its author said is no personal data, and why: a line each, the reason first.
 *
 * @param {Entry} entry
 */
function clearedLine({ detail: { cleared } }) {
  const reasons = /** @type {Record<string, string>} */ (t.stopped.reasons);
  const what = cleared?.split("\n").map((line) => {
    const [reason = ""] = line.split(" ", 1);
    return `${line.slice(reason.length + 1)} (${reasons[reason] ?? reason})`;
  });
  return what && el("p", { class: "aside" }, say(t.entry.cleared, { what: what.join(", ") }));
}

/**
 * Why it left although the guard had seen something in it.
 *
 * @param {Entry} entry
 */
function despiteLine({ detail: { despite, despite_reason: reason = "", invitation }, actor }) {
  if (!despite) return null;
  const words = invitation ? t.entry.invitation : reason ? t.entry.despite : t.entry.despiteNothing;
  return el("p", { class: "aside" }, say(words, { actor, reason: invitation ?? reason }));
}

/**
 * What stood around the words, an earlier mail or a signature: a line that opens.
 *
 * @param {Entry} entry
 */
function quotedDetails({ detail: { quoted } }) {
  const summary = el("summary", {}, t.entry.quoted);
  return quoted && el("details", { class: "quoted" }, summary, el("p", { class: "folded", dir: "auto" }, quoted));
}

/**
 * What became of it, in words.
 *
 * @param {SaidItem} item
 */
function delivery({ state, reason, by }) {
  const words = /** @type {Record<string, string>} */ (/** @type {unknown} */ (t.entry));
  if (state === "failed" && reason) return say(t.entry.failedWhy, { reason: spoken(reason) });
  if (state === "sent" && reason.startsWith("delayed: ")) return say(t.entry.sentLate, { reason: reason.slice("delayed: ".length) });
  if (state === "sent" && /^(relayed|expanded): /.test(reason)) return t.entry.sentOn;
  if (state === "sent" && reason) return say(t.entry.sentBut, { reason });
  if (state === "delivered" && by) return say(t.entry.deliveredBy, { actor: by });
  return words[state] ?? state;
}

/**
 * A channel's reason in the language of the desk, where it is one of those that are known; else as it is.
 *
 * @param {string} reason
 * @returns {string}
 */
function spoken(reason) {
  const known = /** @type {Record<string, string>} */ (t.reasons);
  const found = reason.match(/^(\d+) of (\d+) parts have left, the rest has not: (.*)$/s);
  if (!found) return known[reason] ?? reason;
  const [, posted = "", count = "", why = ""] = found;
  return say(t.partly, { posted, count, why: known[why] ?? why });
}

/**
 * What a person can do about a reply that did not, or may not, have arrived.
 *
 * @param {SaidItem} item
 * @param {string} id the conversation's
 * @param {() => void} writeAgain
 */
function choices({ entry, state, open }, id, writeAgain) {
  const choice = (/** @type {string} */ label, /** @type {() => void} */ act) =>
    el("button", { class: "plain", onclick: act }, label);
  return [
    open === "unconfirmed" && choice(t.entry.arrived, () => void actions.confirm(id, entry.message)),
    open && choice(t.entry.resend, () => void actions.resend(id, entry, writeAgain)),
    state === "failed" && choice(t.entry.write, writeAgain),
  ];
}

/** @param {Entry} entry */
function timeOf({ at }) {
  return el("time", { datetime: at, title: instant(at) }, clock(at));
}
