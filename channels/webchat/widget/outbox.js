/** What the visitor wrote and the server has not accepted yet: one message at a time, in order, until it is. */

/** @typedef {import("./types.js").Pending} Pending */
/** @typedef {import("./types.js").Refused} Refused */
/** @typedef {import("./memory.js").Memory} Memory */

const ANSWER_WITHIN = 10_000;
const LONGEST_PAUSE = 15_000;
const LEFT_BEHIND = 10_000;

export class Outbox {
  #memory;
  #send;
  #stuck;
  #sending = "";
  #timer = 0;
  #refusals = 0;

  /**
   * @param {Memory} memory
   * @param {(pending: Pending) => boolean} send whether it went out
   * @param {() => void} stuck called when no answer came
   */
  constructor(memory, send, stuck) {
    this.#memory = memory;
    this.#send = send;
    this.#stuck = stuck;
  }

  /** All that is not accepted, of this and other tabs, oldest first. */
  list() {
    return this.#memory.pending();
  }

  /** Whether a message is on its way or about to be. */
  get isSending() {
    return this.#sending !== "" || this.#timer !== 0;
  }

  /** @param {string} text */
  add(text) {
    const last = this.list().at(-1)?.at ?? 0;
    // A clock that was set back does not turn the order around.
    this.#memory.keep({ key: newKey(), text, at: Math.max(Date.now(), last + 1) });
    this.flush();
  }

  /** Sends the oldest, unless one is on its way. */
  flush() {
    if (this.#sending || this.#timer) return;
    const next = this.list()[0];
    if (!next || !this.#send(next)) return;
    this.#sending = next.key;
    this.#timer = setTimeout(() => {
      this.interrupt();
      this.#stuck();
    }, ANSWER_WITHIN);
  }

  /** Sends what a tab left behind that is gone. */
  sweep() {
    const next = this.list()[0];
    if (next && Date.now() - next.at > LEFT_BEHIND) this.flush();
  }

  /** The line broke: what was on its way may or may not have arrived, and is sent again under the same key. */
  interrupt() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#sending = "";
  }

  /** `key` is safe with the server. @param {string} key */
  accepted(key) {
    this.#memory.drop(key);
    this.#refusals = 0;
    if (key === this.#sending) this.interrupt();
    this.flush();
  }

  /** Holds the message back as long as the server asks, and longer each time. @param {Refused} refused */
  putOff({ key, retry_after }) {
    if (key !== this.#sending) return;
    this.interrupt();
    this.#refusals += 1;
    const pause = Math.max(retry_after * 1000, Math.min(LONGEST_PAUSE, 1000 * 2 ** this.#refusals));
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.flush();
    }, pause);
  }

  /** Takes the message that can't be accepted back, and returns its text. @param {string} key */
  takeBack(key) {
    const wanted = key || this.#sending;
    const text = this.list().find((each) => each.key === wanted)?.text ?? "";
    if (wanted) this.accepted(wanted);
    return text;
  }
}

/** 128 random bits; `crypto.randomUUID` is not there on pages without https. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
