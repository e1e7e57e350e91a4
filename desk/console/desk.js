/** The desk: four columns on a wide screen, one pane at a time on a narrow one, and the keys that act on them. */

/** @import {Pane} from "./route.js" */
import { Problem } from "./api.js";
import { conversationPane } from "./conversation.js";
import { customerPane } from "./customer.js";
import { askSnooze, askTransfer, showShortcuts } from "./dialogs.js";
import { el, set } from "./dom.js";
import { leadOn } from "./joined.js";
import { letters, listenToKeys } from "./keys.js";
import { notice } from "./notice.js";
import { queuePane } from "./queue.js";
import { ANY_TEAM, address, go, route } from "./route.js";
import { rulesBanner } from "./rules-banner.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { loadQueue, loadStory } from "./sync.js";
import { teamsPane } from "./teams.js";

/** How often what depends on the time alone is looked at again. */
const TICK = 10_000;
/** Letters after `g` that go elsewhere than to a team. */
const PLACES = "qrd";

/**
 * Builds the desk in `root`; returns how to take it down.
 *
 * @param {Element} root
 * @param {{onLanguage: () => void, onSignOut: () => void}} actions
 */
export function openDesk(root, { onLanguage, onSignOut }) {
  const queue = queuePane();
  const conversation = conversationPane({
    onTransfer: askTransfer,
    onSnooze: askSnooze,
    onNext: () => queue.move(1),
    onLeave: () => queue.focus(),
  });
  const teams = teamsPane({ onLanguage, onSignOut, onShortcuts: () => showShortcuts(shortcuts()) });
  const customer = customerPane({ onSource: toSource });
  const panes = [teams, queue, conversation, customer];
  const banner = rulesBanner();
  const skip = el(
    "a",
    { class: "skip", href: "#queue", onclick: (/** @type {Event} */ event) => (event.preventDefault(), queue.focus()) },
    t.teams.skip,
  );
  const desk = el("div", { class: "desk" }, skip, ...panes.map(({ node }) => node));
  let opened = "";

  function update() {
    if (leadOn()) return;
    const here = route();
    set(desk, "data-pane", here.pane);
    for (const part of [banner, ...panes]) part.update();
    document.title = titleOf(here.team);
  }

  function arrive() {
    const { team, conversation: id, pane } = route();
    if (!team && isWide()) return leaveForFirstTeam();
    if (team && team !== ANY_TEAM) loadQueue(team).catch(strange);
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
    const shown = { teams, queue, conversation, customer }[pane].node;
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

  function bindings() {
    return {
      j: () => queue.move(1),
      k: () => queue.move(-1),
      c: () => conversation.act("claim"),
      C: () => conversation.act("release"),
      r: () => conversation.compose("reply"),
      n: () => conversation.compose("note"),
      t: () => conversation.act("transfer"),
      e: () => conversation.act("resolve"),
      E: () => conversation.act("reopen"),
      s: () => conversation.act("snooze"),
      "/": queue.search,
      "?": () => showShortcuts(shortcuts()),
      Escape: () => queue.focus(),
      "g q": () => queue.focus(),
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
      { keys: ["/"], does: search },
      { keys: ["g", "q"], does: queue },
      { keys: ["g", "r"], does: timeline },
      { keys: ["g", "d"], does: facts },
      ...going,
      { keys: ["Ctrl", "Enter"], does: send },
      { keys: ["Esc"], does: escape },
      { keys: ["?"], does: all },
    ];
  }

  root.replaceChildren(banner.node, desk);
  const stops = [
    store.subscribe(update),
    listenToKeys(bindings),
    every(TICK, () => store.tell()),
    on("hashchange", arrive),
    onVisible(() => store.tell()),
    teams.stop,
  ];
  arrive();
  return () => stops.forEach((stop) => stop());
}

/** @param {string} team */
function titleOf(team) {
  const name = [team && team !== ANY_TEAM && store.teamName(team), t.hilo].filter(Boolean).join(" · ");
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
