/** What an agent does about promises: makes one, says what became of it, agrees on another time. */

/** @import {Problem} from "./api.js" */
/** @import {Conversation, Promised, PromiseKind, PromiseState} from "./types.js" */
import { give, isoNow } from "./actions.js";
import { announce, notice } from "./notice.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { when } from "./time.js";

/** @typedef {{kind: PromiseKind, due_at: string, text: string, from_at?: string, vague?: boolean}} Made */

/**
 * @param {string} id
 * @param {Made} made
 * @param {(problem: Problem) => void} [refused]
 */
export function makePromise(id, { kind, due_at, text, from_at, vague = false }, refused) {
  /** @type {Promised} */
  const promise = {
    id: "",
    kind,
    made_at: isoNow(),
    due_at,
    from_at: from_at ?? null,
    by: store.agent,
    text,
    state: "open",
    chased: "nobody",
    broken_at: null,
    settled_at: null,
    vague,
  };
  return give(id, {
    verb: "promises",
    body: { kind, due_at, ...(text && { text }), ...(from_at && { from_at }), ...(vague && { vague }) },
    patch: ({ promises = [] }) => ({ promises: [...promises, promise] }),
    done: () => notice(say(t.done.promised, { when: when(due_at) })),
    ...(refused && { refused }),
  });
}

/**
 * @param {string} id
 * @param {string} promise
 * @param {Exclude<PromiseState, "open">} state
 */
export function settlePromise(id, promise, state) {
  return give(id, {
    verb: "promises/settle",
    body: { promise, state },
    patch: (before) => changed(before, promise, { state, settled_at: isoNow() }),
    done: () => announce(t.done.settled[state]),
  });
}

/**
 * @param {string} id
 * @param {string} promise
 * @param {{due_at: string, from_at?: string}} time
 * @param {(problem: Problem) => void} refused
 */
export function movePromise(id, promise, { due_at, from_at }, refused) {
  return give(id, {
    verb: "promises/move",
    body: { promise, due_at, ...(from_at && { from_at }) },
    patch: (before) => changed(before, promise, { due_at, from_at: from_at ?? null }),
    done: () => notice(say(t.done.promised, { when: when(due_at) })),
    refused,
  });
}

/**
 * @param {Conversation} conversation
 * @param {string} id
 * @param {Partial<Promised>} change
 * @returns {Partial<Conversation>}
 */
function changed({ promises = [] }, id, change) {
  return { promises: promises.map((one) => (one.id === id ? { ...one, ...change } : one)) };
}
