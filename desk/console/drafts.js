/** What was typed and not yet sent, kept in this browser for each conversation and each agent, through everything. */

import { keep, kept, keptNames } from "./keep.js";
import { store } from "./store.js";
import { now } from "./time.js";

/** @import {Cleared} from "./stopped.js" */
/** @import {Attached} from "./types.js" */
/** @typedef {"reply" | "note"} Mode */

/**
 * What is written, the place chosen for it if one was (a channel, and a side of it), the files that go along, and who
 * gets a copy, as it was typed; with `to` it is a mail to another address. What its author `cleared` is no personal
 * data, `despite` is why it leaves all the same, and `promise` the instant that it stands for.
 * @typedef {{text: string, channel: string, files?: Attached[], copied?: string, blind?: string, to?: string, subject?: string, cleared?: Cleared[], despite?: {reason: string}, promise?: string}} Words
 */

/** @typedef {Words & {at: number}} Draft what is being written */

/**
 * What has been sent and not answered yet; the same `key` from the same `revision` leaves once.
 * @typedef {Draft & {key: string, revision: number}} Sending
 */

const KEPT_FOR = 7 * 24 * 3_600_000;
const PREFIX = "hilo.draft|";

/**
 * @param {string} id
 * @param {Mode} mode
 * @returns {Draft}
 */
export function draft(id, mode) {
  return read(nameOf(id, mode)) ?? { text: "", channel: "", at: 0 };
}

/**
 * Keeps what is typed; nothing typed is no draft.
 *
 * @param {string} id
 * @param {Mode} mode
 * @param {Words} typed
 */
export function keepDraft(id, mode, typed) {
  const { text, channel, files, copied, blind, to, subject } = typed;
  const isAny = text || files?.length || copied || blind || to || subject;
  keep(nameOf(id, mode), isAny ? JSON.stringify({ text, channel, files, copied, blind, to, subject, at: now() }) : null);
}

/**
 * Whether something is written for that conversation and not sent.
 *
 * @param {string} id
 */
export function hasDraft(id) {
  return Boolean(kept(nameOf(id, "reply")) ?? kept(nameOf(id, "note")));
}

/**
 * The draft leaves the box and is kept aside until it is answered.
 *
 * @param {string} id
 * @param {Mode} mode
 * @param {Words & {key: string, revision: number}} sending
 */
export function keepSending(id, mode, { text, channel, files, copied, blind, to, subject, key, revision, cleared, despite }) {
  const sent = { text, channel, files, copied, blind, to, subject, key, revision, cleared, despite, at: now() };
  keep(nameOf(id, mode, "sending"), JSON.stringify(sent));
}

/**
 * What was sent and not answered, if anything.
 *
 * @param {string} id
 * @param {Mode} mode
 * @returns {Sending | null}
 */
export function sending(id, mode) {
  const found = read(nameOf(id, mode, "sending"));
  return found?.key ? { ...found, key: found.key, revision: found.revision ?? 0 } : null;
}

/**
 * It was answered: nothing is under way any more.
 *
 * @param {string} id
 * @param {Mode} mode
 */
export function dropSending(id, mode) {
  keep(nameOf(id, mode, "sending"), null);
}

/**
 * It was refused: all of it comes back, before what has been written since.
 *
 * @param {string} id
 * @param {Mode} mode
 * @param {Words} refused
 */
export function bringBack(id, mode, { text, channel, files = [], copied, blind, to, subject }) {
  const since = draft(id, mode);
  keepDraft(id, mode, {
    text: since.text ? `${text}\n\n${since.text}` : text,
    channel: since.channel || channel,
    files: [...files, ...without(since.files, files)],
    copied: since.copied || copied,
    blind: since.blind || blind,
    to: since.to ?? to,
    subject: since.subject || subject,
  });
}

/**
 * What is written for one conversation is for the one that it became part of.
 *
 * @param {string} from
 * @param {string} to
 */
export function carryDrafts(from, to) {
  for (const mode of /** @type {Mode[]} */ (["reply", "note"])) {
    const found = read(nameOf(from, mode));
    if (!found) continue;
    bringBack(to, mode, found);
    keep(nameOf(from, mode), null);
  }
}

/**
 * What was brought back leaves after all: what has been typed since stays.
 *
 * @param {string} id
 * @param {Mode} mode
 * @param {Words} words
 */
export function takeAway(id, mode, { text, files }) {
  const { text: all, channel, files: every } = draft(id, mode);
  const rest = all.startsWith(text) ? all.slice(text.length).trimStart() : all;
  keepDraft(id, mode, { text: rest, channel, files: without(every, files) });
}

/**
 * @param {Attached[]} [files]
 * @param {Attached[]} [others]
 */
function without(files = [], others = []) {
  return files.filter((file) => others.every(({ digest, name }) => digest !== file.digest || name !== file.name));
}

/** Forgets drafts of this agent that nobody has touched for a week. */
export function dropOldDrafts() {
  for (const name of keptNames(`${PREFIX}${store.agent.id}|`)) {
    if (now() - (read(name)?.at ?? 0) > KEPT_FOR) keep(name, null);
  }
}

/**
 * @param {string} name
 * @returns {Draft & Partial<Sending> | null}
 */
function read(name) {
  const found = kept(name);
  return found && JSON.parse(found);
}

/**
 * @param {string} id
 * @param {Mode} mode
 * @param {string} [place]
 */
function nameOf(id, mode, place = "box") {
  return `${PREFIX}${store.agent.id}|${id}|${mode}|${place}`;
}
