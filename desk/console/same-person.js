/** Who may be the same person: on top of the card, with what an agent can say of it; above the conversation in a line. */

/** @import {Code, Conversation, Suggestion} from "./types.js" */
/** @import {Row} from "./dom.js" */
import { el, fill, keyed, set, write } from "./dom.js";
import { isUnderWay, maySendCode, notTheSame, samePerson, sendCode } from "./link-acts.js";
import { hidden } from "./link-words.js";
import { nameOf } from "./order.js";
import { ANY_TEAM, address, route } from "./route.js";
import { readable } from "./story.js";
import { store } from "./store.js";
import { count, say, t } from "./strings.js";
import { sureButton } from "./sure.js";
import { instant, isLate, now, span } from "./time.js";

/** @param {() => void} onLost where focus goes when what it stood on is decided */
export function samePersonCard(onLost) {
  const rows = el("ul");
  const node = el("section", { class: "same-person", "aria-label": t.link.title, hidden: true }, el("h3", {}, t.link.title), rows);
  return {
    node,
    /** @param {Conversation} conversation */
    update(conversation) {
      const isFocused = node.contains(document.activeElement);
      const open = suggestionsOf(conversation);
      keyed(rows, open, (one) => `${conversation.id} ${one.handle} ${one.conversation}`, () => suggestionRow(conversation.id));
      node.hidden = open.length === 0;
      if (!isFocused || (node.contains(document.activeElement) && !node.hidden)) return;
      const next = node.querySelector("button");
      if (next && !node.hidden) next.focus();
      else onLost();
    },
  };
}

/** Where the card is not beside the conversation: a line that leads to it. */
export function samePersonLine() {
  const words = el("span");
  const node = el("a", { class: "same-person-line", hidden: true }, words);
  return {
    node,
    /** @param {Conversation} conversation */
    update(conversation) {
      const [first] = suggestionsOf(conversation);
      node.hidden = !first;
      if (!first) return;
      const { team, conversation: id } = route();
      set(node, "href", address(team, id, "customer"));
      write(words, `${t.link.title} ${first.handle ? readable(first.handle) : ""}`);
    },
  };
}

/**
 * What is suggested and for the reader to say.
 *
 * @param {Conversation} conversation
 */
function suggestionsOf(conversation) {
  const mayAct = store.isOurs(conversation) && conversation.state !== "closed";
  return mayAct ? conversation.suggestions : [];
}

/**
 * @param {string} id the conversation's
 * @returns {Row<Suggestion>}
 */
function suggestionRow(id) {
  const words = el("p", { dir: "auto" });
  const doubt = el("p", { class: "care" });
  const code = el("p", { class: "hint", "aria-live": "polite" });
  const acts = el("div", { class: "fact-acts" });
  const node = el("li", {}, words, doubt, code, acts);
  let shown = "";
  let shownCode = "";
  return {
    node,
    update(suggestion) {
      const conversation = store.conversation(id);
      if (!conversation) return;
      const known = conversation.code?.handle === suggestion.handle ? conversation.code : null;
      const isWaiting = known !== null && known.state === "waiting" && !isLate(known.expires_at);
      const told = known ? codeWords(conversation, known) : "";
      if (told !== shownCode) write(code, (shownCode = told));
      code.hidden = !told;
      set(code, "title", known && instant(known.expires_at));
      const print = JSON.stringify([suggestion, nameOf(conversation), isWaiting, known !== null, isUnderWay(id, suggestion), conversation.replies_to]);
      if (print === shown) return;
      shown = print;
      fill(words, ...sentence(conversation, suggestion));
      write(doubt, doubtWords(suggestion));
      doubt.hidden = !doubt.textContent;
      fill(acts, ...ways(conversation, suggestion, isWaiting, known !== null));
    },
  };
}

/**
 * @param {Conversation} conversation
 * @param {Suggestion} suggestion
 */
function sentence(conversation, { handle, conversation: other, team }) {
  const { gave, gaveAlone, is, isAlone } = t.link;
  const name = nameOf(conversation) || t.link.whoWrites;
  const isTyped = handle !== null && (handle === conversation.address || factHandles(conversation).includes(handle));
  const template = isTyped ? (other ? gave : gaveAlone) : other ? is : isAlone;
  const told = { name, handle: handle ? readable(handle) : "", team: team?.name ?? "" };
  const mayLook = other && (!team || store.teams.some(({ id }) => id === team.id));
  const look = mayLook && el("a", { href: address(ANY_TEAM, other) }, t.entry.suggestionHint);
  return [say(handle ? template : t.entry.suggestion, told), look && " ", look];
}

/** @param {Conversation} conversation */
function factHandles({ customer, known }) {
  return [...(customer.facts ?? []), ...(known ?? [])].map(({ kind, value }) => `${kind}:${value}`);
}

/** @param {Suggestion} suggestion */
function doubtWords({ doubt }) {
  const { other_identity, supervisor, yours } = t.link.doubts;
  if (doubt === "supervisor") return isSupervisor() ? yours : supervisor;
  return doubt === "other_identity" ? other_identity : "";
}

function isSupervisor() {
  return store.agent.role === "supervisor";
}

/**
 * @param {Conversation} conversation
 * @param {Suggestion} suggestion
 * @param {boolean} isWaiting whether a code is on its way there
 * @param {boolean} isAgain whether one was
 */
function ways({ id, replies_to, ...conversation }, suggestion, isWaiting, isAgain) {
  const { handle, doubt } = suggestion;
  if (isUnderWay(id, suggestion)) return [el("p", { class: "hint" }, t.link.joining)];
  const same = () => (void samePerson(id, suggestion), store.tell());
  const maySay = doubt !== "supervisor" || isSupervisor();
  const mayCode = handle && !isWaiting && maySendCode({ ...conversation, id, replies_to }, handle);
  const button = (/** @type {string} */ label, /** @type {() => void} */ run, /** @type {string} */ kind, title = "") =>
    el("button", { type: "button", class: kind, onclick: run, title: title || null }, label);
  return [
    maySay && (doubt === "other_identity" ? sureButton(t.link.same, t.link.sureSame, same) : button(t.link.same, same, "main", t.link.sameHint)),
    mayCode && button(isAgain ? t.link.codeAgain : t.link.code, () => void sendCode(id, handle), "plain", t.link.codeHint),
    button(t.link.notSame, () => void notTheSame(id, suggestion), "plain"),
  ];
}

/**
 * What became of the code, until it was written.
 *
 * @param {Conversation} conversation
 * @param {Code} code
 */
export function codeWords({ id }, { handle, state, expires_at, wrong }) {
  if (state === "failed") return t.link.codeFailed;
  const sent = store.timeline(id)?.entries.findLast(({ kind, detail }) => kind === "code" && detail.handle === handle && detail.state === "sent");
  const undelivered = sent && store.timeline(id)?.entries.find(({ kind, message, detail }) => kind === "delivery" && message === sent.message && detail.state === "failed");
  if (undelivered) return t.link.codeUndelivered;
  if (isLate(expires_at)) return t.link.codeLate;
  if (state === "used") return "";
  const left = span(Date.parse(expires_at) - now());
  const waits = say(t.link.codeWaits, { address: hidden(handle), left });
  return wrong ? `${waits} · ${count(t.link.codeWrong, wrong)}` : waits;
}
