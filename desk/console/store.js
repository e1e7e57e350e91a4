/**
 * All that the page knows, in one place. What the server said lies in maps by id and revision; what was asked for and
 * not yet answered lies over it, so that a click shows at once and a refusal undoes itself.
 */

/** @import {Calls, Change, Conversation, Count, Entry, Live, Me, Named, Phone, Queue, Rules, Story, TeamCount} from "./types.js" */
/** @import {Timeline} from "./timelines.js" */
import { hasCall, isCallerUnknown } from "./call-order.js";
import { inOrder, isQueued } from "./order.js";
import { Presence } from "./presence.js";
import { CALLS } from "./route.js";
import { Timelines } from "./timelines.js";

/**
 * A command on its way: what the conversation looks like once it is done, and its line in the timeline.
 * @typedef {{key: string, patch: (conversation: Conversation) => Partial<Conversation>, entry: Entry | null}} Pending
 */

class Store {
  /** @type {Me | null} */
  me = null;
  /** @type {"starting" | "live" | "lost"} */
  connection = "starting";
  heardAt = Date.now();
  /** @type {Rules | null} */
  rules = null;
  /** Where the reader is rung; null until it is known. @type {Phone | null} */
  phone = null;
  /** Teams whose queue is here. @type {Set<string>} */
  loaded = new Set();
  presence = new Presence(() => this.tell());

  /** @type {Map<string, Conversation>} */
  #known = new Map();
  #timelines = new Timelines();
  /** @type {Map<string, Pending[]>} */
  #pending = new Map();
  /** Conversations that went to a team of others. @type {Set<string>} */
  #lost = new Set();
  /** When a conversation last changed here, to tell news from an older snapshot. @type {Map<string, number>} */
  #touched = new Map();
  /** Queues as they were sorted since the last change. @type {Map<string, Conversation[]>} */
  #queues = new Map();
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #isTelling = false;

  /**
   * Calls `listener` after changes, once for many; returns how to stop.
   *
   * @param {() => void} listener
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says that something changed. */
  tell() {
    this.#queues.clear();
    if (this.#isTelling) return;
    this.#isTelling = true;
    const go = () => {
      this.#isTelling = false;
      for (const listener of this.#listeners) listener();
    };
    // A hidden page has no frames, and its title must still count.
    if (document.hidden) setTimeout(go, 100);
    else requestAnimationFrame(go);
  }

  /** The agent at this desk. */
  get agent() {
    if (!this.me) throw new Error("nobody has signed in");
    return this.me.agent;
  }

  /** @returns {TeamCount[]} */
  get teams() {
    return this.me?.teams ?? [];
  }

  /** How many wait in all of the reader's teams. */
  get waiting() {
    return this.teams.reduce((sum, team) => sum + team.waiting, 0);
  }

  /**
   * What customers and colleagues read for a team's id.
   *
   * @param {string} id
   */
  teamName(id) {
    return this.me?.all_teams.find((team) => team.id === id)?.name ?? id;
  }

  /**
   * Whether the reader may act on `conversation`.
   *
   * @param {Conversation} conversation
   */
  isOurs(conversation) {
    return !this.#lost.has(conversation.id) && this.teams.some((team) => team.id === conversation.team.id);
  }

  /**
   * A conversation as the reader should see it, unanswered commands included.
   *
   * @param {string} id
   * @returns {Conversation | undefined}
   */
  conversation(id) {
    const known = this.#known.get(id);
    return known && (this.#pending.get(id) ?? []).reduce((seen, { patch }) => ({ ...seen, ...patch(seen) }), known);
  }

  /**
   * A timeline, and what is still on its way there.
   *
   * @param {string} id
   * @returns {Timeline & {coming: Entry[]} | undefined}
   */
  timeline(id) {
    const known = this.#timelines.get(id);
    const coming = (this.#pending.get(id) ?? []).flatMap(({ entry }) => (entry ? [entry] : []));
    return known && { ...known, coming };
  }

  /**
   * The queue of a team, what is to be done next first.
   *
   * @param {string} team
   */
  queue(team) {
    const sorted = this.#queues.get(team);
    if (sorted) return sorted;
    const all = [...this.#known.keys()].flatMap((id) => this.conversation(id) ?? []);
    const found = inOrder(all.filter((conversation) => conversation.team.id === team && isQueued(conversation)));
    this.#queues.set(team, found);
    return found;
  }

  /** The conversations in which a call is owed, under way or not wrapped up. */
  calls() {
    const all = [...this.#known.keys()].flatMap((id) => this.conversation(id) ?? []);
    return all.filter((conversation) => hasCall(conversation) && this.isOurs(conversation));
  }

  /** @param {Conversation} conversation */
  adopt(conversation) {
    const before = this.#known.get(conversation.id);
    if (before && before.revision > conversation.revision) return;
    // Queues and the feed name the customer only; what is known of them already stays.
    const customer = { ...before?.customer, ...conversation.customer };
    const { known = before?.known } = conversation;
    // Of who rings and may be anybody, what was known before is not told either.
    const unknown = isCallerUnknown(conversation);
    if (unknown) Object.assign(customer, { facts: null, profile: null });
    this.#known.set(conversation.id, { ...conversation, known: unknown ? null : known, customer });
    this.#touched.set(conversation.id, Date.now());
    this.#lost.delete(conversation.id);
    this.tell();
  }

  /**
   * Takes a queue as it stood when it was asked for, at `askedAt`; `open` is being read and stays.
   *
   * @param {Queue} queue
   * @param {number} askedAt
   * @param {string} open
   */
  adoptQueue(queue, askedAt, open) {
    const present = new Set(queue.conversations.map(({ id }) => id));
    for (const [id, one] of this.#known) {
      const { team } = one;
      const isGone = team.id === queue.team.id && !present.has(id) && (this.#touched.get(id) ?? 0) < askedAt;
      if (isGone && id !== open && !hasCall(one)) this.#drop(id);
    }
    queue.conversations.forEach((conversation) => this.adopt(conversation));
    this.#count([{ ...queue.team, waiting: queue.waiting, total: queue.total }]);
    this.loaded.add(queue.team.id);
    this.tell();
  }

  /**
   * Takes all calls as they stood when they were asked for, at `askedAt`; `open` is being read and stays.
   *
   * @param {Calls} calls
   * @param {number} askedAt
   * @param {string} open
   */
  adoptCalls({ callbacks, phone }, askedAt, open) {
    const present = new Set(callbacks.map(({ id }) => id));
    for (const { id } of this.calls()) {
      const isGone = !present.has(id) && (this.#touched.get(id) ?? 0) < askedAt;
      if (isGone && id !== open) this.#drop(id);
    }
    callbacks.forEach((conversation) => this.adopt(conversation));
    this.phone = phone;
    this.loaded.add(CALLS);
    this.tell();
  }

  /** @param {Story} story */
  adoptStory(story) {
    const { timeline: _, timeline_start: __, former: ___, ...conversation } = story;
    if (this.#timelines.adopt(story)) this.adopt(conversation);
  }

  /** @param {Story} page */
  adoptEarlier(page) {
    this.#timelines.adoptEarlier(page);
    this.tell();
  }

  /** @param {Change} change */
  adoptChange(change) {
    this.#count(change.teams);
    if (change.conversation) this.adopt(change.conversation);
    else this.lose(change.id);
    if (change.kinds.includes("message_in")) this.presence.stopTyping(change.id);
    this.tell();
  }

  /** @param {Live} live */
  adoptLive(live) {
    const isOurOwn = !live.is_customer && live.name === this.agent.name;
    if (!isOurOwn) this.presence.adopt(live);
  }

  /**
   * The conversation left for a team that is not the reader's: `team`, if that is known.
   *
   * @param {string} id
   * @param {Named} [team]
   */
  lose(id, team) {
    const known = this.#known.get(id);
    const isTold = this.#lost.has(id) && !team;
    this.#lost.add(id);
    if (!known || !this.#timelines.has(id)) this.#known.delete(id);
    else if (!isTold) this.#known.set(id, { ...known, team: team ?? { id: "", name: "" } });
    this.tell();
  }

  /**
   * Shows a command before its answer.
   *
   * @param {string} id
   * @param {Pending} pending
   */
  begin(id, pending) {
    this.#pending.set(id, [...(this.#pending.get(id) ?? []), pending]);
    this.tell();
  }

  /**
   * Takes a command back, or lets what the server answered stand in its place.
   *
   * @param {string} id
   * @param {string} key
   */
  end(id, key) {
    const left = (this.#pending.get(id) ?? []).filter((pending) => pending.key !== key);
    if (left.length) this.#pending.set(id, left);
    else this.#pending.delete(id);
    this.tell();
  }

  /**
   * Says of a command's entry that it takes longer.
   *
   * @param {string} id
   * @param {string} key
   * @param {string} state
   */
  delay(id, key, state) {
    const pending = (this.#pending.get(id) ?? []).find((one) => one.key === key);
    if (pending?.entry) pending.entry = { ...pending.entry, detail: { ...pending.entry.detail, state } };
    this.tell();
  }

  /** Forgets everything, for the next reader. */
  clear() {
    this.me = null;
    this.rules = null;
    this.phone = null;
    this.connection = "starting";
    for (const memory of [this.#known, this.#timelines, this.#touched, this.#pending, this.#lost]) memory.clear();
    this.loaded.clear();
    this.presence.clear();
  }

  /**
   * The feed lost its place: what is shown stays until it is read anew, and nothing else is trusted.
   *
   * @param {string} open the conversation that is being read
   */
  distrust(open) {
    this.#timelines.keepOnly(open);
    this.loaded.clear();
  }

  /**
   * Forgets what is dealt with, and timelines that were read long ago.
   *
   * @param {string} open the conversation that is being read
   */
  prune(open) {
    this.#timelines.prune(open);
    for (const [id, known] of this.#known) {
      const isDone = this.#lost.has(id) || !(isQueued(known) || hasCall(known));
      if (id !== open && !this.#pending.has(id) && isDone) this.#drop(id);
    }
  }

  /**
   * Forgets a conversation, which is to be read anew.
   *
   * @param {string} id
   */
  forget(id) {
    this.#drop(id);
  }

  /** @param {string} id */
  #drop(id) {
    this.#known.delete(id);
    this.#timelines.drop(id);
    this.#touched.delete(id);
    this.#lost.delete(id);
  }

  /** @param {Count[]} counts */
  #count(counts) {
    if (!this.me) return;
    const fresh = new Map(counts.map((count) => [count.id, count]));
    this.me = { ...this.me, teams: this.me.teams.map((team) => ({ ...team, ...fresh.get(team.id), name: team.name })) };
  }
}

export const store = new Store();
