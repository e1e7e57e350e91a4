/** Follows what changes, for as long as the page lives; goes on by itself after a lost connection. */

/** @import {Change, Live, Rules} from "./types.js" */
import * as api from "./api.js";

const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
const NOTICED_AFTER = 1_500;

/**
 * @typedef {object} Listener
 * @property {(change: Change) => void} onChange
 * @property {(live: Live) => void} onLive
 * @property {(rules: Rules) => void} onRules
 * @property {() => void} onPhone the reader takes no calls, whatever their page shows
 * @property {() => void} onReset the feed does not reach back that far: read all anew
 * @property {(isConnected: boolean) => void} onConnection
 */

/** One reader of the feed. */
export class Feed {
  /** @type {EventSource | null} */
  #source = null;
  #position = "";
  #wait = SHORTEST_PAUSE;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #alarm;

  /** @param {Listener} listener */
  constructor(listener) {
    this.listener = listener;
  }

  /**
   * Follows what changes after `position`.
   *
   * @param {string} position
   */
  follow(position) {
    this.#position = position;
    this.#connect();
  }

  stop() {
    clearTimeout(this.#retry);
    clearTimeout(this.#alarm);
    this.#source?.close();
    this.#source = null;
    this.#position = "";
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#source?.close();
    const source = new EventSource(`/api/feed?position=${encodeURIComponent(this.#position)}`);
    this.#source = source;
    source.addEventListener("open", () => this.#connected());
    source.addEventListener("error", () => this.#disconnected(source));
    source.addEventListener("change", (event) => {
      this.#position = event.lastEventId || this.#position;
      this.listener.onChange(JSON.parse(event.data));
    });
    source.addEventListener("live", (event) => this.listener.onLive(JSON.parse(event.data)));
    source.addEventListener("rules", (event) => this.listener.onRules(JSON.parse(event.data)));
    source.addEventListener("phone", () => this.listener.onPhone());
    source.addEventListener("reset", () => {
      this.stop();
      this.listener.onReset();
    });
  }

  #connected() {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    this.#wait = SHORTEST_PAUSE;
    this.listener.onConnection(true);
  }

  /**
   * The browser comes back by itself, from the last position it heard, unless the server answered with an error.
   *
   * @param {EventSource} source
   */
  #disconnected(source) {
    if (source !== this.#source) return;
    // A hiccup shorter than a moment is nobody's business.
    this.#alarm ??= setTimeout(() => this.listener.onConnection(false), NOTICED_AFTER);
    if (source.readyState !== EventSource.CLOSED) return;
    this.#retry = setTimeout(() => this.#tryAgain(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_PAUSE);
  }

  /** An ended session looks like any other error to an EventSource; a plain call can tell. */
  async #tryAgain() {
    const source = this.#source;
    const isSignedOut = await api.me().then(
      () => false,
      (error) => error.status === 401,
    );
    if (!isSignedOut && source === this.#source && this.#position) this.#connect();
  }
}
