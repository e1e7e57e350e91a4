/** Plain questions about a conversation's call, and the order of the board. */

/** @import {Call, Conversation} from "./types.js" */

/**
 * Where a call stands on the board: what the reader is at, what is late, what can be made now, what is to come, and
 * what colleagues are at.
 * @typedef {"mine" | "late" | "now" | "later" | "busy"} Group
 */

/** @type {Group[]} */
export const GROUPS = ["mine", "late", "now", "later", "busy"];

/**
 * Whether a call is owed to the customer.
 *
 * @param {Conversation} conversation
 */
export function isCallOwed({ callback }) {
  return callback?.kind === "schedule";
}

/**
 * Whether a call is on the line, or being made.
 *
 * @param {Conversation} conversation
 */
export function isUnderWay({ call }) {
  return call !== null && call !== undefined && !call.is_over;
}

/**
 * Whether a customer rings whom nobody has answered yet.
 *
 * @param {Conversation} conversation
 */
export function isRingingUs(conversation) {
  const { call } = conversation;
  return call?.direction === "in" && isUnderWay(conversation) && call.status !== "talking";
}

/**
 * Whether a call is over, and its agent has not yet said what came of it.
 *
 * @param {Conversation} conversation
 */
export function isToWrapUp({ call }) {
  return Boolean(call?.is_over && call.agent && !call.wrapped_at);
}

/**
 * Whether it stands on the board.
 *
 * @param {Conversation} conversation
 */
export function hasCall(conversation) {
  return isCallOwed(conversation) || isUnderWay(conversation) || isToWrapUp(conversation);
}

/**
 * Whether somebody is on the line who may be anybody: a number proves nothing.
 *
 * @param {Conversation} conversation
 */
export function isCallerUnknown(conversation) {
  const { call } = conversation;
  return call?.direction === "in" && !call.checked_at && (isUnderWay(conversation) || isToWrapUp(conversation));
}

/**
 * Whether the reader is asked to make it, now.
 *
 * @param {Conversation} conversation
 * @param {string} agent the reader
 * @param {number} now
 */
export function isOfferedTo(conversation, agent, now) {
  const { offer } = conversation.callback ?? {};
  return offer?.agent.id === agent && Date.parse(offer.until) > now && !isRungAgain(conversation);
}

/**
 * Whether the line fell, and the same agent's phone rings again by itself.
 *
 * @param {Conversation} conversation
 */
export function isRungAgain({ call, callback }) {
  const isTheirs = !callback?.offer || callback.offer.agent.id === call?.agent?.id;
  return call?.status === "dropped" && !call.wrapped_at && callback?.kind === "schedule" && isTheirs;
}

/**
 * Whether anybody may take it now: nobody else is asked, it is not under way, and a phone may ring.
 *
 * @param {Conversation} conversation
 * @param {string} agent the reader
 * @param {number} now
 */
export function isFree(conversation, agent, now) {
  const { callback } = conversation;
  if (!callback || !isCallOwed(conversation) || callback.order || callback.is_in_doubt) return false;
  if (isUnderWay(conversation) || isRungAgain(conversation)) return false;
  const isOthers = callback.offer && Date.parse(callback.offer.until) > now && callback.offer.agent.id !== agent;
  return !isOthers && isReady(conversation, now);
}

/**
 * @param {Conversation} conversation
 * @param {string} agent the reader
 * @param {number} now
 * @returns {Group}
 */
export function groupOf(conversation, agent, now) {
  const { callback, call } = conversation;
  // Whose phone rings, the exchange does not tell: until somebody answers it is everybody's.
  if (isRingingUs(conversation) && !call?.agent) return "now";
  if (isUnderWay(conversation) || isToWrapUp(conversation)) return isOf(call, agent) ? "mine" : "busy";
  if (callback?.order) return "busy";
  if (callback?.broken_at || Date.parse(callback?.due_at ?? "") < now) return "late";
  return isReady(conversation, now) ? "now" : "later";
}

/**
 * The board: group by group, what is due first at the top of each.
 *
 * @param {Conversation[]} calls
 * @param {string} agent the reader
 * @param {number} now
 */
export function board(calls, agent, now) {
  const told = calls.map((conversation) => ({ conversation, group: groupOf(conversation, agent, now), at: dueOf(conversation) }));
  return told.sort((one, other) => GROUPS.indexOf(one.group) - GROUPS.indexOf(other.group) || one.at - other.at);
}

/**
 * Whether it counts as due: it is late, or can be made now.
 *
 * @param {Conversation} conversation
 * @param {string} agent the reader
 * @param {number} now
 */
export function isReadyCall(conversation, agent, now) {
  return ["mine", "late", "now"].includes(groupOf(conversation, agent, now));
}

/**
 * What is to be called next, as the board has it.
 *
 * @param {Conversation[]} calls
 * @param {string} agent the reader
 * @param {number} now
 */
export function nextCall(calls, agent, now) {
  // One call at a time.
  if (calls.some((one) => groupOf(one, agent, now) === "mine" && !one.callback?.is_in_doubt)) return undefined;
  const offered = calls.find((one) => isOfferedTo(one, agent, now));
  return offered ?? board(calls, agent, now).find(({ conversation }) => isFree(conversation, agent, now))?.conversation;
}

/**
 * @param {Conversation} conversation
 * @param {number} now
 */
function isReady({ callback }, now) {
  return !callback?.ready_at || Date.parse(callback.ready_at) <= now;
}

/** @param {Conversation} conversation */
function dueOf({ callback, call }) {
  return Date.parse(callback?.due_at ?? call?.at ?? "") || 0;
}

/**
 * @param {Call | null} call
 * @param {string} agent
 */
function isOf(call, agent) {
  return call?.agent?.id === agent;
}
