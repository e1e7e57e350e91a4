/** Another address: the reply is written there by mail, and what comes back belongs to the same conversation. */

/** @import {Conversation, Handle} from "./types.js" */
/** @import {Place} from "./destination.js" */
import { el, fill, set, write } from "./dom.js";
import { knownSentence, knownWords } from "./link-words.js";
import { nameOf } from "./order.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";

const ADDRESS = /^[^@\s<>,;:"]{1,64}@[0-9A-Za-z]([0-9A-Za-z.-]{0,250}[0-9A-Za-z])?$/;
const MAIL = "email:";

/** @typedef {{to?: string, subject?: string}} Hop where a mail goes, and what it is about; without `to` there is none */

/** @param {{onChange: () => void, onSend: () => void, onBack: () => void}} listener */
export function hop({ onChange, onSend, onBack }) {
  const address = field(t.hop.to, "to", { inputmode: "email", spellcheck: "false", "aria-describedby": "hop-trouble" });
  const subject = field(t.hop.subject, "subject", {});
  const known = el("div", { class: "known-addresses", role: "group", "aria-label": t.hop.known });
  const trouble = el("p", { class: "care", role: "alert", id: "hop-trouble", hidden: true });
  const node = el("div", { class: "copies hop", id: "hop", hidden: true }, address.node, known, subject.node, trouble);
  const button = el(
    "button",
    { class: "extra", type: "button", "aria-expanded": "false", "aria-controls": "hop", onclick: toggle },
    t.hop.open,
  );
  let isOn = false;
  let isPossible = false;

  /**
   * @param {string} label
   * @param {string} name
   * @param {Record<string, string>} more
   */
  function field(label, name, more) {
    const input = el("input", { name, type: "text", autocomplete: "off", maxlength: 900, oninput: typed, onkeydown: keyed, ...more });
    return { input, node: el("label", {}, el("span", {}, label), input) };
  }

  function typed() {
    trouble.hidden = true;
    set(address.input, "aria-invalid", null);
    mark();
    onChange();
  }

  /** @param {KeyboardEvent} event */
  function keyed(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSend();
    else if (event.key === "Enter" || event.key === "Escape") onBack();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function toggle() {
    if (isOn) close();
    else open();
    onChange();
  }

  /** @param {string} [to] */
  function open(to = "") {
    isOn = true;
    address.input.value = to;
    dress();
    (to ? subject.input : address.input).focus();
  }

  function close() {
    isOn = false;
    // What is not seen does not leave.
    address.input.value = subject.input.value = "";
    trouble.hidden = true;
    dress();
  }

  function dress() {
    node.hidden = !isOn;
    button.hidden = !isPossible;
    set(button, "aria-expanded", String(isOn));
    mark();
  }

  function mark() {
    for (const one of known.querySelectorAll("button"))
      set(one, "aria-pressed", String(one.value === address.input.value.trim()));
  }

  /** @param {Handle} one */
  function choice(one) {
    const { address: to, since } = one;
    const words = knownWords(one);
    const hint = since ? knownSentence(one) : t.customer.claimedHint;
    const act = () => ((address.input.value = to), typed(), (subject.input.value ? onBack() : subject.input.focus()));
    return el("button", { type: "button", value: to, title: hint, onclick: act }, to, el("span", { class: "hint" }, words));
  }

  return {
    node,
    button,
    open,
    /** Whether the reply goes to another address. */
    isOn: () => isOn,
    /** @returns {Hop} */
    typed: () => (isOn ? { to: address.input.value.trim(), subject: subject.input.value.trim() } : {}),
    /** @param {Hop} draft */
    show({ to, subject: about = "" }) {
      close();
      if (to === undefined) return;
      isOn = true;
      address.input.value = to;
      subject.input.value = about;
      dress();
    },
    /**
     * @param {Conversation} conversation
     * @param {boolean} isNote
     */
    update(conversation, isNote) {
      isPossible = !isNote && conversation.state !== "closed" && (store.me?.answers_by ?? []).includes("email");
      const all = addressesOf(conversation);
      if (all.map((one) => one.address + knownWords(one)).join() !== known.dataset.told) {
        known.dataset.told = all.map((one) => one.address + knownWords(one)).join();
        fill(known, ...all.map(choice));
      }
      known.hidden = all.length === 0;
      set(address.input, "placeholder", say(t.hop.placeholder, { name: nameOf(conversation) || t.thisPerson }));
      if (isNote && isOn) node.hidden = true;
      else dress();
    },
    /** Whether there is an address to write to; if not, it says so, and leads there. */
    isRight() {
      if (!isOn || ADDRESS.test(address.input.value.trim())) return true;
      const text = address.input.value.trim();
      write(trouble, text ? say(t.composer.noAddress, { text }) : t.hop.empty);
      trouble.hidden = false;
      set(address.input, "aria-invalid", "true");
      address.input.focus();
      return false;
    },
  };
}

/**
 * @param {string} to
 * @returns {Place}
 */
export function mailPlace(to) {
  return { channel: "email", handle: MAIL + to, proof: "none", public: false, key: "email", isOpened: false };
}

/**
 * The mail addresses that are known of the customer, those first of which it is proved that they are theirs.
 *
 * @param {Conversation} conversation
 * @returns {Handle[]}
 */
export function addressesOf({ customer, address, replies_to }) {
  const linked = (customer.handles ?? []).filter(({ kind }) => kind === "email");
  const written = [address ?? "", ...replies_to.map(({ handle }) => handle)].filter((one) => one.startsWith(MAIL));
  /** @type {Handle[]} */
  const all = [
    ...linked.filter(({ link }) => link === "verified"),
    ...linked,
    ...written.map((one) => typedOne(one.slice(MAIL.length))),
  ];
  return all.filter((one, place) => all.findIndex((other) => other.address === one.address) === place);
}

/**
 * An address of which no more is known than that it was written.
 *
 * @param {string} address
 * @returns {Handle}
 */
function typedOne(address) {
  return { kind: "email", address, link: "claimed", evidence: null, by: null, since: "" };
}

/**
 * Enough of an address to know one's own by: `a***@example.org`, as lists show it (router/model/fact.py).
 *
 * @param {string} address
 */
export function masked(address) {
  const [name = "", host = ""] = address.split("@");
  return `${name.length > 1 ? name[0] : ""}***@${host}`;
}
