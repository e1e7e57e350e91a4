/** One line of the queue. */

/** @import {Conversation} from "./types.js" */
/** @import {Row} from "./dom.js" */
import { el, fill, set, write } from "./dom.js";
import { hasDraft } from "./drafts.js";
import { channelMark, drawChannel } from "./marks.js";
import { isOwed, isQueued, nameOf, nearestDeadline } from "./order.js";
import { address, route } from "./route.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { isLate, left, now, relative, show, span, when } from "./time.js";

/** A heading or a conversation. @typedef {{heading: string} | {conversation: Conversation}} Line */

/** What depends on the time alone is written anew this often. */
const TICK = 10_000;
const RAISED = new Set(["urgent", "high"]);

/**
 * The name of a part of the queue.
 *
 * @returns {Row<Line>}
 */
export function headingRow() {
  const name = el("h3");
  return {
    node: el("li", { class: "heading" }, name),
    update: (line) => "heading" in line && write(name, line.heading),
  };
}

/**
 * Who, how long they wait, what they said; and what is out of the ordinary.
 *
 * @returns {Row<Line>}
 */
export function conversationRow() {
  const mark = channelMark(null);
  const who = el("b", { class: "who", dir: "auto" });
  const wait = el("time", { class: "wait" });
  const line = el("span", { class: "line", dir: "auto" });
  const meta = el("span", { class: "meta" });
  const link = el("a", {}, mark, who, wait, line, meta);
  /** @type {unknown[]} */
  let shown = [];
  return {
    node: el("li", {}, link),
    update(item) {
      if (!("conversation" in item)) return;
      const { conversation } = item;
      const { id, team, subject, preview } = conversation;
      // Most rows of a long queue are as they were.
      const print = [conversation, route().conversation === id, Math.floor(now() / TICK), hasDraft(id)];
      if (print.every((part, place) => part === shown[place])) return;
      shown = print;
      set(link, "href", address(team.id, id));
      set(link, "data-id", id);
      set(link, "aria-current", route().conversation === id && "true");
      set(link, "class", isQueued(conversation) ? (isOwed(conversation) ? "owed" : "later") : "left");
      drawChannel(mark, conversation.channel);
      write(who, nameOf(conversation) || t.someone);
      write(line, preview || subject);
      writeMeta(meta, conversation);
      showWait(wait, conversation);
    },
  };
}

/**
 * @param {HTMLTimeElement} node
 * @param {Conversation} conversation
 */
function showWait(node, conversation) {
  const { state, waiting_since, updated_at, snoozed_until } = conversation;
  const next = isQueued(conversation) ? nearestDeadline(conversation) : undefined;
  const isShown = next && (state !== "snoozed" || isLate(next.due_at));
  set(node, "class", isShown && isLate(next.due_at) ? "wait late" : "wait");
  if (isShown) show(node, next.due_at, left(next.due_at), t.deadlines[next.kind]);
  else if (state === "snoozed" && snoozed_until) {
    show(node, snoozed_until, say(t.queue.snoozed, { when: when(snoozed_until) }));
  } else if (waiting_since && (state === "new" || state === "open")) {
    show(node, waiting_since, say(t.queue.waits, { span: span(now() - Date.parse(waiting_since)) }));
  } else show(node, updated_at, relative(updated_at));
}

/** The word for what was put before the supervisors; to one of them it stands out. */
export function escalated() {
  return el("span", { class: store.agent.role === "supervisor" && "for-me" }, t.queue.escalated);
}

/**
 * @param {HTMLElement} node
 * @param {Conversation} conversation
 */
function writeMeta(node, { id, priority, assignee, state, is_escalated }) {
  const owner = assignee && (assignee.id === store.agent.id ? t.queue.you : assignee.name);
  const raised = RAISED.has(priority) && say(t.entry.priority, { priority: t.priorities[priority] });
  const rest = [raised, state === "resolved" && t.states.resolved, owner, hasDraft(id) && t.composer.draft];
  const words = rest.filter(Boolean).join(" · ");
  fill(node, is_escalated && escalated(), is_escalated && words && " · ", words);
  set(node, "class", raised || is_escalated ? "meta raised" : "meta");
}
