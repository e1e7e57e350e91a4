/** What an agent says of a fact: it is so, it is otherwise, here is another one, it is none. */

/** @import {Conversation, Entry, Fact} from "./types.js" */
import { give, isoNow, reasonOf } from "./actions.js";
import { announce, notice } from "./notice.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";

const OF_THE_MATTER = ["tried", "order"];

/** @type {Omit<Fact, "kind" | "value" | "masked">} */
const BLANK = {
  label: {},
  words: null,
  sort: null,
  proved: null,
  of_other: false,
  is_claimed: false,
  confirmed_by: null,
  confirmed_at: null,
  at: null,
  source: null,
  phrase: "",
};

/**
 * A fact is so: it stands as it is, it stands in place of what it was (`instead`), or it is one more.
 *
 * @param {string} id
 * @param {Partial<Fact> & {kind: string, is_open?: boolean}} fact
 * @param {{value: string, instead?: boolean, refused?: () => void}} said
 */
export function setFact(id, fact, { value, instead = false, refused }) {
  const was = fact.value ?? value;
  const isOpen = fact.is_open || (fact.masked !== undefined && fact.masked === fact.value);
  const masked = isOpen ? value : value === fact.value ? (fact.masked ?? "") : hidden(value);
  const given = { value, masked, of_other: false, is_claimed: false, confirmed_by: store.agent, confirmed_at: isoNow() };
  const set = { ...BLANK, ...fact, ...given };
  return give(id, {
    verb: "facts",
    body: { kind: fact.kind, value, sort: fact.sort ?? "", instead_of: instead ? was : "" },
    patch: (conversation) => withFacts(conversation, fact.kind, (facts) => replaced(facts, fact.kind, was, set)),
    entry: factEntry(set, instead ? "corrected" : fact.value === undefined ? "added" : "confirmed", instead ? fact.masked : ""),
    done: () => announce(t.done.fact),
    refused: (problem) => (notice(say(t.undone.facts, { why: reasonOf(problem) })), refused?.()),
  });
}

/**
 * As the server will mask it: the last signs, never more than half of them.
 *
 * @param {string} value
 */
function hidden(value) {
  const signs = value.replace(/[^\p{L}\p{N}]/gu, "");
  return `****${signs.slice(signs.length - Math.min(4, Math.floor(signs.length / 2)))}`;
}

/**
 * A fact is none.
 *
 * @param {string} id
 * @param {Fact} fact
 */
export function dropFact(id, fact) {
  const { kind, value } = fact;
  return give(id, {
    verb: "facts/drop",
    body: { kind, value },
    patch: (conversation) => withFacts(conversation, kind, (facts) => replaced(facts, kind, value)),
    entry: factEntry(fact, "dropped"),
    done: () => announce(t.done.factDropped),
  });
}

/**
 * @param {Conversation} conversation
 * @param {string} kind
 * @param {(facts: Fact[]) => Fact[]} change
 * @returns {Partial<Conversation>}
 */
function withFacts({ customer, known }, kind, change) {
  if (OF_THE_MATTER.includes(kind)) return { known: change(known ?? []) };
  return { customer: { ...customer, facts: change(customer.facts ?? []) } };
}

/**
 * `facts` with `fact` in the place of that one, or first if it is not there; without it, that one is gone.
 *
 * @param {Fact[]} facts
 * @param {string} kind
 * @param {string} value
 * @param {Fact} [fact]
 */
function replaced(facts, kind, value, fact) {
  const isThat = (/** @type {Fact} */ one) => one.kind === kind && one.value === value;
  if (!fact) return facts.filter((one) => !isThat(one));
  return facts.some(isThat) ? facts.map((one) => (isThat(one) ? fact : one)) : [fact, ...facts];
}

/**
 * @param {{kind: string, masked: string}} fact
 * @param {string} how
 * @param {string} [was]
 * @returns {Partial<Entry>}
 */
function factEntry({ kind, masked }, how, was) {
  return { kind: "fact", detail: { kind, value: masked, how, ...(was && { was }) } };
}
