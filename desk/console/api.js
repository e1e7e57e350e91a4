/** The desk's API: every call, and what went wrong as one class. */

/** @import {Answer, Calls, Conversation, FactKinds, Finding, Letter, Letters, Me, Offer, Phone, Queue, Story} from "./types.js" */
import { language } from "./strings.js";
import { learnTime } from "./time.js";

const GIVE_UP_AFTER = 60_000;
const LONGEST_PAUSE = 8_000;
const NO_ANSWER = 0;
const PASSING = new Set([NO_ANSWER, 429, 502, 503, 504]);

/** What the API said no to. `code` is one of docs/api.md, or `offline` and `slow`, which are ours. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {{title?: string, detail?: string, conversation?: Conversation, found?: Finding[], offers?: Offer[], earliest?: string}} [told] the server's words, in our language
   */
  constructor(status, code, { title = "", detail = "", conversation, found = [], offers = [], earliest = "" } = {}) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
    this.title = title;
    this.detail = detail;
    this.conversation = conversation;
    this.found = found;
    this.offers = offers;
    this.earliest = earliest;
  }

  /** Whether the same call may well succeed a little later. */
  get isPassing() {
    return PASSING.has(this.status);
  }
}

let whenSignedOut = () => {};

/**
 * Calls `listener` when the session has ended.
 *
 * @param {() => void} listener
 */
export function onSignedOut(listener) {
  whenSignedOut = listener;
}

/**
 * @param {string} user
 * @param {string} password
 */
export async function signIn(user, password) {
  await request("POST", "/api/session", { body: { user, password } });
}

export async function signOut() {
  await request("DELETE", "/api/session");
}

/** @returns {Promise<Me>} */
export async function me() {
  return read("/api/me");
}

/** Which facts there may be, and what people call them. @returns {Promise<FactKinds>} */
export async function factKinds() {
  return read("/api/fact-kinds");
}

/**
 * @param {string} team
 * @returns {Promise<Queue>}
 */
export async function queue(team) {
  return read(`/api/queues/${encodeURIComponent(team)}`);
}

/** The calls that the reader's teams owe or have under way, and the reader's phone. @returns {Promise<Calls>} */
export async function calls() {
  return read("/api/callbacks");
}

/**
 * Whether the reader takes calls from now on.
 *
 * @param {boolean} isReady
 * @returns {Promise<Phone>}
 */
export async function takeCalls(isReady) {
  return (await request("POST", "/api/phone", { body: { is_ready: isReady } })).json();
}

/**
 * A conversation and its timeline; with `before`, the page of the timeline before that entry.
 *
 * @param {string} id
 * @param {{before?: string, signal?: AbortSignal}} [options]
 * @returns {Promise<Story>}
 */
export async function story(id, { before, signal } = {}) {
  const page = before ? `?before=${encodeURIComponent(before)}` : "";
  return read(`/api/conversations/${encodeURIComponent(id)}${page}`, signal);
}

/**
 * What was set aside, a page of it, the oldest first; with `after`, the page behind that letter. For ops alone.
 *
 * @param {string} [after]
 * @returns {Promise<Letters>}
 */
export async function deadLetters(after) {
  return read(after ? `/api/dead?after=${encodeURIComponent(after)}` : "/api/dead");
}

/** How many were set aside; for ops alone. @returns {Promise<{count: number}>} */
export async function deadLetterCount() {
  return read("/api/dead/count");
}

/**
 * @param {string} id
 * @returns {Promise<Letter & {content: object}>}
 */
export async function deadLetter(id) {
  return read(`/api/dead/${encodeURIComponent(id)}`);
}

/**
 * @param {string} id
 * @param {"replay" | "drop"} verb
 */
export async function actOnLetter(id, verb) {
  await request("POST", `/api/dead/${encodeURIComponent(id)}/${verb}`, { body: {} });
}

/**
 * Tells the customer that the team is writing; whether it gets there does not matter.
 *
 * @param {string} id
 */
export function typing(id) {
  request("POST", `/api/conversations/${encodeURIComponent(id)}/typing`, { body: {} }).catch(() => {});
}

/**
 * Gives a command and waits for what became of it, through lost connections: the same `key` acts once.
 *
 * @param {string} id
 * @param {string} verb
 * @param {object} body
 * @param {{key: string, revision: number, onDelay?: () => void}} options
 * @returns {Promise<Answer>}
 */
export async function command(id, verb, body, { key, revision, onDelay }) {
  const path = `/api/conversations/${encodeURIComponent(id)}/${verb}`;
  const headers = { "Idempotency-Key": key, "If-Match": `"${revision}"` };
  return patiently(async () => {
    const response = await request("POST", path, { body, headers });
    return response.status === 202 ? outcome(response.headers.get("Location") ?? "") : response.json();
  }, onDelay);
}

/** A key that no other command has; works without a secure context too. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * How many pictures from elsewhere a mail's page has. Nothing of it is shown by asking.
 *
 * @param {string} path the page's
 */
export async function remotePictures(path) {
  return Number((await request("HEAD", path)).headers.get("Hilo-Remote-Pictures") ?? 0);
}

/** The session has ended, as another part has heard. */
export function signedOut() {
  whenSignedOut();
}

/** @param {number} milliseconds */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * @param {string} location
 * @returns {Promise<Answer>}
 */
async function outcome(location) {
  const giveUpAt = Date.now() + GIVE_UP_AFTER;
  while (Date.now() < giveUpAt) {
    await pause(500);
    const response = await request("GET", location);
    if (response.status !== 202) return response.json();
  }
  throw new Problem(NO_ANSWER, "slow");
}

/**
 * @template T
 * @param {() => Promise<T>} act
 * @param {() => void} [onDelay]
 * @returns {Promise<T>}
 */
async function patiently(act, onDelay) {
  const giveUpAt = Date.now() + GIVE_UP_AFTER;
  for (let wait = 500; ; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Problem) || !error.isPassing || Date.now() + wait > giveUpAt) throw error;
      onDelay?.();
      await pause(wait);
    }
  }
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 */
async function read(path, signal) {
  return (await request("GET", path, { signal })).json();
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: object, headers?: Record<string, string>, signal?: AbortSignal}} [options]
 */
async function request(method, path, { body, headers = {}, signal } = {}) {
  const response = await fetch(path, {
    method,
    headers: { "Accept-Language": language, ...(body && { "Content-Type": "application/json" }), ...headers },
    body: body ? JSON.stringify(body) : undefined,
    signal,
  }).catch((error) => {
    if (signal?.aborted) throw error;
    throw new Problem(NO_ANSWER, "offline");
  });
  learnTime(response.headers.get("Date"));
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  if (response.status === 401 && path !== "/api/session") whenSignedOut();
  throw new Problem(response.status, told.code ?? "other", told);
}
