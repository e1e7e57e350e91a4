/** The facts in one line above the conversation, where the customer's column does not fit; it leads there. */

/** @import {Conversation, Fact} from "./types.js" */
import { el, fill, set } from "./dom.js";
import { knownFacts } from "./fact-card.js";
import { isOwn, valueWords } from "./fact-row.js";
import { nameOf } from "./order.js";
import { address, route } from "./route.js";
import { count, t } from "./strings.js";

const FIRST = ["identity", "account"];
const MOST = 3;

export function factLine() {
  const node = el("a", { class: "fact-line", hidden: true });
  let shown = "";
  return {
    node,
    /** @param {Conversation} conversation */
    update(conversation) {
      const { team, conversation: id } = route();
      set(node, "href", address(team, id, "customer"));
      const known = knownFacts(conversation)?.filter(isOwn) ?? [];
      node.hidden = known.length === 0;
      if (node.hidden) return;
      const { told, left } = chosen(known, conversation);
      const print = JSON.stringify([told, left]);
      if (print === shown) return;
      shown = print;
      const pieces = told.map(({ words, isWhole }) => el("span", { dir: "auto", class: isWhole ? "whole" : null }, words));
      fill(node, el("span", { class: "unseen" }, t.facts.title), ...pieces, left > 0 && el("span", { class: "whole" }, count(t.facts.more, left)));
    },
  };
}

/**
 * What says most in few words: their name where the heading has another, a number to know them by, what they tried.
 *
 * @param {Fact[]} known
 * @param {Conversation} conversation
 */
function chosen(known, conversation) {
  const name = known.find(({ kind, value }) => kind === "name" && value !== nameOf(conversation));
  const right = known.filter(({ proved }) => proved !== false);
  const number = FIRST.flatMap((kind) => right.find((fact) => fact.kind === kind) ?? [])[0];
  const tried = known.filter(({ kind }) => kind === "tried");
  const first = [name, number, ...tried].flatMap((fact) => fact ?? []);
  const isLeft = (/** @type {Fact} */ fact) => !first.includes(fact);
  const rest = [...right.filter(isLeft), ...known.filter((fact) => isLeft(fact) && !right.includes(fact))];
  const told = [...first, ...rest].slice(0, MOST);
  const pieces = told.map((fact) => ({ words: valueWords(fact, false), isWhole: fact === name || fact === number }));
  return { told: pieces, left: known.length - told.length };
}
