/** The second column: a team's queue over all channels. The top is what to do next. */

/** @import {Conversation} from "./types.js" */
/** @import {Line} from "./queue-row.js" */
import { el, keyed, set, write } from "./dom.js";
import { isOwed, nameOf } from "./order.js";
import { conversationRow, headingRow } from "./queue-row.js";
import { CALLS, address, go, route } from "./route.js";
import { store } from "./store.js";
import { count, say, t } from "./strings.js";
import { when } from "./time.js";

/** While the pointer moves over the list, the list keeps still: this long after its last move. */
const STILL_FOR = 10_000;

/** Where a conversation stands in the list. @typedef {{id: string, isOwed: boolean}} Place */

export function queuePane() {
  const title = el("h2");
  const filter = el("input", {
    type: "search",
    placeholder: t.queue.filter,
    "aria-label": t.queue.filter,
    "aria-keyshortcuts": "/",
  });
  const fresh = el("button", { class: "fresh", hidden: true, onclick: settle });
  const list = el("ul", { class: "rows" });
  const empty = el("div", { class: "empty", hidden: true });
  const skeleton = el("div", { class: "skeleton", role: "img", "aria-label": t.loading, hidden: true });
  const scroller = el("div", { class: "scroller" }, skeleton, list, empty);
  const lost = el("p", { class: "lost", role: "status", hidden: true });
  const node = el(
    "section",
    { class: "pane queue", id: "queue", tabindex: -1 },
    el("header", {}, title, filter),
    fresh,
    scroller,
    lost,
    el("footer", { class: "foot" }, el("a", { class: "back", href: address() }, t.conversation.backToTeams)),
  );

  let team = "";
  /** What stands in the list now, in order. @type {Place[]} */
  let shown = [];
  /** The open conversation and where it stood; `gap` once it has left that place. */
  let open = { id: "", isOwed: false, place: -1, gap: -1 };
  let movedAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waking;

  list.addEventListener("pointermove", () => (movedAt = performance.now()));
  list.addEventListener("pointerleave", settle);
  filter.addEventListener("input", settle);
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && filter.value) {
      filter.value = "";
      settle();
    } else if (event.key === "Escape") filter.blur();
    else if (event.key === "Enter") move(0);
  });

  /** Nobody looks for a place in the list now: let it be as it should. */
  function settle() {
    movedAt = -Infinity;
    update();
  }

  function update() {
    const here = route();
    node.hidden = here.team === CALLS;
    if (node.hidden) return;
    if (here.team !== team) reset(here.team);
    const wanted = store.queue(team).filter(matches).map(placeOf);
    const isHeld = shown.length > 0 && performance.now() - movedAt < STILL_FOR;
    clearTimeout(waking);
    if (isHeld) waking = setTimeout(update, STILL_FOR);
    else shown = wanted;
    follow(here.conversation);
    keyed(list, withHeadings(shown), keyOf, (line) => ("heading" in line ? headingRow() : conversationRow()));
    dress(wanted, isHeld);
  }

  /** @param {string} next */
  function reset(next) {
    team = next;
    shown = [];
    movedAt = -Infinity;
    filter.value = "";
    scroller.scrollTop = 0;
  }

  /**
   * Keeps in mind where the open conversation stood once it is dealt with, so that the next one is the next one.
   *
   * @param {string} id
   */
  function follow(id) {
    const place = shown.findIndex((one) => one.id === id);
    const isOwed = shown[place]?.isOwed ?? false;
    if (id !== open.id) open = { id, isOwed, place, gap: -1 };
    else if (place < 0 || (open.isOwed && !isOwed))
      open = { id, isOwed, place, gap: open.gap < 0 ? open.place : open.gap };
    else open = { id, isOwed, place, gap: isOwed ? -1 : open.gap };
  }

  /**
   * @param {Place[]} wanted
   * @param {boolean} isHeld
   */
  function dress(wanted, isHeld) {
    const name = store.teamName(team);
    const changes = isHeld ? differences(wanted, shown) : 0;
    write(title, name);
    set(node, "aria-label", say(t.queue.of, { team: name }));
    write(fresh, count(t.queue.fresh, changes));
    fresh.hidden = changes === 0;
    skeleton.hidden = store.loaded.has(team) || shown.length > 0;
    empty.hidden = shown.length > 0 || !store.loaded.has(team);
    if (!empty.hidden) dressEmpty();
    lost.hidden = store.connection !== "lost";
    write(lost, say(t.connection.lost, { hour: when(store.heardAt) }));
  }

  function dressEmpty() {
    const words = filter.value.trim();
    const clear = () => ((filter.value = ""), settle(), filter.focus());
    if (words) {
      empty.replaceChildren(
        el("p", {}, say(t.queue.noMatch, { words })),
        el("button", { class: "plain", onclick: clear }, t.queue.clear),
      );
    } else empty.replaceChildren(el("p", {}, t.queue.empty), el("p", { class: "hint" }, t.queue.emptyHint));
  }

  /** @param {Conversation} conversation */
  function matches(conversation) {
    const words = plain(filter.value).split(/\s+/);
    const { subject, preview, tags, assignee, channel } = conversation;
    const text = plain([nameOf(conversation), subject, preview, assignee?.name, channel, ...tags].join(" "));
    return words.every((word) => text.includes(word));
  }

  /**
   * Opens the conversation `steps` further down: after one that has left, what now stands in its place.
   *
   * @param {number} steps
   */
  function move(steps) {
    const from = open.gap < 0 ? open.place : open.gap - (steps > 0 ? 1 : 0);
    const next = Math.min(Math.max(from + steps, 0), shown.length - 1);
    const id = shown[next]?.id;
    if (!id) return;
    go(address(team, id), { replace: route().conversation !== "" });
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

  return { node, update, move, focus, search: () => (filter.focus(), filter.select()) };
}

/**
 * @param {Conversation} conversation
 * @returns {Place}
 */
function placeOf(conversation) {
  return { id: conversation.id, isOwed: isOwed(conversation) };
}

/**
 * How many conversations have come, left, or changed parts; 1 if there is merely another order.
 *
 * @param {Place[]} wanted
 * @param {Place[]} shown
 */
function differences(wanted, shown) {
  const before = new Map(shown.map(({ id, isOwed }) => [id, isOwed]));
  const moved = wanted.filter(({ id, isOwed }) => before.get(id) !== isOwed).length;
  const left = shown.filter(({ id }) => !wanted.some((place) => place.id === id)).length;
  const isSameOrder = wanted.every(({ id }, place) => shown[place]?.id === id);
  return moved + left || (isSameOrder ? 0 : 1);
}

/**
 * Two parts: what we owe, and what waits for something else.
 *
 * @param {Place[]} places
 * @returns {Line[]}
 */
function withHeadings(places) {
  const parts = [
    { heading: t.queue.owed, part: places.filter((place) => place.isOwed) },
    { heading: t.queue.later, part: places.filter((place) => !place.isOwed) },
  ];
  return parts.flatMap(({ heading, part }) => {
    const lines = part.flatMap(({ id }) => store.conversation(id) ?? []).map((conversation) => ({ conversation }));
    return lines.length ? [{ heading }, ...lines] : [];
  });
}

/** @param {Line} line */
function keyOf(line) {
  return "heading" in line ? `heading ${line.heading}` : line.conversation.id;
}

/**
 * Case and accents do not matter.
 *
 * @param {string} text
 */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
