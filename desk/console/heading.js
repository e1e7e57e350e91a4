/** The head of a conversation: whose it is, how it stands, how long they wait, and what can be done. */

/** @import {Conversation} from "./types.js" */
import { hasCall } from "./call-order.js";
import { el, fill, set, write } from "./dom.js";
import { phoneMark } from "./marks.js";
import { isOwed, isQueued, nameOf, nearestDeadline } from "./order.js";
import { promisedWords, stillPromised } from "./promised.js";
import { escalated } from "./queue-row.js";
import { route } from "./route.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { isLate, left, now, show, span, timeElement, when } from "./time.js";

/** @typedef {"claim" | "release" | "transfer" | "snooze" | "resolve" | "reopen" | "callback" | "promise"} Act */

/**
 * @param {(act: Act) => void} act
 * @param {() => void} onLost where focus goes when there is nothing left to press
 */
export function heading(act, onLost) {
  const name = el("h2", { dir: "auto" });
  const state = el("span");
  const team = el("span");
  const owner = el("span");
  const raised = el("span");
  const waits = timeElement();
  const due = timeElement();
  const promised = timeElement();
  const acts = el("div", { class: "acts" });
  let shown = "";

  /** @param {Conversation} conversation */
  function dressActs(conversation) {
    const isOurs = store.isOurs(conversation);
    const print = JSON.stringify([conversation.id, conversation.state, conversation.assignee, isOurs, mayCall(), hasCall(conversation)]);
    if (print === shown) return;
    shown = print;
    const isFocused = acts.contains(document.activeElement);
    fill(acts, ...(isOurs ? buttons(conversation, act) : []));
    // The button that was pressed is gone, and focus must not fall to the top of the page.
    const first = acts.querySelector("button");
    if (isFocused && first) first.focus();
    else if (isFocused) onLost();
  }

  return {
    node: el("header", {}, el("div", { class: "title" }, name, el("p", {}, raised, state, team, owner, due, promised, waits)), acts),
    /** @param {Conversation} conversation */
    update(conversation) {
      write(name, nameOf(conversation) || t.someone);
      write(state, stateWords(conversation));
      write(team, conversation.team.id === route().team ? "" : conversation.team.name);
      write(owner, ownerWords(conversation));
      if (conversation.is_escalated !== raised.hasChildNodes()) fill(raised, conversation.is_escalated && escalated());
      if (conversation.waiting_since) {
        const waited = span(now() - Date.parse(conversation.waiting_since));
        show(waits, conversation.waiting_since, say(t.queue.waits, { span: waited }));
      }
      showDue(due, conversation);
      showPromised(promised, conversation);
      // How long is left says more than how long it has been.
      waits.hidden = !conversation.waiting_since || !isOwed(conversation) || !due.hidden;
      dressActs(conversation);
    },
  };
}

/**
 * @param {Conversation} conversation
 * @param {(act: Act) => void} act
 */
function buttons(conversation, act) {
  const { state, assignee } = conversation;
  const { claim, takeOver, release, transfer, snooze, resolve, reopen } = t.conversation;
  if (state === "closed") return [];
  if (state === "resolved") return [button(reopen, "Shift+E", () => act("reopen"), "main")];
  const isMine = assignee?.id === store.agent.id;
  const take = button(assignee ? takeOver : claim, "c", () => act("claim"), assignee || hasCall(conversation) ? "" : "main");
  return [
    isMine ? button(release, "Shift+C", () => act("release")) : take,
    button(transfer, "t", () => act("transfer")),
    mayCall() && !hasCall(conversation) && callButton(() => act("callback")),
    button(snooze, "s", () => act("snooze")),
    button(resolve, "e", () => act("resolve")),
  ];
}

/**
 * @param {string} label
 * @param {string} key
 * @param {() => void} run
 * @param {string} [kind]
 */
function button(label, key, run, kind) {
  const title = `${label} (${key.replace("Shift+", "⇧")})`;
  return el("button", { class: kind, onclick: run, title, "aria-keyshortcuts": key }, label);
}

/**
 * What is due first, and how soon: "first reply in 4 min".
 *
 * @param {HTMLTimeElement} node
 * @param {Conversation} conversation
 */
function showDue(node, conversation) {
  const next = isQueued(conversation) ? nearestDeadline(conversation) : undefined;
  node.hidden = !next;
  if (!next) return;
  show(node, next.due_at, `${t.deadlines[next.kind]} ${left(next.due_at)}`);
  set(node, "class", isLate(next.due_at) && "late");
}

/**
 * What is promised next, where it is not what is due already.
 *
 * @param {HTMLTimeElement} node
 * @param {Conversation} conversation
 */
function showPromised(node, conversation) {
  const noted = (conversation.promises ?? []).filter(({ state }) => state === "open").map(({ due_at }) => due_at);
  const [next] = [...noted, ...stillPromised(conversation)].sort((one, other) => Date.parse(one) - Date.parse(other));
  const isDue = isQueued(conversation) && nearestDeadline(conversation)?.kind === "update";
  node.hidden = !next || isDue;
  if (!next || isDue) return;
  show(node, next, promisedWords(next));
  set(node, "class", isLate(next) && "late");
}

/** @param {() => void} run */
function callButton(run) {
  const title = `${t.callback.open} (b)`;
  return el("button", { class: "to-call", onclick: run, title, "aria-keyshortcuts": "b" }, phoneMark(), el("span", {}, t.callback.open));
}

/** Whether anybody can be called from here. */
function mayCall() {
  return Boolean(store.phone?.provider);
}

/** Resolved is what the customer confirms. @param {Conversation} conversation */
function stateWords({ state, snoozed_until, follow_up }) {
  if (state === "resolved" && follow_up) {
    const { works, score } = follow_up;
    if (!works) return t.followUp.unconfirmed;
    return score ? say(t.followUp.score, { score }) : t.followUp.confirmed;
  }
  return say(t.states[state], { when: snoozed_until ? when(snoozed_until) : "" });
}

/** @param {Conversation} conversation */
function ownerWords({ assignee, state }) {
  if (state === "closed") return "";
  if (!assignee) return state === "resolved" ? "" : t.conversation.nobody;
  return assignee.id === store.agent.id ? t.conversation.mine : say(t.conversation.has, { name: assignee.name });
}
