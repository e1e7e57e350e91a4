/** The line to the chat's server: it comes back by itself, and notices when it is dead without saying so. */

/** @typedef {import("./types.js").FromServer} FromServer */
/** @typedef {import("./types.js").ToServer} ToServer */

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20_000;
const ANSWER_WITHIN = 10_000;
const QUIET_FOR = 45_000;
const GLANCE = 5_000;
const TOLD_OFF = 1008;
const TRIES_BEFORE_HINT = 4;

/**
 * @typedef {object} Handlers
 * @property {() => ToServer} hello the first frame
 * @property {(frame: FromServer) => void} heard
 * @property {(isUp: boolean) => void} changed
 */

export class Link {
  isUp = false;
  #address;
  #handlers;
  /** @type {WebSocket | null} */
  #socket = null;
  #tries = 0;
  #hasBeenUp = false;
  #timer = 0;
  #heardAt = 0;
  #askedAt = 0;

  /** @param {string} address @param {Handlers} handlers @param {AbortSignal} signal ends it */
  constructor(address, handlers, signal) {
    this.#address = address;
    this.#handlers = handlers;
    const glance = setInterval(() => this.#glance(), GLANCE);
    addEventListener("online", () => this.#hurry(), { signal });
    document.addEventListener("visibilitychange", () => isVisible() && this.#hurry(), { signal });
    signal.addEventListener("abort", () => (clearInterval(glance), this.#end()));
  }

  /** Opens the line, now or as soon as it can be. */
  open() {
    if (!this.#socket && !this.#timer) this.#connect();
  }

  /** Drops the line and opens another. */
  restart() {
    this.#end();
    this.#connect();
  }

  /** Whether `frame` went out; what arrives is another matter. @param {ToServer} frame */
  send(frame) {
    if (this.isUp) this.#socket?.send(JSON.stringify(frame));
    return this.isUp;
  }

  #connect() {
    this.#timer = 0;
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    this.#heardAt = this.#askedAt = Date.now();
    socket.onopen = () => socket.send(JSON.stringify(this.#handlers.hello()));
    socket.onmessage = ({ data }) => socket === this.#socket && this.#hear(data);
    socket.onclose = ({ code }) => socket === this.#socket && this.#lost(code);
  }

  /** @param {string} data */
  #hear(data) {
    this.#heardAt = Date.now();
    this.#askedAt = 0;
    const frame = /** @type {FromServer} */ (JSON.parse(data));
    if (frame.type === "welcome") {
      this.isUp = this.#hasBeenUp = true;
      this.#tries = 0;
    }
    this.#handlers.heard(frame);
    if (frame.type === "welcome") this.#handlers.changed(true);
  }

  /** @param {number} code */
  #lost(code) {
    this.#end();
    this.#tries += 1;
    const longest = code === TOLD_OFF ? LONGEST_PAUSE : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#tries);
    // Half of it by chance: after a restart all pages come back at once.
    this.#timer = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
    if (this.#tries === TRIES_BEFORE_HINT && !this.#hasBeenUp)
      console.warn(`Hilo's chat can't connect from ${location.origin}. Is it among channels.webchat.origins?`);
  }

  #end() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    if (!this.isUp) return;
    this.isUp = false;
    this.#handlers.changed(false);
  }

  /** The visitor is back, or the network is: do not wait for the pause to end. */
  #hurry() {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#connect();
    } else if (this.isUp && Date.now() - this.#heardAt > GLANCE) this.#ask();
  }

  #ask() {
    this.#askedAt ||= Date.now();
    this.send({ type: "ping" });
  }

  #glance() {
    const now = Date.now();
    if (!this.#socket) return;
    if (this.#askedAt && now - this.#askedAt > ANSWER_WITHIN) this.#lost(0);
    else if (this.isUp && !this.#askedAt && now - this.#heardAt > QUIET_FOR && isVisible()) this.#ask();
  }
}

function isVisible() {
  return document.visibilityState === "visible";
}
