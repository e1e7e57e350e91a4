/** Who is there and who writes, as told a moment ago; nothing depends on it. */

/** @import {Live} from "./types.js" */

const TYPING_LASTS = 6_000;

export class Presence {
  /** @type {Map<string, {name: string, until: number}>} */
  #typing = new Map();
  /** Conversations whose customer is in the chat (true) or has left it (false). @type {Map<string, boolean>} */
  #present = new Map();

  /** @param {() => void} tell what to do when it is another */
  constructor(tell) {
    this.tell = tell;
  }

  /** @param {Live} live */
  adopt({ kind, conversation, is_customer, name }) {
    if (kind === "typing") {
      this.#typing.set(key(conversation, is_customer), { name, until: Date.now() + TYPING_LASTS });
      setTimeout(this.tell, TYPING_LASTS + 50);
    } else if (is_customer) this.#present.set(conversation, kind === "present");
    this.tell();
  }

  /**
   * Whether the customer is in the chat; undefined where nobody said.
   *
   * @param {string} id
   */
  isHere(id) {
    return this.#present.get(id);
  }

  /**
   * Whether the customer of that conversation writes just now.
   *
   * @param {string} id
   */
  isCustomerTyping(id) {
    return this.#now(key(id, true)) !== undefined;
  }

  /**
   * Which colleague writes in that conversation just now.
   *
   * @param {string} id
   */
  colleagueTyping(id) {
    return this.#now(key(id, false))?.name;
  }

  /**
   * The customer's message is there: they no longer write it.
   *
   * @param {string} id
   */
  stopTyping(id) {
    this.#typing.delete(key(id, true));
  }

  clear() {
    this.#typing.clear();
    this.#present.clear();
  }

  /** @param {string} who */
  #now(who) {
    const typing = this.#typing.get(who);
    return typing && typing.until > Date.now() ? typing : undefined;
  }
}

/**
 * @param {string} conversation
 * @param {boolean} isCustomer
 */
function key(conversation, isCustomer) {
  return `${isCustomer ? "customer" : "team"} ${conversation}`;
}
