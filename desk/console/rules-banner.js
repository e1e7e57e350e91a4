/** One calm line while the rules' files hold mistakes; who can mend them sees where and what. */

/** @import {RulesProblem} from "./types.js" */
/** @import {Row} from "./dom.js" */
import { el, fill, keyed, set, write } from "./dom.js";
import { store } from "./store.js";
import { count, phrase, say, t } from "./strings.js";
import { isSameDay, now, show, timeElement, when } from "./time.js";

const MOST_NAMES = 2;

/** The line, and under it the mistakes, once somebody wants to see them. */
export function rulesBanner() {
  const words = el("p", { role: "status" });
  const time = timeElement();
  const more = el("button", { class: "plain", "aria-controls": "rules-mistakes", onclick: toggle });
  const list = el("ul", { id: "rules-mistakes", class: "mistakes", tabindex: 0, hidden: true });
  const node = el("aside", { class: "rules-banner", "aria-label": t.rules.title, hidden: true }, words, more, list);
  let isOpen = false;
  let told = "";

  function toggle() {
    isOpen = !isOpen;
    update();
  }

  function update() {
    const { mistakes = 0, problems = [], refused_at: since } = store.rules ?? {};
    node.hidden = mistakes === 0 || !since;
    if (node.hidden || !since) return void (isOpen = false);
    show(time, since, when(since));
    const line = lineOf(since);
    // Said anew only if it is new: a screen reader would speak it again.
    if (line !== told) fill(words, ...phrase((told = line), { since: time }).map(asNode));
    more.hidden = problems.length === 0;
    write(more, isOpen ? t.rules.hide : t.rules.show);
    set(more, "aria-expanded", String(isOpen));
    list.hidden = !isOpen || more.hidden;
    set(list, "aria-label", t.rules.title);
    if (!list.hidden) keyed(list, problems, keyOf, mistakeRow);
  }

  return { node, update };
}

/**
 * The line, with `{since}` still to be filled.
 *
 * @param {string} since
 */
function lineOf(since) {
  const { mistakes = 0, files = [] } = store.rules ?? {};
  const named = files.length > MOST_NAMES ? say(t.rules.files, { n: files.length }) : files.join(", ");
  const template = isSameDay(since, new Date(now()).toISOString()) ? t.rules.today : t.rules.earlier;
  return count(template, mistakes, { files: named });
}

/** @param {Node | string} piece */
function asNode(piece) {
  return typeof piece === "string" ? document.createTextNode(piece) : piece;
}

/** @param {RulesProblem} problem */
function keyOf({ file, line, column, message }) {
  return `${file}:${line}:${column}:${message}`;
}

/** @returns {Row<RulesProblem>} */
function mistakeRow() {
  const place = el("span", { class: "place" });
  const message = el("span", { class: "words" });
  const hint = el("span", { class: "hint" });
  return {
    node: el("li", {}, place, message, hint),
    update(problem) {
      write(place, `${problem.file}:${problem.line}:${problem.column}`);
      write(message, problem.message);
      write(hint, problem.hint);
      hint.hidden = !problem.hint;
    },
  };
}
