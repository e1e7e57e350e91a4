/** The chat on a page: `<hilo-chat>`, which may be moved about and put back like any element. */

import { Conversation } from "./conversation.js";
import { Memory } from "./memory.js";
import { IS_PHONE, View } from "./view.js";
import { language, wordsOf } from "./words.js";

const CHAT = new URL("../../", import.meta.url);
const STYLE = new URL("./style.css", import.meta.url);

/** Puts the chat on the page, once. @param {{language: string, name: string, identity: string}} options */
export function mount({ language: chosen, name, identity }) {
  if (!customElements.get("hilo-chat")) customElements.define("hilo-chat", HiloChat);
  if (document.querySelector("hilo-chat")) return;
  const chat = document.createElement("hilo-chat");
  Object.assign(chat.dataset, { language: chosen, name, identity });
  if (document.body) document.body.append(chat);
  else addEventListener("DOMContentLoaded", () => document.body.append(chat), { once: true });
}

/** A page may call `open()`, `close()` and `identify()` on it, and set `--hilo-accent` and `--hilo-on-accent`. */
export class HiloChat extends HTMLElement {
  #memory = new Memory(CHAT.href);
  #ending = new AbortController();
  /** @type {Conversation | undefined} */
  #conversation;

  async connectedCallback() {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    const { language: chosen = "", name = "" } = this.dataset;
    const spoken = language(chosen);
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const [words, sheet] = await Promise.all([wordsOf(spoken), styleSheet()]);
    if (signal.aborted) return;
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren();
    this.lang = spoken;
    const view = new View(root, words, spoken, this.#actions(), this.#memory.draft);
    this.#conversation = new Conversation(
      lineTo(CHAT),
      {
        memory: this.#memory,
        language: chosen || navigator.language,
        name,
        identity: () => this.dataset.identity ?? "",
        show: (model) => view.render(model),
        write: (text) => view.write(text),
        anyHour: words.soonAnyHour,
      },
      signal,
    );
    // Where a tab goes from page to page the chat stays open; over a whole phone it would hide the next page.
    if (this.#memory.isOpen && !IS_PHONE.matches) this.#conversation.setOpen(true);
    else this.#conversation.update();
  }

  disconnectedCallback() {
    this.#ending.abort();
  }

  open() {
    this.#conversation?.setOpen(true);
  }

  close() {
    this.#conversation?.setOpen(false);
  }

  /** The site says who the visitor is by now: its signed token, or nothing once they have left. @param {string} token */
  identify(token) {
    if (token === this.dataset.identity) return;
    this.dataset.identity = token;
    this.#conversation?.restart();
  }

  /** @returns {import("./view.js").Actions} */
  #actions() {
    return {
      open: () => this.open(),
      close: () => this.close(),
      typed: (text) => this.#conversation?.typed(text),
      send: (text) => this.#conversation?.send(text),
      askEmail: () => this.#conversation?.update({ email: "asking" }),
      leaveEmail: (email) => this.#conversation?.leaveEmail(email),
      askCall: () => this.#conversation?.update({ call: { step: "number", times: null, problem: "" } }),
      leaveCall: () => this.#conversation?.update({ call: { step: "", times: null, problem: "" } }),
      callTimes: (number) => this.#conversation?.callTimes(number),
      call: (number, start, anyHour) => this.#conversation?.call(number, start, anyHour),
    };
  }
}

/** Where the line of the chat at `chat` leads. @param {URL} chat */
function lineTo(chat) {
  const address = new URL("chat", chat);
  address.protocol = chat.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

/** @type {Promise<CSSStyleSheet> | undefined} */
let sheet;

/** The widget's styles, which stay inside it. */
function styleSheet() {
  sheet ??= fetch(STYLE).then(async (answer) => new CSSStyleSheet().replace(await answer.text()));
  return sheet;
}
