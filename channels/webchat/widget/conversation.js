/** A visitor's conversation as this page knows it: said over the line, kept in the memory, shown by the view. */

import { merged, unreadAfter } from "./lines.js";
import { Link } from "./link.js";
import { newKey, Outbox } from "./outbox.js";

/** @typedef {import("./types.js").FromServer} FromServer */
/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./memory.js").Memory} Memory */

/**
 * @typedef {object} Page
 * @property {Memory} memory
 * @property {string} language
 * @property {string} name
 * @property {() => string} identity the site's word for who the visitor is
 * @property {(model: Model) => void} show
 * @property {(text: string) => void} write puts a text into the box
 * @property {string} anyHour what the visitor says who wants to be called at any hour
 */

const DOWN_AFTER = 1500;
const TYPING_EVERY = 2500;
const TYPING_FOR = 6000;
const SWEEP = 5000;
const LONE_HALF = /\p{Surrogate}/gu;
/** @type {Model["call"]} */
const NO_CALL = { step: "", times: null, problem: "" };
const MAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

export class Conversation {
  #memory;
  #page;
  #link;
  #outbox;
  /** @type {Model} */
  #model = {
    isOpen: false,
    lines: [],
    pending: [],
    status: {
      state: "none",
      team: "",
      place: null,
      wait: null,
      heard: 0,
      has_address: false,
      call: null,
      is_long: false,
    },
    isDown: false,
    isBusy: false,
    isSending: false,
    typing: "",
    unread: 0,
    offersEmail: false,
    email: "",
    offersCall: false,
    call: NO_CALL,
    problem: "",
    maxLength: 4000,
  };
  #position = "";
  #fetched = "";
  #said = "";
  #downTimer = 0;
  #typingTimer = 0;
  #typedAt = 0;

  /** @param {string} address where the line leads @param {Page} page @param {AbortSignal} signal ends it */
  constructor(address, page, signal) {
    this.#page = page;
    this.#memory = page.memory;
    const handlers = { hello: () => this.#hello(), heard: this.#heard, changed: this.#changed };
    this.#link = new Link(address, handlers, signal);
    this.#outbox = new Outbox(
      page.memory,
      ({ key, text }) => this.#link.send({ type: "message", key, text }),
      () => this.#link.restart(),
    );
    page.memory.onChange((name) => this.#otherTab(name), signal);
    document.addEventListener("visibilitychange", () => this.update(), { signal });
    const sweep = setInterval(() => this.#link.isUp && this.#outbox.sweep(), SWEEP);
    signal.addEventListener("abort", () => clearInterval(sweep));
    this.#memory.who = subject(page.identity());
    if (page.memory.token || this.#outbox.list().length) this.#goOnline();
  }

  /** Opens or closes the chat on the page. @param {boolean} isOpen */
  setOpen(isOpen) {
    this.#memory.isOpen = isOpen;
    if (isOpen) this.#goOnline();
    this.update({ isOpen });
  }

  /** Says hello anew, where it was said before. */
  restart() {
    if (this.#link.isUp || this.#said) this.#link.restart();
  }

  /** The visitor has written this so far. @param {string} text */
  typed(text) {
    this.#memory.draft = text;
    const now = Date.now();
    if (text && now - this.#typedAt > TYPING_EVERY && this.#link.send({ type: "typing" })) this.#typedAt = now;
    this.update({ problem: "" });
  }

  /** @param {string} text */
  send(text) {
    if ([...text].length > this.#model.maxLength) return this.update({ problem: "long" });
    this.#memory.draft = "";
    this.#page.write("");
    this.#typedAt = 0;
    this.#outbox.add(text.trim().replace(LONE_HALF, "\uFFFD"));
    this.#goOnline();
    this.update({ problem: "" });
  }

  /** @param {string} email */
  leaveEmail(email) {
    if (!MAIL.test(email.trim())) return this.update({ email: "wrong" });
    const isSent = this.#link.send({ type: "address", email: email.trim() });
    this.update({ email: isSent ? "saving" : "later" });
  }

  /** Asks when the visitor could be called. @param {string} number */
  callTimes(number) {
    if (!/\d{4}/.test(number.replace(/[^\d]/g, ""))) return this.#say("wrong");
    this.#say(this.#link.send({ type: "call_times", number: number.trim() }) ? "asking" : "later");
  }

  /** Asks to be called. @param {string} number @param {number | null} start @param {boolean} anyHour */
  call(number, start, anyHour) {
    const words = anyHour ? this.#page.anyHour : "";
    const wish = { key: newKey(), number, start, any_hour: anyHour, words };
    this.#say(this.#link.send({ type: "call", ...wish }) ? "asking" : "later");
  }

  /** @param {Model["call"]["problem"]} problem */
  #say(problem) {
    this.update({ call: { ...this.#model.call, problem } });
  }

  /** @param {import("./types.js").CallKept} frame */
  #callKept({ kept, reason }) {
    if (kept) this.update({ call: NO_CALL });
    else if (reason === "full") this.update({ call: { step: "number", times: null, problem: "full" } });
    else this.#say("later");
  }

  /** Shows what is so now, with `news`. @param {Partial<Model>} [news] */
  update(news = {}) {
    const model = Object.assign(this.#model, news);
    const last = model.lines.at(-1)?.position ?? "";
    const isVisible = document.visibilityState === "visible";
    if (isVisible && model.isOpen && last) this.#memory.seen = last;
    model.unread = unreadAfter(model.lines, this.#memory.seen);
    const shown = new Set(model.lines.map((line) => line.key));
    model.pending = this.#outbox.list().filter(({ key }) => !shown.has(key));
    model.isSending = this.#outbox.isSending;
    if (isVisible) this.#sayFetched();
    this.#page.show(model);
  }

  /** Delivered is what is on a page in front of the visitor, not in a tab that they have forgotten. */
  #sayFetched() {
    const position = this.#position;
    if (!position || position === this.#fetched) return;
    if (this.#link.send({ type: "fetched", position })) this.#fetched = position;
  }

  #goOnline() {
    this.#link.open();
    if (!this.#link.isUp) this.#sayDownSoon();
  }

  /** A line that is back in a moment is not worth a word. */
  #sayDownSoon() {
    clearTimeout(this.#downTimer);
    this.#downTimer = setTimeout(() => this.update({ isDown: !this.#link.isUp }), DOWN_AFTER);
  }

  /** @returns {import("./types.js").Hello} */
  #hello() {
    const { language, name } = this.#page;
    const identity = this.#page.identity();
    this.#memory.who = subject(identity);
    this.#said = this.#memory.token;
    return { type: "hello", token: this.#said, after: this.#position, language, name, identity };
  }

  /** @param {FromServer} frame */
  #heard = (frame) => {
    if (frame.type === "welcome") this.#welcome(frame);
    else if (frame.type === "lines") this.#take(frame.lines);
    else if (frame.type === "status") this.update({ status: frame });
    else if (frame.type === "accepted") this.#accepted(frame.key, frame.position);
    else if (frame.type === "refused") this.#refused(frame);
    else if (frame.type === "error") this.#complaint(frame);
    else if (frame.type === "address") this.update({ email: frame.kept ? "kept" : "later" });
    else if (frame.type === "call_times") this.update({ call: { step: "times", times: frame, problem: "" } });
    else if (frame.type === "call") this.#callKept(frame);
    else if (frame.type === "typing") this.#teamTypes(frame.name || " ");
  };

  /** @param {boolean} isUp */
  #changed = (isUp) => {
    clearTimeout(this.#downTimer);
    if (isUp) this.#outbox.flush();
    else this.#outbox.interrupt();
    if (!isUp) this.#sayDownSoon();
    this.update(isUp ? { isDown: false } : { isBusy: false });
  };

  /** @param {import("./types.js").Welcome} frame */
  #welcome({ token, lines, status, max_length, offers_email, offers_call, is_signed }) {
    if (token) {
      // Another tab may have become somebody a moment ago: then this one is the same visitor.
      if (this.#memory.token !== this.#said) return void setTimeout(() => this.#link.restart());
      this.#beginAnew();
    }
    if (token || is_signed) this.#memory.keepToken(token || this.#said, is_signed);
    this.#fetched = "";
    this.update({ status, maxLength: max_length, offersEmail: offers_email, offersCall: offers_call });
    this.#take(lines);
  }

  #beginAnew() {
    this.#model.lines = [];
    this.#position = "";
  }

  /** @param {Line[]} fresh */
  #take(fresh) {
    this.#model.lines = merged(this.#model.lines, fresh);
    this.#position = fresh.at(-1)?.position ?? this.#position;
    const keys = new Set(fresh.map((line) => line.key));
    for (const { key } of this.#model.pending) if (keys.has(key)) this.#outbox.accepted(key);
    this.update(fresh.some((line) => line.side === "team") ? { typing: "" } : {});
  }

  /** @param {string} key @param {string} position */
  #accepted(key, position) {
    const pending = this.#outbox.list().find((each) => each.key === key);
    this.#outbox.accepted(key);
    if (pending && !this.#model.lines.some((line) => line.key === key)) {
      const { text, at } = pending;
      // Its own line comes in a moment and takes this one's place; until then nothing flickers.
      const line = { position, id: key, key, side: /** @type {const} */ ("visitor"), text, at, author: "", team: "" };
      this.#model.lines = merged(this.#model.lines, [line]);
    }
    this.update({ isDown: false, isBusy: false, problem: "" });
  }

  /** @param {import("./types.js").Refused} frame */
  #refused(frame) {
    if (frame.reason === "unacceptable") return this.#takeBack(frame.key);
    this.#outbox.putOff(frame);
    if (frame.reason === "slow") this.update({ problem: "slow" });
    else this.update(frame.reason === "busy" ? { isBusy: true } : { isDown: true });
  }

  /** @param {import("./types.js").Complaint} frame */
  #complaint({ code, key, detail }) {
    if (code === "bad_address") this.update({ email: "wrong" });
    else if (code === "bad_number") this.#say("wrong");
    else if (code === "not_called") this.#say("abroad");
    else if (code === "too_many_calls") this.#say("often");
    else if (code === "bad_identity") console.warn(`Hilo's chat does not know who this visitor is: ${detail}.`);
    else if (key || code === "broken_json" || code === "too_large") this.#takeBack(key);
  }

  /** A text that can't be taken as it is goes back into the box. @param {string} key */
  #takeBack(key) {
    const text = this.#outbox.takeBack(key);
    if (!text) return;
    const draft = [text, this.#memory.draft].filter(Boolean).join("\n");
    this.#memory.draft = draft;
    this.#page.write(draft);
    this.update({ problem: "unacceptable" });
  }

  /** @param {string} name */
  #teamTypes(name) {
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => this.update({ typing: "" }), TYPING_FOR);
    this.update({ typing: name });
  }

  /** @param {string} name what another tab of the visitor's changed */
  #otherTab(name) {
    if (name === this.#memory.tokenName && this.#memory.token && this.#memory.token !== this.#said) {
      this.#beginAnew();
      this.#link.restart();
    }
    this.update();
  }
}

/** Who a signed token is about, to tell visitors of one browser apart; only the server knows whether it is true. @param {string} token */
function subject(token) {
  try {
    const [, claims = ""] = token.split(".");
    const bytes = Uint8Array.from(atob(claims.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub ?? "");
  } catch {
    return "";
  }
}
