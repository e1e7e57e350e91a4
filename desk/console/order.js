/** Plain questions about a conversation, and the order in which a team's are to be dealt with. */

/** @import {Conversation} from "./types.js" */

const RANKS = { urgent: 0, high: 1, normal: 2, low: 3 };
const AFTER_ALL_RANKS = 4;
/** Handles that people know each other by. */
const KNOWN_BY = ["email:", "phone:"];

/**
 * Whether it stands in its team's queue.
 *
 * @param {Conversation} conversation
 */
export function isQueued({ state }) {
  return state !== "resolved" && state !== "closed";
}

/**
 * Whether the team owes the customer something now.
 *
 * @param {Conversation} conversation
 */
export function isOwed({ state }) {
  return state === "new" || state === "open";
}

/**
 * What is due first, late or not; a reply that is on its way is not owed any more.
 *
 * @param {Conversation} conversation
 */
export function nearestDeadline({ state, deadlines }) {
  const isAnswered = state !== "new" && state !== "open";
  return deadlines.find(({ kind }) => !(isAnswered && kind.endsWith("_reply")));
}

/**
 * What people call the customer: a name, else the mail address or the number that they were heard from last, else "".
 *
 * @param {Conversation} conversation
 */
export function nameOf({ customer, replies_to }) {
  const handle = replies_to[0]?.handle ?? "";
  const kind = KNOWN_BY.find((one) => handle.startsWith(one));
  return customer.name.trim() || (kind ? handle.slice(kind.length) : "");
}

/**
 * What we owe first, then by priority, then by how long they wait: the same order as the API's (router/core/queue.py).
 *
 * @param {Conversation[]} conversations
 */
export function inOrder(conversations) {
  return conversations
    .map((conversation) => ({ conversation, urgency: urgency(conversation), since: since(conversation) }))
    .sort((one, other) => one.urgency - other.urgency || one.since - other.since || byId(one, other))
    .map(({ conversation }) => conversation);
}

/** @param {Conversation} conversation */
function urgency(conversation) {
  return (isOwed(conversation) ? 0 : AFTER_ALL_RANKS) + RANKS[conversation.priority];
}

/** @param {Conversation} conversation */
function since({ waiting_since, updated_at }) {
  return Date.parse(waiting_since ?? updated_at);
}

/**
 * @param {{conversation: Conversation}} one
 * @param {{conversation: Conversation}} other
 */
function byId(one, other) {
  return one.conversation.id < other.conversation.id ? -1 : 1;
}
