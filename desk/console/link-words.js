/** How it is known whose a handle is, and what is told of it in the story: in words. */

/** @import {Conversation, Entry, Evidence, Handle} from "./types.js" */
import { masked } from "./hop.js";
import { nameOf } from "./order.js";
import { isUnproven, readable } from "./story.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { when } from "./time.js";

/** Kinds of handles of which the channel itself knows who writes. */
const KNOWN_BY_CHANNEL = ["chat", "twitter"];

/**
 * In a word or two: "by a code", "says Luz", "not proved".
 *
 * @param {Handle} handle
 */
export function knownWords({ kind, link, evidence, by }) {
  const { short } = t.link;
  if (evidence === "agent") return say(short.agent, { name: by?.name ?? t.link.anAgent });
  if (KNOWN_BY_CHANNEL.includes(kind) && (evidence === null || evidence === "site")) return "";
  if (link === "claimed") return evidence === "written" ? short.written : short.claimed;
  return evidence ? short[evidence] : t.customer.verified;
}

/**
 * In a sentence, with the instant.
 *
 * @param {Handle} handle
 */
export function knownSentence({ kind, link, evidence, by, since }) {
  const { long } = t.link;
  const told = { name: by?.name ?? t.link.anAgent, when: when(since) };
  if (KNOWN_BY_CHANNEL.includes(kind) && (evidence === null || (evidence === "site" && kind === "twitter")))
    return say(long.channel, told);
  if (evidence && (link === "verified" || evidence === "written")) return say(long[evidence], told);
  return say(link === "verified" ? long.verified : long.claimed, told);
}

/**
 * Whether nothing speaks for a place's being the customer's: neither a message from there, nor how it is known.
 *
 * @param {Conversation} conversation
 * @param {{proof: string, handle: string}} place
 */
export function isDoubted({ customer }, { proof, handle }) {
  const isProved = customer.handles?.some(({ kind, address, link }) => link === "verified" && `${kind}:${address}` === handle);
  return isUnproven(proof, handle) && !isProved;
}

/**
 * What a line of the story tells of who is who.
 *
 * @param {Conversation} conversation
 * @param {Entry} entry
 * @param {{state: string} | undefined} delivery what became of the mail that it names
 */
export function identityWords(conversation, { kind, actor, detail }, delivery) {
  const { handle = "", state = "", evidence = "", customer = "", conversation: other = "" } = detail;
  const label = handle && labelOf(handle, store.timeline(conversation.id)?.entries ?? []);
  const told = { name: nameOf(conversation) || t.someone, actor, handle: handle.startsWith("chat:") ? t.link.theVisitor : handle.startsWith("site:") ? t.link.theAccount : label, address: hidden(handle) };
  switch (kind) {
    case "linked":
      return linked(told, /** @type {Evidence} */ (evidence), { isMerge: Boolean(customer), hasStory: Boolean(other) });
    case "unlinked":
      return say(customer ? t.link.entry.parted : t.link.entry.unlinked, told);
    case "code":
      return say(delivery?.state === "failed" ? t.link.entry.codeUndelivered : codeTemplate(state), told);
    default:
      return suggested(told, detail);
  }
}

/**
 * @param {Record<string, string>} told
 * @param {Evidence} evidence
 * @param {{isMerge: boolean, hasStory: boolean}} what
 */
function linked(told, evidence, { isMerge, hasStory }) {
  const { entry, how } = t.link;
  const why = say(how[evidence] ?? how.directory, told);
  if (!isMerge) return say(entry.linked, { ...told, why });
  const one = say(told.handle ? entry.merged : entry.mergedNameless, { ...told, why });
  return hasStory ? say(entry.mergedStories, { what: one }) : one;
}

/** @param {string} state */
function codeTemplate(state) {
  const { codeSent, codeWrong, codeFailed } = t.link.entry;
  return state === "wrong" ? codeWrong : state === "failed" ? codeFailed : codeSent;
}

/**
 * @param {Record<string, string>} told
 * @param {Record<string, string>} detail
 */
function suggested(told, { state, doubt, team = "", conversation = "" }) {
  const { entry } = t.link;
  if (state === "dropped") return say(told.handle ? entry.dropped : entry.droppedNameless, told);
  if (!told.handle) return say(t.entry.suggestion, told);
  const one = say(conversation ? entry.suggested : entry.suggestedAlone, { ...told, team: store.teamName(team) });
  return doubt === "other_identity" ? `${one} ${t.link.doubts.other_identity}` : one;
}

/**
 * What people on X call themselves there, as their messages tell it; their number says nothing to anybody.
 *
 * @param {string} written
 * @param {Entry[]} entries
 */
export function labelOf(written, entries) {
  if (!written.startsWith("twitter:")) return readable(written);
  const last = entries.findLast(({ kind, detail }) => kind === "message_in" && detail.handle === written);
  return last?.actor.match(/@\w{1,15}(?=\)?$)/)?.[0] ?? (last?.actor || readable(written));
}

/**
 * Enough of a mail address to know it by; what is none is as it is.
 *
 * @param {string} handle
 */
export function hidden(handle) {
  const address = handle && readable(handle);
  return address.includes("@") ? masked(address) : address;
}
