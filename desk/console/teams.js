/** The first column: the reader's teams with how many wait in each, and who the reader is. */

/** @import {TeamCount} from "./types.js" */
/** @import {Row} from "./dom.js" */
import { isReadyCall } from "./call-order.js";
import { deadButton } from "./dead.js";
import { el, keyed, set, write } from "./dom.js";
import { phoneMark, threadMark } from "./marks.js";
import { phoneWord } from "./phone-switch.js";
import { CALLS, address, route } from "./route.js";
import { store } from "./store.js";
import { count, t } from "./strings.js";
import { now } from "./time.js";

/**
 * @param {{onLanguage: () => void, onShortcuts: () => void, onSignOut: () => void}} actions
 */
export function teamsPane({ onLanguage, onShortcuts, onSignOut }) {
  const list = el("ul", { class: "team-list" });
  const empty = el("p", { class: "hint", hidden: true }, t.teams.none);
  const dead = deadButton();
  const calls = callsRow();
  const node = el(
    "nav",
    { class: "pane teams", "aria-label": t.teams.title },
    el("h1", { class: "brand" }, threadMark(), t.hilo),
    list,
    empty,
    el("ul", { class: "places calls-entry" }, calls.node),
    el(
      "div",
      { class: "reader" },
      el("p", {}, store.agent.name),
      dead.node,
      el("button", { class: "plain", lang: t.teams.otherTag, onclick: onLanguage }, t.teams.other),
      el("button", { class: "plain", onclick: onShortcuts, "aria-keyshortcuts": "?" }, t.teams.shortcuts),
      el("button", { class: "plain", onclick: onSignOut }, t.signIn.out),
    ),
  );

  return {
    node,
    stop: dead.stop,
    update() {
      keyed(list, store.teams, (team) => team.id, teamRow);
      empty.hidden = store.teams.length > 0;
      calls.update();
    },
  };
}

/** @returns {Row<TeamCount>} */
function teamRow() {
  const name = el("span", { class: "name" });
  const waiting = el("span", { class: "count", "aria-hidden": "true" });
  const spoken = el("span", { class: "unseen" });
  const link = el("a", {}, name, waiting, spoken);
  return {
    node: el("li", {}, link),
    update(team) {
      set(link, "href", address(team.id));
      set(link, "aria-current", route().team === team.id && "page");
      set(link, "title", count(t.teams.total, team.total));
      write(name, team.name);
      write(waiting, team.waiting ? String(team.waiting) : "");
      write(spoken, count(t.teams.waiting, team.waiting));
    },
  };
}

/** The board of calls, with how many are due; below it, whether the reader takes them. */
function callsRow() {
  const due = el("span", { class: "count", "aria-hidden": "true" });
  const spoken = el("span", { class: "unseen" });
  const word = phoneWord();
  const name = el("span", { class: "name" }, phoneMark(), t.calls.title);
  const link = el("a", { href: address(CALLS), "aria-keyshortcuts": "g l" }, name, due, spoken, word.node);
  return {
    node: el("li", {}, link),
    update() {
      const ready = store.calls().filter((one) => isReadyCall(one, store.agent.id, now())).length;
      set(link, "aria-current", route().team === CALLS && "page");
      write(due, ready ? String(ready) : "");
      write(spoken, count(t.calls.waiting, ready));
      word.update();
    },
  };
}
