/**
 * All that the page knows, in one place. What the server said lies in maps by id and revision; what was asked for and not
 * yet answered lies over it, so that a click shows at once and a refusal undoes itself.
 */

/** @import {Change, Conversation, Entry, Live, Me, Named, Queue, Story, TeamCount} from "./types.js" */

/** @typedef {{key: string, patch: (conversation: Conversation) => Partial<Conversation>, entry: Entry | null}} Pending */
/** @typedef {{revision: number, entries: Entry[], earlier: number}} Timeline */

const TYPING_LASTS = 6_000;
const TIMELINES_KEPT = 50;

/** What is left to do first, then by priority, then by how long they wait: as router/core/queue.py orders. */
const RANKS = { urgent: 0, high: 1, normal: 2, low: 3 };

class Store {
  /** @type {Me | null} */
  me = null;
  /** @type {"starting" | "live" | "lost"} */
  connection = "starting";
  heardAt = Date.now();
  /** Conversations that this reader may no longer open, with what is known of who has them. @type {Set<string>} */
  lost = new Set();
  /** Teams whose queue is here. @type {Set<string>} */
  loaded = new Set();

  /** @type {Map<string, Conversation>} */
  #known = new Map();
  /** @type {Map<string, Timeline>} */
  #timelines = new Map();
  /** @type {Map<string, Pending[]>} */
  #pending = new Map();
  /** @type {Map<string, {name: string, until: number}>} */
  #typing = new Map();
  /** Conversations whose customer is in the chat (true) or has left it (false). @type {Map<string, boolean>} */
  #present = new Map();
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
    return !this.lost.has(conversation.id) && this.teams.some((team) => team.id === conversation.team.id);
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
   * A timeline as the reader should see it, with what is still on its way at the end.
   *
   * @param {string} id
   * @returns {Timeline | undefined}
   */
  timeline(id) {
    const known = this.#timelines.get(id);
    const coming = (this.#pending.get(id) ?? []).flatMap(({ entry }) => (entry ? [entry] : []));
    return known && coming.length ? { ...known, entries: [...known.entries, ...coming] } : known;
  }

  /**
   * The queue of a team, what is to be done next first.
   *
   * @param {string} team
   */
  queue(team) {
    const sorted = this.#queues.get(team);
    if (sorted) return sorted;
    const found = [...this.#known.keys()]
      .flatMap((id) => this.conversation(id) ?? [])
      .filter((conversation) => conversation.team.id === team && isQueued(conversation))
      .map((conversation) => ({ conversation, urgency: urgency(conversation), since: since(conversation) }))
      .sort((one, other) => one.urgency - other.urgency || one.since - other.since || (one.conversation.id < other.conversation.id ? -1 : 1))
      .map(({ conversation }) => conversation);
    this.#queues.set(team, found);
    return found;
  }

  /** @param {string} id */
  isPresent(id) {
    return this.#present.get(id);
  }

  /**
   * Who of the customers writes in that conversation just now.
   *
   * @param {string} id
   */
  customerTyping(id) {
    return this.#typingNow(`customer ${id}`);
  }

  /**
   * Which colleague writes in that conversation just now.
   *
   * @param {string} id
   */
  colleagueTyping(id) {
    return this.#typingNow(`team ${id}`);
  }

  /** @param {Conversation} conversation */
  adopt(conversation) {
    const before = this.#known.get(conversation.id);
    if (before && before.revision > conversation.revision) return;
    // Queues and the feed name the customer only; the handles that are known already stay.
    const handles = conversation.customer.handles ?? before?.customer.handles;
    this.#known.set(conversation.id, { ...conversation, customer: { ...conversation.customer, handles } });
    this.#touched.set(conversation.id, Date.now());
    this.lost.delete(conversation.id);
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
    for (const [id, { team }] of this.#known) {
      const isGone = team.id === queue.team.id && !present.has(id) && (this.#touched.get(id) ?? 0) < askedAt;
      if (isGone && id !== open) this.#drop(id);
    }
    queue.conversations.forEach((conversation) => this.adopt(conversation));
    this.#count([{ ...queue.team, waiting: queue.waiting, total: queue.total }]);
    this.loaded.add(queue.team.id);
    this.tell();
  }

  /**
   * Takes a conversation with the latest page of its timeline; entries of earlier pages stay.
   *
   * @param {Story} story
   */
  adoptStory({ timeline, timeline_start, ...conversation }) {
    const before = this.#timelines.get(conversation.id);
    if (before && before.revision > conversation.revision) return;
    const ids = new Set(timeline.map(({ id }) => id));
    const isJoined = before?.entries.some(({ id }) => ids.has(id));
    const older = isJoined && before ? before.entries.filter(({ id }) => !ids.has(id)) : [];
    this.#timelines.set(conversation.id, {
      revision: conversation.revision,
      entries: [...older, ...timeline],
      earlier: timeline_start - older.length,
    });
    this.adopt(conversation);
  }

  /**
   * Puts an earlier page of a timeline before what is here.
   *
   * @param {Story} page
   */
  adoptEarlier({ id, timeline, timeline_start }) {
    const known = this.#timelines.get(id);
    if (!known || known.earlier !== timeline_start + timeline.length) return;
    this.#timelines.set(id, { ...known, entries: [...timeline, ...known.entries], earlier: timeline_start });
    this.tell();
  }

  /** @param {Change} change */
  adoptChange(change) {
    this.#count(change.teams);
    if (change.conversation) this.adopt(change.conversation);
    else this.lose(change.id);
    this.tell();
  }

  /**
   * The conversation left for a team that is not the reader's: `team`, if that is known.
   *
   * @param {string} id
   * @param {Named} [team]
   */
  lose(id, team) {
    const known = this.#known.get(id);
    const isTold = this.lost.has(id) && !team;
    this.lost.add(id);
    if (known && this.#timelines.has(id)) this.#known.set(id, { ...known, team: isTold ? known.team : (team ?? { id: "", name: "" }) });
    else this.#known.delete(id);
    this.tell();
  }

  /** @param {Live} live */
  adoptLive({ kind, conversation, is_customer, name }) {
    if (kind === "typing") {
      if (!is_customer && name === this.agent.name) return; // Our own, come round.
      const until = Date.now() + TYPING_LASTS;
      this.#typing.set(`${is_customer ? "customer" : "team"} ${conversation}`, { name, until });
      setTimeout(() => this.tell(), TYPING_LASTS + 50);
    } else if (is_customer) this.#present.set(conversation, kind === "present");
    this.tell();
  }

  /**
   * Who writes stops writing once the message is there.
   *
   * @param {string} id
   */
  stopTyping(id) {
    this.#typing.delete(`customer ${id}`);
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
    this.connection = "starting";
    for (const memory of [this.#known, this.#timelines, this.#touched, this.#pending, this.#present]) memory.clear();
    this.loaded.clear();
    this.lost.clear();
  }

  /**
   * The feed lost its place: what is shown stays until it is read anew, and nothing else is trusted.
   *
   * @param {string} open the conversation that is being read
   */
  distrust(open) {
    for (const id of this.#timelines.keys()) if (id !== open) this.#timelines.delete(id);
    this.loaded.clear();
  }

  /**
   * Forgets what is dealt with, and timelines that were read long ago.
   *
   * @param {string} open the conversation that is being read
   */
  prune(open) {
    const old = [...this.#timelines.keys()].slice(0, -TIMELINES_KEPT);
    for (const id of old) if (id !== open) this.#timelines.delete(id);
    for (const [id, known] of this.#known) {
      if (id !== open && !this.#pending.has(id) && (!isQueued(known) || this.lost.has(id))) this.#drop(id);
    }
  }

  /** @param {string} id */
  #drop(id) {
    this.#known.delete(id);
    this.#timelines.delete(id);
    this.#touched.delete(id);
    this.lost.delete(id);
  }

  /** @param {{id: string, waiting: number, total: number}[]} counts */
  #count(counts) {
    if (!this.me) return;
    const fresh = new Map(counts.map((count) => [count.id, count]));
    this.me = { ...this.me, teams: this.me.teams.map((team) => ({ ...team, ...fresh.get(team.id), name: team.name })) };
  }

  /** @param {string} who */
  #typingNow(who) {
    const typing = this.#typing.get(who);
    return typing && typing.until > Date.now() ? typing.name : null;
  }
}

/** @param {Conversation} conversation */
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
 * What people call the customer, or "" for nobody knows.
 *
 * @param {Conversation} conversation
 */
export function nameOf({ customer }) {
  return customer.name.trim();
}

/** @param {Conversation} conversation */
function urgency(conversation) {
  return (isOwed(conversation) ? 0 : 4) + RANKS[conversation.priority];
}

/** @param {Conversation} conversation */
function since({ waiting_since, updated_at }) {
  return Date.parse(waiting_since ?? updated_at);
}

export const store = new Store();
