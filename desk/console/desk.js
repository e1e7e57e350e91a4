/** The desk: four columns on a wide screen, one pane at a time on a narrow one, and the keys that act on them. */

/** @import {Pane} from "./route.js" */
import { Problem } from "./api.js";
import { boardPane } from "./board.js";
import { take, takeNext } from "./call-acts.js";
import { isFree } from "./call-order.js";
import { conversationPane } from "./conversation.js";
import { customerPane } from "./customer.js";
import { askSnooze, askTransfer, showShortcuts } from "./dialogs.js";
import { el, set } from "./dom.js";
import { leadOn } from "./joined.js";
import { letters, listenToKeys } from "./keys.js";
import { notice } from "./notice.js";
import { offerCard } from "./offer-card.js";
import { queuePane } from "./queue.js";
import { ANY_TEAM, CALLS, address, go, route } from "./route.js";
import { rulesBanner } from "./rules-banner.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { loadCalls, loadQueue, loadStory } from "./sync.js";
import { teamsPane } from "./teams.js";
import { now } from "./time.js";

/** How often what depends on the time alone is looked at again. */
const TICK = 10_000;
/** The outcomes of a call, by number. */
const OUTCOMES = ["1", "2", "3", "4", "5", "6"];
/** Letters after `g` that go elsewhere than to a team. */
const PLACES = "qrdl";

/**
 * Builds the desk in `root`; returns how to take it down.
 *
 * @param {Element} root
 * @param {{onLanguage: () => void, onSignOut: () => void}} actions
 */
export function openDesk(root, { onLanguage, onSignOut }) {
  const queue = queuePane();
  const board = boardPane();
  const offer = offerCard();
  /** The list in the second column. */
  const list = () => (route().team === CALLS ? board : queue);
  const conversation = conversationPane({
    onTransfer: askTransfer,
    onSnooze: askSnooze,
    onNext: () => list().move(1),
    onLeave: () => list().focus(),
  });
  const teams = teamsPane({ onLanguage, onSignOut, onShortcuts: () => showShortcuts(shortcuts()) });
  const customer = customerPane({ onSource: toSource });
  const panes = [teams, queue, board, conversation, customer];
  const banner = rulesBanner();
  const skip = el(
    "a",
    { class: "skip", href: "#queue", onclick: (/** @type {Event} */ event) => (event.preventDefault(), list().focus()) },
    t.teams.skip,
  );
  const desk = el("div", { class: "desk" }, skip, ...panes.map(({ node }) => node));
  let opened = "";

  function update() {
    if (leadOn()) return;
    const here = route();
    set(desk, "data-pane", here.pane);
    for (const part of [banner, ...panes, offer]) part.update();
    document.title = titleOf(here.team);
  }

  function arrive() {
    const { team, conversation: id, pane } = route();
    if (!team && isWide()) return leaveForFirstTeam();
    if (team === CALLS && !store.loaded.has(CALLS)) loadCalls().catch(strange);
    else if (team && team !== CALLS && team !== ANY_TEAM) loadQueue(team).catch(strange);
    if (id && id !== opened) void loadStory(id).then(() => team === ANY_TEAM && leaveForItsTeam(id));
    opened = id;
    store.prune(id);
    update();
    if (!isWide()) moveFocus(pane);
  }

  /** To the first team where somebody waits, else the first of all. */
  function leaveForFirstTeam() {
    const first = store.teams.find(({ waiting }) => waiting > 0) ?? store.teams[0];
    if (first && first.id !== route().team) go(address(first.id), { replace: true });
    else update();
  }

  /**
   * What can't be opened is told beside the first team's queue.
   *
   * @param {string} id
   */
  function leaveForItsTeam(id) {
    const team = store.conversation(id)?.team.id || store.teams[0]?.id;
    if (team && route().conversation === id) go(address(team, id), { replace: true });
  }

  /**
   * A team that is not there, or not the reader's.
   *
   * @param {unknown} error
   */
  function strange(error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 403 || error.status === 404) notice(t.teams.notYours);
    leaveForFirstTeam();
  }

  /** @param {Pane} pane */
  function moveFocus(pane) {
    const shown = { teams, queue: list(), conversation, customer }[pane].node;
    set(shown, "tabindex", -1);
    shown.focus({ preventScroll: true });
  }

  /** What is known: the first of it, whichever pane is shown. */
  function toFacts() {
    const { team, conversation: id } = route();
    if (!id) return;
    if (customer.node.offsetParent !== null) return customer.focus();
    go(address(team, id, "customer"));
    requestAnimationFrame(() => customer.focus());
  }

  /**
   * The message that a fact comes from.
   *
   * @param {string} message
   */
  function toSource(message) {
    const { team, conversation: id, pane } = route();
    if (pane === "customer") go(address(team, id));
    requestAnimationFrame(() => requestAnimationFrame(() => conversation.point(message).catch(() => notice(t.conversation.unreadable))));
  }

  function teamKeys() {
    const found = letters(
      store.teams.map(({ name }) => name),
      PLACES,
    );
    return store.teams.map((team, place) => ({ team, letter: found[place] ?? "" }));
  }

  /** The call that is owed here, if it can be made now; the number that is to be dialled; else the next on the board. */
  function callNow() {
    const here = store.conversation(route().conversation);
    if (conversation.dial()) return;
    if (here && isFree(here, store.agent.id, now())) take(here);
    else takeNext();
  }

  function bindings() {
    return {
      j: () => list().move(1),
      k: () => list().move(-1),
      c: () => conversation.act("claim"),
      C: () => conversation.act("release"),
      r: () => conversation.compose("reply"),
      n: () => conversation.compose("note"),
      t: () => conversation.act("transfer"),
      e: () => conversation.act("resolve"),
      E: () => conversation.act("reopen"),
      s: () => conversation.act("snooze"),
      b: () => conversation.act("callback"),
      p: () => conversation.act("promise"),
      y: () => conversation.confirmPromise(),
      l: callNow,
      x: conversation.fell,
      ...(offer.isShown() && { a: offer.accept, d: offer.refuse }),
      ...(conversation.hasChoices() && Object.fromEntries(OUTCOMES.map((place) => [place, () => conversation.choose(Number(place))]))),
      "/": () => list().search(),
      "?": () => showShortcuts(shortcuts()),
      Escape: () => list().focus(),
      "g q": () => list().focus(),
      "g l": () => go(address(CALLS)),
      "g r": () => conversation.focus(),
      "g d": toFacts,
      ...Object.fromEntries(teamKeys().map(({ team, letter }) => [`g ${letter}`, () => go(address(team.id))])),
    };
  }

  function shortcuts() {
    const {
      move,
      claim,
      release,
      reply,
      note,
      transfer,
      resolve,
      reopen,
      snooze,
      search,
      all,
      send,
      escape,
      queue,
      timeline,
      facts,
      next,
      offer: offered,
      callback,
      promise,
      confirm,
      outcome,
      fell,
      calls,
    } = t.shortcuts;
    const going = teamKeys().map(({ team, letter }) => ({
      keys: ["g", letter],
      does: say(t.shortcuts.team, { team: team.name }),
    }));
    return [
      { keys: ["j", "k"], does: move },
      { keys: ["c"], does: claim },
      { keys: ["⇧C"], does: release },
      { keys: ["r"], does: reply },
      { keys: ["n"], does: note },
      { keys: ["t"], does: transfer },
      { keys: ["s"], does: snooze },
      { keys: ["e"], does: resolve },
      { keys: ["⇧E"], does: reopen },
      { keys: ["b"], does: callback },
      { keys: ["l"], does: next },
      { keys: ["a", "d"], does: offered },
      { keys: ["1", "…", "6"], does: outcome },
      { keys: ["x"], does: fell },
      { keys: ["p"], does: promise },
      { keys: ["y"], does: confirm },
      { keys: ["/"], does: search },
      { keys: ["g", "l"], does: calls },
      { keys: ["g", "q"], does: queue },
      { keys: ["g", "r"], does: timeline },
      { keys: ["g", "d"], does: facts },
      ...going,
      { keys: ["Ctrl", "Enter"], does: send },
      { keys: ["Esc"], does: escape },
      { keys: ["?"], does: all },
    ];
  }

  root.replaceChildren(banner.node, desk, offer.node);
  const stops = [
    store.subscribe(update),
    listenToKeys(bindings),
    every(TICK, () => store.tell()),
    on("hashchange", arrive),
    onVisible(() => store.tell()),
    teams.stop,
    offer.stop,
    conversation.stop,
  ];
  arrive();
  return () => stops.forEach((stop) => stop());
}

/** @param {string} team */
function titleOf(team) {
  const name = [team === CALLS ? t.calls.title : team && team !== ANY_TEAM && store.teamName(team), t.hilo].filter(Boolean).join(" · ");
  return store.waiting ? `(${store.waiting}) ${name}` : name;
}

/** Whether more than one pane fits; styles/frame.css has the same width. */
function isWide() {
  return matchMedia("(min-width: 760px)").matches;
}

/**
 * @param {number} milliseconds
 * @param {() => void} act
 */
function every(milliseconds, act) {
  const timer = setInterval(act, milliseconds);
  return () => clearInterval(timer);
}

/**
 * @param {string} event
 * @param {() => void} act
 */
function on(event, act) {
  addEventListener(event, act);
  return () => removeEventListener(event, act);
}

/** @param {() => void} act */
function onVisible(act) {
  document.addEventListener("visibilitychange", act);
  return () => document.removeEventListener("visibilitychange", act);
}
