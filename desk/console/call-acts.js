/** What an agent does about calls: take, decline, say what happened, wrap up, make sure who rings; owe one, or no more. */

/** @import {Answer, Call, CallStatus, Callback, Conversation} from "./types.js" */
/** @import {Problem} from "./api.js" */
import { give, isoNow, reasonOf } from "./actions.js";
import { nextCall } from "./call-order.js";
import { announce, notice } from "./notice.js";
import { nameOf } from "./order.js";
import { CALLS, address, go, route } from "./route.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { now, when } from "./time.js";

/** @type {Call} */
const ORDERED = {
  id: "",
  direction: "out",
  status: "ordered",
  is_over: false,
  at: "",
  number: "",
  agent: null,
  answered_at: null,
  ended_at: null,
  seconds: null,
  reason: "",
  recording: null,
  disposition: null,
  wrapped_at: null,
  checked_at: null,
  grace_until: null,
};

/** What is to be called, and may be changed. @typedef {{number?: string, from_at?: string, until?: string, consent?: string, note?: string, is_mine?: boolean}} Wanted */

/** Takes what is next on the board, and opens it. */
export function takeNext() {
  const next = nextCall(store.calls(), store.agent.id, now());
  if (next) take(next);
  else notice(t.calls.noneReady);
}

/**
 * The reader makes the call now, with the conversation in front of them.
 *
 * @param {Conversation} conversation
 */
export function take({ id, team, callback }) {
  if (!callback?.id) return;
  const { team: here, conversation: open } = route();
  if (open !== id) go(address(here === CALLS ? CALLS : team.id, id));
  const call = { ...ORDERED, at: isoNow(), number: callback.number ?? "", agent: store.agent };
  return give(id, {
    verb: "call/take",
    body: { callback: callback.id },
    patch: (before) => ({ call, ...callbackOf(before, { offer: null, order: true, is_in_doubt: false }) }),
    done: () => announce(t.done.callTaken),
    refused: (problem) => notice(say(t.undone["call/take"], { why: whyNot(problem) })),
  });
}

/**
 * Somebody else shall make it.
 *
 * @param {Conversation} conversation
 */
export function decline({ id, callback }) {
  if (!callback?.id) return;
  return give(id, {
    verb: "call/decline",
    body: { callback: callback.id },
    patch: (before) => callbackOf(before, { offer: null }),
    // Who is asked next is known once somebody is.
    done: ({ conversation }) => announce(conversation?.callback?.offer ? t.done.callDeclined : t.done.callStays),
  });
}

/**
 * How far a call has come that the reader dialled, or what became of one of which nobody knew.
 *
 * @param {Conversation} conversation
 * @param {CallStatus} status
 */
export function log({ id, call }, status) {
  if (!call) return;
  const isOver = status !== "talking" && status !== "ringing";
  const since = call.answered_at ? Date.parse(call.answered_at) : NaN;
  const isTimed = isOver && call.status === "talking" && !Number.isNaN(since);
  const seconds = isTimed ? Math.max(0, Math.round((now() - since) / 1000)) : null;
  const times = isOver ? { ended_at: isoNow(), seconds } : { answered_at: isoNow() };
  return give(id, {
    verb: "call/log",
    body: { call: call.id, status, ...(seconds !== null && { seconds }) },
    patch: (before) => ({
      call: before.call && { ...before.call, ...times, status, is_over: isOver },
      ...callbackOf(before, { is_in_doubt: false }),
    }),
  });
}

/**
 * What came of a call; the reader is free for the next one.
 *
 * @param {string} id
 * @param {{call: string, disposition: string, note: string, done: (answer: Answer) => void, refused: () => void}} wrapped
 */
export function wrapUp(id, { call, disposition, note, done, refused }) {
  return give(id, {
    verb: "call/wrap_up",
    body: { call, disposition, ...(note && { note }) },
    patch: (before) => ({ call: before.call && { ...before.call, disposition, wrapped_at: isoNow() } }),
    done: (answer) => (announce(t.done.wrapped), done(answer)),
    refused: (problem) => (notice(say(t.undone["call/wrap_up"], { why: reasonOf(problem) })), refused()),
  });
}

/**
 * The reader has made sure that who rings is the customer. What is known comes with the answer, and not before.
 *
 * @param {string} id
 * @param {string} call
 */
export function checkCaller(id, call) {
  return give(id, { verb: "call/check", body: { call }, patch: () => ({}), done: () => announce(t.done.checked) });
}

/**
 * We call the customer, or when and where we do instead.
 *
 * @param {string} id
 * @param {Wanted} wanted
 * @param {(problem: Problem) => void} refused
 */
export function setCallback(id, wanted, refused) {
  const conversation = store.conversation(id);
  const name = (conversation && nameOf(conversation)) || t.thisPerson;
  return give(id, {
    verb: "callback",
    body: wanted,
    patch: (before) => callbackOf(before, { ...(wanted.note && { note: wanted.note }) }),
    done(answer) {
      const due = answer.conversation?.callback?.due_at;
      notice(due ? say(t.done.callback, { name, when: when(due) }) : t.done.callbackSet);
    },
    refused,
  });
}

/**
 * The call is not owed any more.
 *
 * @param {string} id
 * @param {string} reason
 */
export function dropCallback(id, reason) {
  return give(id, {
    verb: "callback/drop",
    body: { reason },
    patch: () => ({ callback: null }),
    done: () => notice(t.done.callbackDropped),
  });
}

/**
 * Why something about a call can't be done; where a phone may not ring yet, when it may.
 *
 * @param {Problem} problem
 */
export function whyNot(problem) {
  const { earliest } = problem;
  return earliest ? say(t.calls.notBefore, { why: reasonOf(problem), when: when(earliest) }) : reasonOf(problem);
}

/**
 * @param {Conversation} conversation
 * @param {Partial<Callback>} change
 * @returns {Partial<Conversation>}
 */
function callbackOf({ callback }, change) {
  return callback ? { callback: { ...callback, ...change } } : {};
}
