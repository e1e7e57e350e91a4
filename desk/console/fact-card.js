/** What is known of the customer and of the matter, first on the card: nobody has to ask for it again. */

/** @import {Conversation, Fact} from "./types.js" */
import { el, keyed } from "./dom.js";
import { factAdd } from "./fact-add.js";
import { factKey, factRow, isOwn } from "./fact-row.js";
import { loadFactKinds, placeOf } from "./fact-words.js";
import { store } from "./store.js";
import { t } from "./strings.js";

/** @param {{onSource: (source: string) => void}} listener */
export function factCard({ onSource }) {
  let id = "";
  void loadFactKinds();
  const around = { id: () => id, mayAct, onSource };
  const facts = list(t.facts.title);
  const tried = list(t.facts.tried);
  const others = list(t.facts.others);
  const none = el("p", { class: "hint" }, t.facts.none);
  const adding = factAdd(() => id);
  const node = el("div", { class: "facts" }, facts.node, none, tried.node, others.node, adding.node);

  function mayAct() {
    const conversation = store.conversation(id);
    return conversation !== undefined && store.isOurs(conversation) && conversation.state !== "closed";
  }

  /** @param {string} title */
  function list(title) {
    const rows = el("ul", { class: "known-facts" });
    const node = el("section", { class: "fact", "aria-label": title }, el("h3", {}, title), rows);
    return {
      node,
      /** @param {(Fact & {isRepeated?: boolean})[]} items */
      show(items) {
        node.hidden = items.length === 0;
        keyed(rows, items, (fact) => `${id} ${factKey(fact)}`, (fact) => factRow(fact, around));
      },
    };
  }

  return {
    node,
    /** @param {Conversation} conversation */
    update(conversation) {
      if (conversation.id !== id) adding.reset();
      id = conversation.id;
      const known = knownFacts(conversation);
      // A queue tells no facts: they come with the story.
      node.hidden = known === undefined;
      if (!known) return;
      void loadFactKinds();
      const own = known.filter(isOwn);
      const ofThem = inOrder(own.filter(({ kind }) => kind !== "tried"));
      facts.show(ofThem);
      tried.show(own.filter(({ kind }) => kind === "tried"));
      others.show(inOrder(known.filter((fact) => !isOwn(fact))));
      none.hidden = known.length > 0;
      adding.node.hidden = !mayAct();
    },
  };
}

/**
 * All that is known, of the person and of the matter; undefined where it has not been read yet.
 *
 * @param {Conversation} conversation
 * @returns {Fact[] | undefined}
 */
export function knownFacts({ customer, known }) {
  return customer.facts && known ? [...customer.facts, ...known] : undefined;
}

/**
 * Kind by kind, the latest of each first; the second of a kind needs no label of its own.
 *
 * @param {Fact[]} facts
 * @returns {(Fact & {isRepeated: boolean})[]}
 */
function inOrder(facts) {
  const sorted = facts.toSorted((one, other) => placeOf(one.kind) - placeOf(other.kind) || one.kind.localeCompare(other.kind));
  return sorted.map((fact, place) => ({ ...fact, isRepeated: sorted[place - 1]?.kind === fact.kind }));
}
