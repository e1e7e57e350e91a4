/** What the page keeps for its visitor: in the browser's storage, under the chat's address; without one, in memory. */

/** @typedef {import("./types.js").Pending} Pending */

export class Memory {
  /** Who the site says that the visitor is: each has a token of their own, so that nobody finds another's story. */
  who = "";
  #prefix;
  /** @type {Map<string, string>} */
  #spare = new Map();

  /** @param {string} chat the chat's address */
  constructor(chat) {
    this.#prefix = `hilo:${chat}:`;
  }

  /** Who is known for the first time goes on as the nobody that they were until then. */
  get token() {
    return this.#read(this.tokenName) || this.#read("token");
  }

  /** Keeps the token: as theirs of whom the site says that they are, or as nobody's. @param {string} token @param {boolean} isSigned */
  keepToken(token, isSigned) {
    this.#write(isSigned ? this.tokenName : "token", token);
    // It is not for whoever comes to this browser next.
    if (isSigned && this.who && this.#read("token") === token) this.#write("token", "");
  }

  /** What the token in use is kept as. */
  get tokenName() {
    return this.who ? `token:${this.who}` : "token";
  }

  get draft() {
    return this.#read("draft");
  }
  set draft(value) {
    this.#write("draft", value);
  }

  /** The position up to which the visitor has seen the lines. */
  get seen() {
    return this.#read("seen");
  }
  set seen(value) {
    this.#write("seen", value);
  }

  /** Whether the chat is open in this tab. */
  get isOpen() {
    return this.#read("open", "sessionStorage") !== "";
  }
  set isOpen(value) {
    this.#write("open", value ? "1" : "", "sessionStorage");
  }

  /** Keeps a message until it is accepted. @param {Pending} pending */
  keep(pending) {
    this.#write(`out:${pending.key}`, JSON.stringify(pending));
  }

  /** @param {string} key */
  drop(key) {
    this.#write(`out:${key}`, "");
  }

  /** The messages that are not accepted yet, of all tabs, oldest first. @returns {Pending[]} */
  pending() {
    const names = new Set(this.#spare.keys());
    attempt("localStorage", (storage) => Object.keys(storage).forEach((name) => names.add(name)));
    return [...names]
      .filter((name) => name.startsWith(`${this.#prefix}out:`))
      .map((name) => parsed(this.#read(name.slice(this.#prefix.length))))
      .filter((each) => each !== null)
      .sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  }

  /**
   * Calls `listener` with the name of what another tab changed, until `signal`.
   *
   * @param {(name: string) => void} listener
   * @param {AbortSignal} signal
   */
  onChange(listener, signal) {
    const heard = (/** @type {StorageEvent} */ { key }) => {
      if (key?.startsWith(this.#prefix)) listener(key.slice(this.#prefix.length));
    };
    addEventListener("storage", heard, { signal });
  }

  /** @param {string} name @param {"localStorage" | "sessionStorage"} [kind] */
  #read(name, kind = "localStorage") {
    const full = this.#prefix + name;
    return this.#spare.get(full) ?? attempt(kind, (storage) => storage.getItem(full)) ?? "";
  }

  /** @param {string} name @param {string} value @param {"localStorage" | "sessionStorage"} [kind] */
  #write(name, value, kind = "localStorage") {
    const full = this.#prefix + name;
    const isKept = attempt(kind, (storage) => (value ? storage.setItem(full, value) : storage.removeItem(full), true));
    if (isKept || !value) this.#spare.delete(full);
    else this.#spare.set(full, value);
  }
}

/**
 * What `use` makes of a storage; null where the browser has blocked or filled it.
 *
 * @template T
 * @param {"localStorage" | "sessionStorage"} kind
 * @param {(storage: Storage) => T} use
 */
function attempt(kind, use) {
  try {
    return use(window[kind]);
  } catch {
    return null;
  }
}

/** @param {string} text @returns {Pending | null} */
function parsed(text) {
  try {
    const { key, text: words, at } = JSON.parse(text);
    const isWhole = typeof key === "string" && typeof words === "string" && typeof at === "number";
    return isWhole ? { key, text: words, at } : null;
  } catch {
    return null;
  }
}
