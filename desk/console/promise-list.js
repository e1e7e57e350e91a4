/** What was promised to the customer, on their card: the open ones first, each with what can be said of it. */

/** @import {Conversation, Promised, PromiseState} from "./types.js" */
/** @import {Row} from "./dom.js" */
import { el, fill, keyed, set, write } from "./dom.js";
import { settlePromise } from "./promise-acts.js";
import { askPromise } from "./promise-form.js";
import { promisedList, stillPromised } from "./promised.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { isLate, left, now, show, timeElement, when } from "./time.js";
import { sureButton } from "./sure.js";
import { windowThere } from "./zone.js";

const TICK = 10_000;

export function promiseCard() {
  let id = "";
  const rows = el("ul", { class: "known-facts promises" });
  const said = el("div");
  const add = el("button", { class: "plain fact-add", onclick: () => askPromise(id), "aria-keyshortcuts": "p" }, t.promises.add);
  const node = el("section", { class: "fact", "aria-label": t.promises.list }, el("h3", {}, t.promises.list), rows, said, add);
  let shown = "";
  return {
    node,
    /** @param {Conversation} conversation */
    update(conversation) {
      id = conversation.id;
      const { promises = [] } = conversation;
      const others = stillPromised(conversation);
      const mayAct = store.isOurs(conversation) && conversation.state !== "closed";
      node.hidden = !promises.length && !others.length && !mayAct;
      keyed(rows, promises, (one) => `${id} ${one.id || one.made_at}`, () => promiseRow(id));
      add.hidden = !mayAct;
      const print = JSON.stringify([id, others, Math.floor(now() / TICK)]);
      if (print === shown) return;
      shown = print;
      fill(said, others.length > 0 && promisedList(others));
    },
  };
}

/**
 * @param {string} id the conversation's
 * @returns {Row<Promised>}
 */
function promiseRow(id) {
  const what = el("span", { class: "promise-what", dir: "auto" });
  const due = timeElement();
  const about = el("div");
  const acts = el("div", { class: "fact-acts" });
  const summary = el("summary", {}, what, due);
  const node = el("li", { class: "known-fact promise" }, el("details", {}, summary, el("div", { class: "fact-more" }, about, acts)));
  let shown = "";
  return {
    node,
    update(promise) {
      const { state, due_at, kind, text, broken_at } = promise;
      write(what, text || t.promises.kinds[kind]);
      show(due, due_at, state === "open" ? left(due_at) : t.promises.states[state], when(due_at));
      set(due, "class", state === "broken" || (state === "open" && (broken_at || isLate(due_at))) ? "late" : null);
      set(node, "class", `known-fact promise ${state}`);
      const print = JSON.stringify(promise);
      if (print === shown) return;
      shown = print;
      const isFocused = acts.contains(document.activeElement);
      fill(about, ...aboutLines(promise).map((line) => el("p", {}, line)));
      fill(acts, ...actsOf(id, promise));
      if (isFocused) summary.focus();
    },
  };
}

/** @param {Promised} promise */
function aboutLines({ kind, by, made_at, due_at, from_at, state, chased, broken_at, settled_at, vague }) {
  const { chasedBy, lines } = t.promises;
  return [
    say(lines.made, { kind: t.promises.kinds[kind], actor: by?.name ?? t.link.anAgent, when: when(made_at) }),
    from_at ? windowThere(from_at, due_at, null) : say(lines.due, { when: when(due_at) }),
    vague && lines.vague,
    broken_at && say(lines.broken, { when: when(broken_at) }),
    state === "open" && chased !== "nobody" && chasedBy[chased],
    state !== "open" && settled_at && `${t.promises.states[state]}, ${when(settled_at)}`,
  ].filter((line) => line);
}

/**
 * @param {string} id
 * @param {Promised} promise
 */
function actsOf(id, promise) {
  const conversation = store.conversation(id);
  if (promise.state !== "open" || !promise.id || !conversation || !store.isOurs(conversation)) return [];
  const settle = (/** @type {Exclude<PromiseState, "open">} */ state) => () => void settlePromise(id, promise.id, state);
  const { due_at, from_at, kind, text } = promise;
  return [
    el("button", { type: "button", onclick: settle("kept") }, t.promises.acts.kept),
    el("button", { type: "button", onclick: () => askPromise(id, { due_at, from_at, kind, text }, promise) }, t.promises.acts.move),
    el("button", { type: "button", onclick: settle("broken") }, t.promises.acts.broken),
    sureButton(t.promises.acts.dropped, t.link.sureDrop, settle("dropped")),
  ];
}
