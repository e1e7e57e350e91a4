/** Keeps the store true: reads what the reader looks at, follows the feed, starts anew when the feed lost its place. */

/** @import {Change, Conversation} from "./types.js" */
import { refresh } from "./actions.js";
import { hasCall, isCallOwed } from "./call-order.js";
import * as api from "./api.js";
import { Feed } from "./feed.js";
import { announce, notice } from "./notice.js";
import { CALLS, route } from "./route.js";
import { nameOf } from "./order.js";
import { takeCalls } from "./phone-switch.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";

const GATHERED_FOR = 1_500;

/** Why a conversation can't be shown. @typedef {"gone" | "elsewhere" | "unreadable"} Trouble */

/** @type {Map<string, Trouble>} */
export const troubles = new Map();

/** @type {Set<string>} */
const loading = new Set();

const NO_CALL = /** @type {Conversation} */ ({ callback: null, call: null });

/** Conversations that came since the last announcement. @type {Change[]} */
const arrivals = [];

const feed = new Feed({
  onChange: change,
  onLive: (live) => store.adoptLive(live),
  onRules: (rules) => ((store.rules = rules), store.tell()),
  onPhone() {
    if (store.phone?.is_ready) loadCalls().catch(() => {}); // The next heartbeat says so again.
  },
  onReset: () => void startAnew(),
  onConnection(isConnected) {
    if (isConnected) store.heardAt = Date.now();
    // Who takes calls does so while the feed is open: after a while without it that is to be read again.
    if (isConnected && store.connection === "lost") loadCalls().catch(() => {}); // It is read again after the next one.
    store.connection = isConnected ? "live" : "lost";
    store.tell();
  },
});

/** Begins to follow, from where the reader's teams stood when they were read. */
export function start() {
  if (store.me) feed.follow(store.me.position);
  loadCalls().catch(() => {}); // The board says so, and reads them when it is opened.
}

export function stop() {
  feed.stop();
}

/**
 * Reads a team's queue, unless it is here: then the feed keeps it true.
 *
 * @param {string} team
 */
export async function loadQueue(team) {
  if (store.loaded.has(team) || loading.has(team)) return;
  loading.add(team);
  try {
    const askedAt = Date.now();
    store.adoptQueue(await persistently(() => api.queue(team)), askedAt, route().conversation);
  } finally {
    loading.delete(team);
  }
}

/** Reads the calls that the reader's teams owe, and whether the reader still takes calls. */
export async function loadCalls() {
  if (loading.has(CALLS)) return;
  loading.add(CALLS);
  const tookCalls = store.phone?.is_ready;
  try {
    const askedAt = Date.now();
    store.adoptCalls(await persistently(api.calls), askedAt, route().conversation);
  } finally {
    loading.delete(CALLS);
  }
  const { phone } = store;
  if (tookCalls && !phone?.is_ready) notice(phone?.off ? t.phone.taken[phone.off] : t.phone.lost, { label: t.phone.again, run: () => void takeCalls(true) });
}

/**
 * Reads a conversation; what goes wrong is told in its place.
 *
 * @param {string} id
 */
export async function loadStory(id) {
  troubles.delete(id);
  try {
    await refresh(id);
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    if (error.status === 403) store.lose(id);
    troubles.set(id, error.status === 403 ? "elsewhere" : error.status === 404 ? "gone" : "unreadable");
  }
  store.tell();
}

/** @param {string} id */
export async function loadEarlier(id) {
  const timeline = store.timeline(id);
  if (timeline?.earlier) store.adoptEarlier(await api.story(id, { before: String(timeline.earlier) }));
}

/** @param {Change} change */
function change(change) {
  const { id, conversation, kinds } = change;
  const isNew = conversation !== null && !store.conversation(id) && store.loaded.has(conversation.team.id);
  const wasOwed = hasCall(store.conversation(id) ?? NO_CALL);
  store.heardAt = Date.now();
  store.adoptChange(change);
  if (conversation && isCallOwed(conversation) && !wasOwed) tellCall(conversation);
  if (id === route().conversation && conversation) {
    if ((store.timeline(id)?.revision ?? 0) < conversation.revision) void loadStory(id);
  }
  if (isNew && kinds.includes("message_in")) tellArrival(change);
}

/**
 * Who looks at the board, or takes calls, hears of one more.
 *
 * @param {Conversation} conversation
 */
function tellCall(conversation) {
  const isHeard = route().team === CALLS || store.phone?.is_ready;
  if (isHeard && store.isOurs(conversation)) announce(say(t.calls.arrived, { name: nameOf(conversation) || t.someone }));
}

/** @param {Change} change */
function tellArrival(change) {
  arrivals.push(change);
  if (arrivals.length === 1) setTimeout(tellArrivals, GATHERED_FOR);
}

/** Many at once are told as a number. */
function tellArrivals() {
  const [first] = arrivals;
  const told = arrivals.length;
  arrivals.length = 0;
  if (!first?.conversation) return;
  const { conversation } = first;
  const team = store.teamName(conversation.team.id);
  const channel = channelName(conversation.channel);
  if (told > 1) announce(say(t.queue.arrivedMany, { n: told, team }));
  else announce(say(t.queue.arrived, { team, name: nameOf(conversation) || t.someone, channel }));
}

/**
 * What people call a channel.
 *
 * @param {string | null} channel
 */
export function channelName(channel) {
  return /** @type {Record<string, string>} */ (t.channels)[channel ?? ""] ?? channel ?? "";
}

/**
 * Whether a channel has a public and a private side.
 *
 * @param {string | null} channel
 */
export function hasSides(channel) {
  return channel === "twitter";
}

/**
 * What people call a channel, and on which side of it something is, where it has two.
 *
 * @param {string | null} channel
 * @param {boolean} isPublic
 */
export function placeName(channel, isPublic) {
  if (!isPublic && !hasSides(channel)) return channelName(channel);
  return say(isPublic ? t.inPublic : t.inPrivate, { channel: channelName(channel) });
}

async function startAnew() {
  const { team, conversation } = route();
  try {
    store.me = await persistently(api.me);
    store.distrust(conversation);
    feed.follow(store.me.position);
    await Promise.all([team && team !== CALLS && loadQueue(team), loadCalls(), conversation && loadStory(conversation)]);
  } catch (error) {
    // The session has ended, which is told elsewhere, or the team is gone, which its empty place tells.
    if (!(error instanceof api.Problem)) throw error;
  }
}

/**
 * Tries until it works or can't: what only passes is waited for.
 *
 * @template T
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export async function persistently(act) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8_000)) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof api.Problem) || !error.isPassing) throw error;
      await api.pause(wait);
    }
  }
}
