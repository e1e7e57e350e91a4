/** A timeline as a person reads it: days, what was said and what became of it, what happened around it in one line. */

/** @import {Conversation, Entry} from "./types.js" */
/** @import {Timeline} from "./timelines.js" */
import { happenedWords } from "./call-words.js";
import { kindWord, stepWord } from "./fact-words.js";
import { placeName } from "./sync.js";
import { nameOf } from "./order.js";
import { identityWords } from "./link-words.js";
import { profileChanges } from "./profile.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { duration, isSameDay, span, when } from "./time.js";

const ONE_BREATH = 5 * 60_000;
/** Entries that tell who is who. */
const IDENTITY = new Set(["linked", "unlinked", "suggestion", "code"]);

/**
 * @typedef {{key: string, kind: "day", at: string}} DayItem
 * @typedef {{key: string, kind: "since"}} SinceItem
 * @typedef {{key: string, kind: "said", entry: Entry, state: string, reason: string, by: string, open: string, isContinued: boolean}} SaidItem
 * @typedef {{key: string, kind: "note", entry: Entry}} NoteItem
 * @typedef {{key: string, kind: "happened", entry: Entry, text: string, link: string, words: string}} HappenedItem
 * @typedef {DayItem | SinceItem | SaidItem | NoteItem | HappenedItem} Item
 */

/**
 * The items to show for a timeline, oldest first, with what is still on its way at the end.
 *
 * @param {Conversation} conversation
 * @param {Timeline & {coming: Entry[]}} timeline
 * @param {string} lastSeen the entry after which all is new to the reader, if there is one
 * @returns {Item[]}
 */
export function items(conversation, { entries, coming, earlier }, lastSeen) {
  const firstRouting = earlier ? undefined : entries.find(({ kind, part }) => kind === "routed" && !part);
  const deliveries = deliveriesOf([...entries, ...coming]);
  /** @type {Item[]} */
  const found = [];
  /** @type {Entry | undefined} */
  let before;
  for (const entry of [...entries, ...coming]) {
    if (entry.kind === "delivery" || isToldByLadder(entry, entries)) continue;
    if (!before || !isSameDay(before.at, entry.at))
      found.push({ key: `day ${entry.at.slice(0, 10)} ${entry.id}`, kind: "day", at: entry.at });
    if (before?.id === lastSeen) found.push({ key: "since", kind: "since" });
    const item = itemOf(conversation, entry, before, firstRouting, deliveries);
    found.push(item.kind === "happened" ? { ...item, ...passed(entry, entries) } : item);
    before = entry;
  }
  return found;
}

/**
 * Whether `entry` is something that a person said to another.
 *
 * @param {Entry} entry
 */
export function isSaid({ kind }) {
  return kind === "message_in" || kind === "message_out";
}

/**
 * Whether nothing proves that a message comes from its address; a chat is always its visitor's own.
 *
 * @param {string} proof
 * @param {string} handle
 */
export function isUnproven(proof, handle) {
  return proof === "none" && !handle.startsWith("chat:");
}

/**
 * A handle as people read it: the address, without its kind; a chat's visitor, and an account on the site, have none.
 *
 * @param {string} handle
 */
export function readable(handle) {
  if (handle.startsWith("site:")) return t.channels.site ?? "";
  return handle.startsWith("chat:") ? t.customer.visitor : handle.slice(handle.indexOf(":") + 1);
}

/** @typedef {{state: string, reason: string, by: string}} Delivery `by` whoever said so; empty for the channel */

/**
 * What became of each outbound message: the latest word, but delivered stays delivered, and sent again is the last one.
 *
 * @param {Entry[]} entries
 */
function deliveriesOf(entries) {
  /** @type {Map<string, Delivery>} */
  const known = new Map();
  for (const { kind, actor, message, detail } of entries) {
    if (detail.again) known.set(detail.again, { state: "again", reason: "", by: actor });
    if (kind !== "delivery" || ["delivered", "again"].includes(known.get(message)?.state ?? "")) continue;
    known.set(message, { state: detail.state ?? "", reason: detail.reason ?? "", by: actor });
  }
  return known;
}

/**
 * What is open about a reply that may not have arrived: its state, where somebody of ours may still choose.
 *
 * @param {Conversation} conversation
 * @param {string} message
 */
function openOf(conversation, message) {
  if (conversation.state === "closed" || !store.isOurs(conversation)) return "";
  return conversation.unreached.find((one) => one.message === message)?.state ?? "";
}

/**
 * @param {Conversation} conversation
 * @param {Entry} entry
 * @param {Entry | undefined} before
 * @param {Entry | undefined} firstRouting
 * @param {Map<string, Delivery>} deliveries
 * @returns {Item}
 */
function itemOf(conversation, entry, before, firstRouting, deliveries) {
  const key = entry.id;
  if (entry.kind === "note") return { key, kind: "note", entry };
  if (!isSaid(entry)) {
    const isOpen = entry.kind === "suggestion" && entry.detail.state !== "dropped";
    const suggested = entry.detail.conversation ?? "";
    const link = isOpen && suggested !== conversation.id ? suggested : "";
    const what = IDENTITY.has(entry.kind)
      ? identityWords(conversation, entry, deliveries.get(entry.message))
      : happening(conversation, entry, entry === firstRouting);
    const text = andLate(what, entry.detail.late);
    return { key, kind: "happened", entry, link, text, words: entry.kind === "address" ? "" : entry.text };
  }
  const isContinued = before !== undefined && isOneBreath(before, entry);
  if (entry.kind === "message_in") return { key, kind: "said", entry, state: "", reason: "", by: "", open: "", isContinued };
  const known = deliveries.get(entry.message) ?? { state: entry.detail.state ?? "queued", reason: "", by: "" };
  return { key, kind: "said", entry, ...known, open: openOf(conversation, entry.message), isContinued };
}

/**
 * @param {Entry} before
 * @param {Entry} entry
 */
function isOneBreath(before, entry) {
  const isSame = before.kind === entry.kind && before.actor === entry.actor && before.channel === entry.channel;
  const isSoon = Date.parse(entry.at) - Date.parse(before.at) < ONE_BREATH && isSameDay(before.at, entry.at);
  return (
    isSame &&
    isSoon &&
    before.detail.proof === entry.detail.proof &&
    before.detail.automatic === entry.detail.automatic &&
    before.detail.public === entry.detail.public &&
    (before.detail.handle ?? "") === (entry.detail.handle ?? "") &&
    !entry.detail.subject && !entry.detail.instead_of && !entry.detail.again
  );
}

/**
 * What happened, in one line. The first routing gives a team; later ones only add to it.
 *
 * @param {Conversation} conversation
 * @param {Entry} entry
 * @param {boolean} isFirstRouting
 */
function happening(conversation, entry, isFirstRouting) {
  const { kind, actor, detail, text, part } = entry;
  const name = nameOf(conversation) || t.someone;
  switch (kind) {
    case "routed":
      if (part && !isFirstRouting && beganApart(conversation, entry)) return say(t.link.entry.began, { team: team(detail.team) });
      return isFirstRouting ? routed(detail) : sorted(detail);
    case "directory":
      return say(t.entry.directory, { what: profileChanges(detail) });
    case "claimed":
      return say(detail.from ? t.entry.claimedFrom : t.entry.claimed, { actor });
    case "transferred":
      return say(t.entry.transferred, { actor, from: team(detail.from), to: team(detail.to) });
    case "deadline_missed":
      return late(entry, name);
    case "ladder":
      return ladder(detail);
    case "callback":
    case "call":
    case "promise":
    case "follow_up":
    case "silence":
      return happenedWords(entry, { name });
    case "escalated":
      return escalatedWords(detail.reason, name);
    case "reopened":
      return actor === "customer" ? say(t.entry.reopenedByCustomer, { name }) : say(t.entry.reopened, { actor });
    case "snoozed":
      return say(t.entry.snoozed, { actor, when: when(detail.until ?? entry.at) });
    case "fact":
      return fact(actor, detail);
    case "address":
      return say(t.entry.address, { name, address: readable(text) });
    default:
      return say(sentence(kind), { actor, name, kind });
  }
}

/**
 * Whether what became part of this story began there.
 *
 * @param {Conversation} conversation
 * @param {Entry} entry
 */
function beganApart({ id }, { id: name, part }) {
  const { entries, earlier } = store.timeline(id) ?? { entries: [], earlier: 0 };
  return !earlier && entries.find((one) => one.kind === "routed" && one.part === part)?.id === name;
}

/**
 * What an agent said of a fact; what is personal is masked here already.
 *
 * @param {string} actor
 * @param {Record<string, string>} detail
 */
function fact(actor, { kind = "", value = "", was = "", how = "" }) {
  const sentences = /** @type {Record<string, string>} */ (t.entry.fact);
  const word = (/** @type {string} */ one) => (kind === "tried" ? stepWord(one) : one);
  return say(sentences[how] ?? t.entry.other, { actor, what: kindWord(kind), value: word(value), was: word(was), kind: "fact" });
}

/**
 * That its supervisors were told, and why where that is no ladder's.
 *
 * @param {string} [reason]
 * @param {string} [name]
 */
export function escalatedWords(reason = "", name = t.thisPerson) {
  const known = /** @type {Record<string, string>} */ (t.entry.escalatedFor);
  return say(known[reason] ?? t.entry.escalated, { name });
}

/** @param {string} kind */
function sentence(kind) {
  const known = /** @type {Record<string, string>} */ (/** @type {unknown} */ (t.entry))[kind];
  return known ?? t.entry.other;
}

/**
 * Who or what gave a conversation to another team. What a ladder did, it tells at the same instant.
 *
 * @param {Entry} entry
 * @param {Entry[]} entries
 * @returns {"transfer" | "ladder" | "rule" | "gone"}
 */
export function passedBy({ actor, at, detail }, entries) {
  if (actor) return "transfer";
  if (entries.some((one) => isStep(one, at) && one.detail.team === detail.to)) return "ladder";
  return detail.rule ? "rule" : "gone";
}

/**
 * Whether a ladder's step tells what `entry` would tell again: whom it told, or to whom it gave the conversation.
 *
 * @param {Entry} entry
 * @param {Entry[]} entries
 */
function isToldByLadder(entry, entries) {
  const { kind, at, detail } = entry;
  if (kind === "transferred") return passedBy(entry, entries) === "ladder";
  return kind === "escalated" && entries.some((one) => isStep(one, at) && one.detail.rule === detail.rule);
}

/**
 * @param {Entry} entry
 * @param {string} at
 */
function isStep(entry, at) {
  return entry.kind === "ladder" && entry.at === at;
}

/**
 * What went to another team without anybody's command: what Hilo noted of it stands in our words, in the reader's.
 *
 * @param {Entry} entry
 * @param {Entry[]} entries
 */
function passed(entry, entries) {
  const by = entry.kind === "transferred" ? passedBy(entry, entries) : "transfer";
  if (by === "transfer") return {};
  const { rule = "", from, to } = entry.detail;
  const text = say(by === "rule" ? t.entry.passedByRule : t.entry.passed, { rule, from: team(from), to: team(to) });
  return { text, words: by === "rule" && entry.text !== rule ? entry.text : "" };
}

/**
 * What is late, and since when: it is found at once, so that the line's own time mostly tells it already.
 *
 * @param {Entry} entry
 * @param {string} name
 */
function late({ at, detail: { kind = "", due_at = at } }, name) {
  const sentences = /** @type {Record<string, string>} */ (t.entry.deadline_missed);
  const what = say(sentences[kind] ?? t.entry.deadline_missed.next_reply, { name });
  return when(due_at) === when(at) ? what : say(t.entry.wasDue, { what, when: when(due_at) });
}

/**
 * What happened, and that it should have happened earlier, where time itself came late: as after an outage.
 *
 * @param {string} what
 * @param {string | undefined} late
 */
function andLate(what, late) {
  return Number(late) ? say(t.entry.cameLate, { what, span: span(Number(late) * 1000) }) : what;
}

/**
 * A step of a ladder and all that it did.
 *
 * @param {Record<string, string>} detail
 */
function ladder({ after = "0", priority = "", tags = "", told = "", team: to = "", skipped = "" }) {
  const word = /** @type {Record<string, string>} */ (t.priorities)[priority] ?? priority;
  const does = [
    priority && say(t.entry.priority, { priority: word }),
    tags && say(t.entry.tags, { tags }),
    told && t.entry.ladderTold,
    to && !skipped && say(t.entry.ladderPassed, { team: team(to) }),
  ];
  const what = does.filter(Boolean).join(", ");
  return say(what ? t.entry.ladderDoes : t.entry.ladder, { span: duration(Number(after) * 1000), what });
}

/** @param {Record<string, string>} detail */
function routed(detail) {
  return say(t.entry.routed, { team: team(detail.team), why: why(detail) });
}

/**
 * Why a rule gave a team: what ops wrote as its description, and the rule's name.
 *
 * @param {Record<string, string>} detail
 */
export function why({ rule = "", reason = "" }) {
  const isPlain = !reason || reason === rule;
  if (isPlain) return rule === "default" ? t.entry.byDefault : say(t.entry.byRule, { rule });
  return say(t.entry.because, { reason, rule });
}

/** @param {Record<string, string>} detail */
function sorted({ priority = "normal", tags = "" }) {
  const word = /** @type {Record<string, string>} */ (t.priorities)[priority] ?? priority;
  const what = [say(t.entry.priority, { priority: word }), tags && say(t.entry.tags, { tags })];
  return say(t.entry.sorted, { what: what.filter(Boolean).join(", ") });
}

/** @param {string | undefined} id */
function team(id) {
  return store.teamName(id ?? "");
}

/**
 * Where an answer went, for whoever reads the timeline: "to email".
 *
 * @param {Entry} entry
 */
export function goesTo({ channel, detail }) {
  return say(t.entry.goes, { channel: placeName(channel, "public" in detail) });
}
