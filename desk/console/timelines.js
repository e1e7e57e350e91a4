/** The timelines that have been read: the latest page of each, and the earlier ones that were asked for. */

/** @import {Entry, Former, Story} from "./types.js" */

/**
 * `earlier` is how many entries stand before these, `former` the customer's other conversations, which are over.
 * @typedef {{revision: number, entries: Entry[], earlier: number, former: Former[]}} Timeline
 */

const KEPT = 50;

export class Timelines {
  /** @type {Map<string, Timeline>} */
  #known = new Map();

  /** @param {string} id */
  get(id) {
    return this.#known.get(id);
  }

  /** @param {string} id */
  has(id) {
    return this.#known.has(id);
  }

  /**
   * Takes the latest page; entries of earlier pages stay where the two meet, unless the story was written anew since:
   * two became one, or two again. False if what is here is newer.
   *
   * @param {Story} story
   */
  adopt({ id, revision, timeline, timeline_start, former }) {
    const before = this.#known.get(id);
    if (before && before.revision > revision) return false;
    const ids = new Set(timeline.map((entry) => entry.id));
    const meets = before ? before.entries.findIndex((entry) => ids.has(entry.id)) : -1;
    const isOn = before && meets >= 0 && before.earlier + meets === timeline_start;
    const older = isOn ? before.entries.slice(0, meets) : [];
    this.#known.set(id, { revision, entries: [...older, ...timeline], earlier: timeline_start - older.length, former });
    return true;
  }

  /**
   * Puts an earlier page before what is here, if it is the one before.
   *
   * @param {Story} page
   */
  adoptEarlier({ id, timeline, timeline_start }) {
    const known = this.#known.get(id);
    if (!known || known.earlier !== timeline_start + timeline.length) return;
    this.#known.set(id, { ...known, entries: [...timeline, ...known.entries], earlier: timeline_start });
  }

  /** @param {string} id */
  drop(id) {
    this.#known.delete(id);
  }

  /**
   * Forgets all but one.
   *
   * @param {string} open
   */
  keepOnly(open) {
    for (const id of this.#known.keys()) if (id !== open) this.#known.delete(id);
  }

  /**
   * Forgets what was read long ago.
   *
   * @param {string} open
   */
  prune(open) {
    for (const id of [...this.#known.keys()].slice(0, -KEPT)) if (id !== open) this.#known.delete(id);
  }

  clear() {
    this.#known.clear();
  }
}
