/** The board of calls, in the place of a queue: what is late, what can be made now, what is to come. */

/** @import {Conversation} from "./types.js" */
/** @import {Group} from "./call-order.js" */
/** @import {Line} from "./board-row.js" */
import { takeNext } from "./call-acts.js";
import { callRow, groupRow } from "./board-row.js";
import { GROUPS, board, isFree, nextCall } from "./call-order.js";
import { el, keyed, set, write } from "./dom.js";
import { canCall, phoneSwitch } from "./phone-switch.js";
import { CALLS, address, go, route } from "./route.js";
import { store } from "./store.js";
import { count, say, t } from "./strings.js";
import { now, when } from "./time.js";

/** While the pointer moves over the list, the list keeps still: this long after its last move. */
const STILL_FOR = 10_000;

/** @typedef {{id: string, group: Group}} Place */

export function boardPane() {
  const phone = phoneSwitch();
  const next = el("button", { class: "main", onclick: takeNext, "aria-keyshortcuts": "l", title: `${t.calls.next} (l)` }, t.calls.next);
  const fresh = el("button", { class: "fresh", hidden: true, onclick: settle });
  const list = el("ul", { class: "rows calls" });
  const empty = el("div", { class: "empty" }, el("p", {}, t.calls.empty), el("p", { class: "hint" }, t.calls.emptyHint));
  const skeleton = el("div", { class: "skeleton", role: "img", "aria-label": t.loading });
  const lost = el("p", { class: "lost", role: "status", hidden: true });
  const node = el(
    "section",
    { class: "pane queue board", tabindex: -1, "aria-label": t.calls.title, hidden: true },
    el("header", {}, el("div", { class: "board-head" }, el("h2", {}, t.calls.title), next), phone.node),
    fresh,
    el("div", { class: "scroller" }, skeleton, list, empty),
    lost,
    el("footer", { class: "foot" }, el("a", { class: "back", href: address() }, t.conversation.backToTeams)),
  );
  /** @type {Place[]} */
  let shown = [];
  let movedAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waking;

  list.addEventListener("pointermove", () => (movedAt = performance.now()));
  list.addEventListener("pointerleave", settle);

  /** Nobody looks for a place in the list now: let it be as it should. */
  function settle() {
    movedAt = -Infinity;
    update();
  }

  function update() {
    node.hidden = route().team !== CALLS;
    if (node.hidden) return;
    const calls = store.calls();
    const wanted = board(calls, store.agent.id, now()).map(({ conversation: { id }, group }) => ({ id, group }));
    const isHeld = shown.length > 0 && performance.now() - movedAt < STILL_FOR;
    clearTimeout(waking);
    if (isHeld) waking = setTimeout(update, STILL_FOR);
    else shown = wanted;
    keyed(list, linesOf(shown), keyOf, (line) => ("heading" in line ? groupRow() : callRow()));
    dress(isHeld ? differences(wanted, shown) : 0, calls);
  }

  /**
   * @param {number} changes
   * @param {Conversation[]} calls
   */
  function dress(changes, calls) {
    const isLoaded = store.loaded.has(CALLS);
    phone.update();
    next.disabled = !canCall() || !nextCall(calls, store.agent.id, now());
    // Where the open one can be called, that is what comes first.
    const open = store.conversation(route().conversation);
    set(next, "class", open && isFree(open, store.agent.id, now()) ? null : "main");
    write(fresh, count(t.queue.fresh, changes));
    fresh.hidden = changes === 0;
    skeleton.hidden = isLoaded || shown.length > 0;
    empty.hidden = !isLoaded || shown.length > 0;
    lost.hidden = store.connection !== "lost";
    write(lost, say(t.connection.lost, { hour: when(store.heardAt) }));
  }

  /** @param {number} steps */
  function move(steps) {
    const from = shown.findIndex(({ id }) => id === route().conversation);
    const place = Math.min(Math.max(from < 0 ? 0 : from + steps, 0), shown.length - 1);
    const id = shown[place]?.id;
    if (!id) return;
    go(address(CALLS, id), { replace: route().conversation !== "" });
    focus(id);
  }

  /** @param {string} [id] */
  function focus(id = route().conversation || shown[0]?.id) {
    const link = id && list.querySelector(`a[data-id="${CSS.escape(id)}"]`);
    if (link instanceof HTMLElement) {
      link.focus({ preventScroll: true });
      link.scrollIntoView({ block: "nearest" });
    } else node.focus();
  }

  return { node, update, move, focus, search: () => focus() };
}

/**
 * Part by part; what has left meanwhile has left.
 *
 * @param {Place[]} places
 * @returns {Line[]}
 */
function linesOf(places) {
  return GROUPS.flatMap((group) => {
    const part = places.filter((place) => place.group === group);
    const lines = part.flatMap(({ id }) => store.conversation(id) ?? []).map((conversation) => ({ conversation, group }));
    return lines.length ? [{ heading: group }, ...lines] : [];
  });
}

/** @param {Line} line */
function keyOf(line) {
  return "heading" in line ? `heading ${line.heading}` : line.conversation.id;
}

/**
 * How many have come, left, or changed parts; 1 where it is merely another order.
 *
 * @param {Place[]} wanted
 * @param {Place[]} shown
 */
function differences(wanted, shown) {
  const before = new Map(shown.map(({ id, group }) => [id, group]));
  const moved = wanted.filter(({ id, group }) => before.get(id) !== group).length;
  const left = shown.filter(({ id }) => !wanted.some((place) => place.id === id)).length;
  const isSameOrder = wanted.every(({ id }, place) => shown[place]?.id === id);
  return moved + left || (isSameOrder ? 0 : 1);
}
