/** The chat on a page: `<hilo-chat>`, which holds the line, the outbox and the view together. */

import { Link } from "./link.js";
import { Memory } from "./memory.js";
import { Outbox } from "./outbox.js";
import { IS_PHONE, rowId, View } from "./view.js";
import { language, wordsOf } from "./words.js";

/** @typedef {import("./types.js").FromServer} FromServer */
/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Model} Model */

const CHAT = new URL("../../", import.meta.url);
const STYLE = new URL("./style.css", import.meta.url);
const DOWN_AFTER = 1500;
const TYPING_EVERY = 2500;
const TYPING_FOR = 6000;
const SWEEP = 5000;
const LONE_HALF = /\p{Surrogate}/gu;

/** Puts the chat on the page, once. @param {{language: string, name: string}} options */
export function mount({ language, name }) {
  if (!customElements.get("hilo-chat")) customElements.define("hilo-chat", HiloChat);
  if (document.querySelector("hilo-chat")) return;
  const chat = document.createElement("hilo-chat");
  Object.assign(chat.dataset, { language, name });
  if (document.body) document.body.append(chat);
  else addEventListener("DOMContentLoaded", () => document.body.append(chat), { once: true });
}

/** A page may call `open()` and `close()` on it, and set `--hilo-accent` and `--hilo-on-accent`. */
export class HiloChat extends HTMLElement {
  #memory = new Memory(CHAT.href);
  #ending = new AbortController();
  /** @type {View | undefined} */
  #view;
  /** @type {Link | undefined} */
  #link;
  #outbox = new Outbox(
    this.#memory,
    ({ key, text }) => this.#link?.send({ type: "message", key, text }) ?? false,
    () => this.#link?.restart(),
  );
  /** @type {Model} */
  #model = {
    isOpen: false,
    lines: [],
    pending: [],
    status: { state: "none", team: "", place: null, wait: null, heard: 0, has_address: false },
    isDown: false,
    isSending: false,
    typing: "",
    unread: 0,
    offersEmail: false,
    email: "",
    problem: "",
    maxLength: 4000,
  };
  #position = "";
  #fetched = "";
  #said = "";
  #downTimer = 0;
  #typingTimer = 0;
  #typedAt = 0;

  async connectedCallback() {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    const spoken = language(this.dataset.language ?? "");
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const [words, sheet] = await Promise.all([wordsOf(spoken), styleSheet()]);
    if (signal.aborted) return;
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren();
    this.lang = spoken;
    this.#view = new View(root, words, spoken, this.#actions(), this.#memory.draft);
    const address = new URL("chat", CHAT);
    address.protocol = CHAT.protocol === "https:" ? "wss:" : "ws:";
    const handlers = { hello: () => this.#hello(), heard: this.#heard, changed: this.#changed };
    this.#link = new Link(address.href, handlers, signal);
    this.#memory.onChange((name) => this.#otherTab(name), signal);
    document.addEventListener("visibilitychange", () => this.#update(), { signal });
    const sweep = setInterval(() => this.#link?.isUp && this.#outbox.sweep(), SWEEP);
    signal.addEventListener("abort", () => clearInterval(sweep));
    // Where one tab goes from page to page the chat stays open; over a whole phone it would hide the next page.
    this.#model.isOpen = this.#memory.isOpen && !IS_PHONE.matches;
    if (this.#model.isOpen || this.#memory.token || this.#outbox.list().length) this.#goOnline();
    this.#update();
  }

  disconnectedCallback() {
    this.#ending.abort();
  }

  open() {
    this.#setOpen(true);
  }

  close() {
    this.#setOpen(false);
  }

  /** @returns {import("./view.js").Actions} */
  #actions() {
    return {
      open: () => this.#setOpen(true),
      close: () => this.#setOpen(false),
      typed: (text) => this.#typed(text),
      send: (text) => this.#send(text),
      askEmail: () => this.#update({ email: "asking" }),
      leaveEmail: (email) => this.#leaveEmail(email),
    };
  }

  /** @param {boolean} isOpen */
  #setOpen(isOpen) {
    this.#memory.isOpen = isOpen;
    if (isOpen) this.#goOnline();
    this.#update({ isOpen });
  }

  #goOnline() {
    this.#link?.open();
    if (!this.#link?.isUp) this.#sayDownSoon();
  }

  /** @returns {import("./types.js").Hello} */
  #hello() {
    this.#said = this.#memory.token;
    // Without lines on the page all of them are wanted, whatever was shown before a reload.
    const { name = "", language: chosen = "" } = this.dataset;
    return { type: "hello", token: this.#said, after: this.#position, language: chosen || navigator.language, name };
  }

  /** @param {FromServer} frame */
  #heard = (frame) => {
    if (frame.type === "welcome") this.#welcome(frame);
    else if (frame.type === "lines") this.#take(frame.lines);
    else if (frame.type === "status") this.#update({ status: frame });
    else if (frame.type === "accepted") this.#accepted(frame.key, frame.position);
    else if (frame.type === "refused") this.#refused(frame);
    else if (frame.type === "error") this.#complaint(frame);
    else if (frame.type === "address") this.#update({ email: frame.kept ? "kept" : "later" });
    else if (frame.type === "typing") this.#teamTypes(frame.name || " ");
  };

  /** @param {import("./types.js").Welcome} frame */
  #welcome({ token, lines, status, max_length, offers_email }) {
    if (token) {
      // Another tab may have become somebody a moment ago: then this one is the same visitor.
      if (this.#memory.token !== this.#said) return void setTimeout(() => this.#link?.restart());
      this.#memory.token = token;
      this.#model.lines = [];
      this.#position = "";
    }
    this.#fetched = "";
    this.#update({ status, maxLength: max_length, offersEmail: offers_email });
    this.#take(lines);
  }

  /** @param {boolean} isUp */
  #changed = (isUp) => {
    clearTimeout(this.#downTimer);
    if (isUp) {
      this.#update({ isDown: false });
      this.#outbox.flush();
    } else {
      this.#outbox.interrupt();
      this.#sayDownSoon();
    }
    this.#update();
  };

  #sayDownSoon() {
    clearTimeout(this.#downTimer);
    this.#downTimer = setTimeout(() => this.#update({ isDown: !this.#link?.isUp }), DOWN_AFTER);
  }

  /** @param {Line[]} fresh */
  #take(fresh) {
    if (!fresh.length) return this.#update();
    const lines = new Map(this.#model.lines.map((line) => [rowId(line), line]));
    for (const line of fresh) lines.set(rowId(line), line);
    this.#model.lines = [...lines.values()].sort((a, b) => compare(a.position, b.position));
    this.#position = fresh.at(-1)?.position ?? this.#position;
    for (const { key } of this.#model.pending) if (lines.has(`v${key}`)) this.#outbox.accepted(key);
    if (fresh.some((line) => line.side === "team")) this.#model.typing = "";
    this.#update();
  }

  /** @param {string} key @param {string} position */
  #accepted(key, position) {
    const pending = this.#outbox.list().find((each) => each.key === key);
    this.#outbox.accepted(key);
    if (pending && !this.#model.lines.some((line) => line.key === key)) {
      const { text, at } = pending;
      // Its own line comes in a moment and takes this one's place; until then nothing flickers.
      this.#model.lines = [...this.#model.lines, { position, id: key, key, side: "visitor", text, at, author: "", team: "" }];
    }
    this.#update({ isDown: false, problem: "" });
  }

  /** @param {import("./types.js").Refused} frame */
  #refused(frame) {
    if (frame.reason === "unacceptable") return this.#takeBack(frame.key);
    this.#outbox.putOff(frame);
    this.#update(frame.reason === "slow" ? { problem: "slow" } : { isDown: true });
  }

  /** @param {import("./types.js").Complaint} frame */
  #complaint({ code, key }) {
    if (code === "bad_address") this.#update({ email: "wrong" });
    else if (key || code === "broken_json" || code === "too_large") this.#takeBack(key);
  }

  /** A text that can't be taken as it is goes back into the box. @param {string} key */
  #takeBack(key) {
    const text = this.#outbox.takeBack(key);
    if (!text) return;
    const draft = [text, this.#memory.draft].filter(Boolean).join("\n");
    this.#memory.draft = draft;
    this.#view?.write(draft);
    this.#update({ problem: "unacceptable" });
  }

  /** @param {string} text */
  #typed(text) {
    this.#memory.draft = text;
    if (text && Date.now() - this.#typedAt > TYPING_EVERY && this.#link?.send({ type: "typing" })) this.#typedAt = Date.now();
    this.#update({ problem: "" });
  }

  /** @param {string} text */
  #send(text) {
    if ([...text].length > this.#model.maxLength) return this.#update({ problem: "long" });
    this.#memory.draft = "";
    this.#view?.write("");
    this.#typedAt = 0;
    this.#outbox.add(text.trim().replace(LONE_HALF, "\uFFFD"));
    this.#goOnline();
    this.#update({ problem: "" });
  }

  /** @param {string} email */
  #leaveEmail(email) {
    if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email.trim())) return this.#update({ email: "wrong" });
    const isSent = this.#link?.send({ type: "address", email: email.trim() });
    this.#update({ email: isSent ? "saving" : "later" });
  }

  /** @param {string} name */
  #teamTypes(name) {
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => this.#update({ typing: "" }), TYPING_FOR);
    this.#update({ typing: name });
  }

  /** @param {string} name what another tab of the visitor's changed */
  #otherTab(name) {
    if (name === "token" && this.#memory.token && this.#memory.token !== this.#said) {
      this.#model.lines = [];
      this.#position = "";
      this.#link?.restart();
    }
    this.#update();
  }

  /** Shows what is so now, with `news`. @param {Partial<Model>} [news] */
  #update(news = {}) {
    const model = Object.assign(this.#model, news);
    const last = model.lines.at(-1)?.position ?? "";
    const isVisible = document.visibilityState === "visible";
    if (isVisible && model.isOpen && last) this.#memory.seen = last;
    const { seen } = this.#memory;
    model.unread = model.lines.filter(({ side, position }) => side === "team" && compare(position, seen) > 0).length;
    const shown = new Set(model.lines.map((line) => line.key));
    model.pending = this.#outbox.list().filter(({ key }) => !shown.has(key));
    model.isSending = this.#outbox.isSending;
    // Delivered is what is on a page in front of the visitor, not in a tab that they have forgotten.
    if (isVisible && this.#position && this.#position !== this.#fetched && this.#link?.send({ type: "fetched", position: this.#position }))
      this.#fetched = this.#position;
    this.#view?.render(model);
  }
}

/** @type {Promise<CSSStyleSheet> | undefined} */
let sheet;

/** The widget's styles, which stay inside it. */
function styleSheet() {
  sheet ??= fetch(STYLE).then(async (answer) => new CSSStyleSheet().replace(await answer.text()));
  return sheet;
}

/** @param {string} a @param {string} b positions, `1700000000000-3` */
function compare(a, b) {
  const [[a1 = 0, a2 = 0], [b1 = 0, b2 = 0]] = [a.split("-").map(Number), b.split("-").map(Number)];
  return a1 - b1 || a2 - b2;
}
