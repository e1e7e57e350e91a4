/** What an agent does. Each act shows at once; the server's word replaces it, and a refusal undoes it and says so. */

/** @import {Answer, Conversation, Entry, Named} from "./types.js" */
/** @import {Words} from "./drafts.js" */
/** @import {Place} from "./destination.js" */
import * as api from "./api.js";
import { addressesIn } from "./copies.js";
import { announce, notice } from "./notice.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { now, when, withOffset } from "./time.js";

/** @typedef {"callback" | "callback/drop" | "call/take" | "call/decline" | "call/log" | "call/wrap_up" | "call/check" | "promises" | "promises/settle" | "promises/move"} CallVerb */
/** @typedef {"reply" | "confirm" | "resend" | "note" | "claim" | "release" | "transfer" | "resolve" | "reopen" | "snooze" | "facts" | "facts/drop" | "link" | "unlink" | "drop_suggestion" | "code" | CallVerb} Verb */

/**
 * @typedef {object} Act
 * @property {Verb} verb
 * @property {object} body
 * @property {(conversation: Conversation) => Partial<Conversation>} patch what it looks like once done
 * @property {Partial<Entry>} [entry] its line in the timeline, where it has one at once
 * @property {string} [key]
 * @property {(answer: Answer) => void} [done]
 * @property {number} [revision] what it was given against before, if it is given again
 * @property {(revision: number) => void} [leaves]
 * @property {(problem: api.Problem) => void} [refused]
 */

/**
 * What was written, and what to do as it leaves, is done, or is refused.
 * @typedef {Pick<Act, "key" | "revision" | "leaves" | "done" | "refused">} Ends
 * @typedef {Ends & Words} Written
 */

/**
 * Commands to one conversation go one after another, so that none is stale by our own hand.
 *
 * @type {Map<string, Promise<void>>}
 */
const lines = new Map();

/** The revision of each conversation that the reader has seen. @type {Map<string, number>} */
const seen = new Map();

/**
 * The reader has seen the conversation as of `revision`.
 *
 * @param {string} id
 * @param {number} revision
 */
export function markSeen(id, revision) {
  seen.set(id, Math.max(revision, seen.get(id) ?? 0));
}

/** @param {string} id */
export function claim(id) {
  const assignee = store.agent;
  return give(id, {
    verb: "claim",
    body: {},
    patch: ({ state }) => ({ assignee, state: state === "new" ? "open" : state }),
    entry: { kind: "claimed" },
    done: () => announce(t.done.claimed),
  });
}

/** @param {string} id */
export function release(id) {
  return give(id, {
    verb: "release",
    body: {},
    patch: () => ({ assignee: null }),
    entry: { kind: "released" },
    done: () => announce(t.done.released),
  });
}

/**
 * @param {string} id
 * @param {Named} team
 * @param {string} note
 */
export function transfer(id, team, note) {
  const from = store.conversation(id)?.team.id ?? "";
  return give(id, {
    verb: "transfer",
    body: note ? { team: team.id, note } : { team: team.id },
    patch: ({ state }) => ({ team, assignee: null, state: state === "new" ? state : "open", snoozed_until: null }),
    entry: { kind: "transferred", text: note, detail: { from, to: team.id } },
    done: () => notice(say(t.done.transferred, { team: team.name })),
  });
}

/** @param {string} id */
export function resolve(id) {
  return give(id, {
    verb: "resolve",
    body: {},
    patch: () => ({ state: "resolved", waiting_since: null, snoozed_until: null, resolved_at: isoNow() }),
    entry: { kind: "resolved" },
    done: () => offerUndo(id),
  });
}

let stopWatching = () => {};

/**
 * To reopen it, for as long as it is still resolved.
 *
 * @param {string} id
 */
function offerUndo(id) {
  stopWatching();
  const withdraw = notice(t.done.resolved, { label: t.done.undo, run: () => void reopen(id) });
  stopWatching = store.subscribe(() => {
    const known = store.conversation(id);
    if (!known || known.state === "resolved") return;
    stopWatching();
    withdraw();
  });
}

/** @param {string} id */
export function reopen(id) {
  return give(id, {
    verb: "reopen",
    body: {},
    patch: () => ({ state: "open", waiting_since: isoNow(), resolved_at: null }),
    entry: { kind: "reopened" },
    done: () => announce(t.done.reopened),
  });
}

/**
 * @param {string} id
 * @param {Date} until
 */
export function snooze(id, until) {
  return give(id, {
    verb: "snooze",
    body: { until: withOffset(until) },
    patch: () => ({ state: "snoozed", snoozed_until: until.toISOString() }),
    entry: { kind: "snoozed", detail: { until: until.toISOString() } },
    done: () => notice(say(t.done.snoozed, { when: when(until) })),
  });
}

/**
 * @param {string} id
 * @param {Written} written
 * @param {Pick<Place, "channel" | "public" | "handle">} place where it goes
 */
export function reply(id, { text, channel, files = [], copied = "", blind = "", to, subject, cleared, despite, promise, ...act }, place) {
  const isMail = place.handle.startsWith("email:");
  const [openly, secretly] = isMail ? [addressesIn(copied), addressesIn(blind)] : [[], []];
  const body = {
    text,
    ...(to ? { to, ...(subject && { subject }) } : channel && { channel: place.channel, public: place.public }),
    ...(cleared?.length && { cleared }),
    ...(despite && { despite }),
    ...(promise && { promise }),
    ...(files.length && { attachments: files.map(({ digest, name, type }) => ({ digest, name, type })) }),
    ...(openly.length && { copied: openly }),
    ...(secretly.length && { blind_copied: secretly }),
  };
  const detail = { state: "sending", ...publicly(place), ...copiesTold(openly, secretly), ...elsewhereTold(to, subject) };
  return give(id, {
    verb: "reply",
    body,
    patch: ({ assignee }) => ({ state: "pending", waiting_since: null, assignee: assignee ?? store.agent }),
    entry: { kind: "message_out", text, channel: place.channel, detail, attachments: files },
    ...act,
  });
}

/**
 * What the timeline tells of a mail to another address.
 *
 * @param {string} [to]
 * @param {string} [subject]
 * @returns {Record<string, string>}
 */
function elsewhereTold(to, subject) {
  return { ...(to && { to }), ...(to && subject && { subject }) };
}

/**
 * What the timeline tells of who else gets it.
 *
 * @param {string[]} openly
 * @param {string[]} secretly
 * @returns {Record<string, string>}
 */
function copiesTold(openly, secretly) {
  return {
    ...(openly.length && { copied: openly.join(", ") }),
    ...(secretly.length && { blind_copied: secretly.join(", ") }),
  };
}

/**
 * @param {string} id
 * @param {Written} written
 */
export function note(id, { text, key, revision, leaves, done, refused }) {
  const act = { key, revision, leaves, done, refused };
  return give(id, { verb: "note", body: { text }, patch: () => ({}), entry: { kind: "note", text }, ...act });
}

/**
 * An unconfirmed reply arrived, as the agent knows.
 *
 * @param {string} id
 * @param {string} message
 */
export function confirm(id, message) {
  return give(id, {
    verb: "confirm",
    body: { message },
    patch: (conversation) => ({ unreached: without(conversation, message) }),
    entry: { kind: "delivery" },
    done: () => announce(t.done.confirmed),
  });
}

/**
 * The words of `entry` leave once more; `stopped` where the guard holds them back: they are to be written anew.
 *
 * @param {string} id
 * @param {Entry} entry
 * @param {() => void} stopped
 */
export function resend(id, { message, text, channel, detail, attachments }, stopped) {
  return give(id, {
    verb: "resend",
    body: { message },
    patch: (conversation) => ({
      state: "pending",
      waiting_since: null,
      assignee: conversation.assignee ?? store.agent,
      unreached: without(conversation, message),
    }),
    entry: { kind: "message_out", text, channel, detail: { state: "sending", again: message, ...publicly({ public: "public" in detail }) }, attachments },
    refused(problem) {
      if (problem.code === "stopped") stopped();
      notice(say(t.undone.resend, { why: reasonOf(problem) }));
    },
  });
}

/**
 * What the timeline tells of what everybody reads.
 *
 * @param {{public: boolean}} place
 * @returns {Record<string, string>}
 */
function publicly(place) {
  return place.public ? { public: "yes" } : {};
}

/**
 * @param {Conversation} conversation
 * @param {string} message
 */
function without({ unreached }, message) {
  return unreached.filter((one) => one.message !== message);
}

/** @type {Map<string, AbortController>} */
const reading = new Map();

/**
 * Reads the conversation and its timeline anew; a later call takes the place of one under way.
 *
 * @param {string} id
 */
export async function refresh(id) {
  reading.get(id)?.abort();
  const controller = new AbortController();
  reading.set(id, controller);
  try {
    store.adoptStory(await api.story(id, { signal: controller.signal }));
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    if (reading.get(id) === controller) reading.delete(id);
  }
}

/**
 * Why something was refused, as the rest of a sentence.
 *
 * @param {api.Problem} problem
 */
export function reasonOf({ code, title, detail, status }) {
  const known = /** @type {Record<string, string>} */ (t.refusals)[code];
  if (known) return known;
  return title && status < 500 ? say(t.refusals.other, { title, detail }) : t.refusals.fault;
}

/**
 * Gives a command to a conversation; it shows at once.
 *
 * @param {string} id
 * @param {Act} act
 */
export function give(id, act) {
  const key = act.key ?? api.newKey();
  store.begin(id, { key, patch: act.patch, entry: act.entry ? entryOf(act.entry, key) : null });
  const before = lines.get(id)?.catch(() => {}) ?? Promise.resolve(); // Its own giver hears of a fault.
  const line = before.then(() => carryOut(id, act, key));
  lines.set(id, line);
  return line;
}

/**
 * @param {string} id
 * @param {Act} act
 * @param {string} key
 */
async function carryOut(id, act, key) {
  try {
    const revision = act.revision || (seen.get(id) ?? store.conversation(id)?.revision ?? 0);
    act.leaves?.(revision);
    const onDelay = () => store.delay(id, key, "retrying");
    const answer = await api.command(id, act.verb, act.body, { key, revision, onDelay });
    // The server took it from the revision we had seen: nothing but our own lies between that and its answer.
    markSeen(id, answer.revision);
    // A conversation that is another team's now is no longer told of.
    if (answer.conversation) store.adopt(answer.conversation);
    if (!answer.conversation) store.lose(id, store.conversation(id)?.team);
    else await refresh(id).catch(() => {}); // The feed brings it too.
    store.end(id, key);
    act.done?.(answer);
  } catch (error) {
    store.end(id, key);
    if (!(error instanceof api.Problem)) throw error;
    if (!store.me) return; // The session has ended: what was written is kept, and comes back with the reader.
    undone(id, act, error);
  }
}

/**
 * @param {string} id
 * @param {Act} act
 * @param {api.Problem} problem
 */
function undone(id, act, problem) {
  // Of what became part of another's, the agent may know no more than where it is.
  if (problem.conversation?.customer) store.adopt(problem.conversation);
  if (problem.code === "not_your_team") store.lose(id);
  else refresh(id).catch(() => {}); // What is shown stays until the feed or the next look brings the rest.
  if (act.refused) act.refused(problem);
  else notice(say(t.undone[act.verb], { why: reasonOf(problem) }));
}

/**
 * @param {Partial<Entry>} entry
 * @param {string} key
 * @returns {Entry}
 */
function entryOf(entry, key) {
  const blank = { kind: "", text: "", channel: "", detail: {}, attachments: [] };
  return { ...blank, ...entry, id: key, at: isoNow(), actor: store.agent.name, message: key };
}

export function isoNow() {
  return new Date(now()).toISOString();
}
