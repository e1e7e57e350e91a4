/**
 * One fact: what it is and its value, masked until somebody opens it. Open, it says where it comes from, and lets the
 * agent confirm, correct or remove it.
 */

/** @import {Fact} from "./types.js" */
/** @import {Row} from "./dom.js" */
import { dropFact, setFact } from "./fact-acts.js";
import { el, fill, set, write } from "./dom.js";
import { kindWord, spoken, stepWord } from "./fact-words.js";
import { say, t } from "./strings.js";
import { instant, when } from "./time.js";

/**
 * @typedef {object} Around
 * @property {() => string} id the conversation's
 * @property {() => boolean} mayAct
 * @property {(source: string) => void} onSource
 */

/** @param {Fact} fact */
export function factKey({ kind, value }) {
  return `${kind} ${value}`;
}

/** Whether it stands in the company's directory, whose word counts as an agent's. @param {Fact} fact */
export function isListed({ source }) {
  return source === "directory";
}

/**
 * Whether it is the customer's: they said so of themselves, or an agent did.
 *
 * @param {Fact} fact
 */
export function isOwn({ of_other, is_claimed, confirmed_by }) {
  return confirmed_by !== null || !(of_other || is_claimed);
}

/**
 * What people read for a fact's value; their name stands on the page in any case.
 *
 * @param {Fact} fact
 * @param {boolean} isWhole
 */
export function valueWords({ kind, value, masked, words }, isWhole) {
  if (kind === "tried") return spoken(words) || stepWord(value);
  return isWhole || kind === "name" ? value : masked;
}

/**
 * @param {Fact} first
 * @param {Around} around
 * @returns {Row<Fact & {isRepeated?: boolean}>}
 */
export function factRow(first, around) {
  const isStep = first.kind === "tried";
  const label = el("span", { class: isStep ? "fact-label unseen" : "fact-label" });
  const value = el("span", { class: "fact-value", dir: "auto" });
  const mark = el("span", { class: "fact-mark" });
  const more = el("div", { class: "fact-more" });
  const summary = el("summary", {}, label, value, mark);
  const details = el("details", { ontoggle: () => (details.open || stopEditing(), dress()) }, summary, more);
  const node = el("li", { class: isStep ? "known-fact step" : "known-fact", "data-fact": factKey(first) }, details);
  let fact = first;
  let isRepeated = false;
  /** What is typed in place of the value; null while nobody corrects it. @type {string | null} */
  let typed = null;
  let shown = "";

  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.stopPropagation();
    if (typed === null) details.open = false;
    else stopEditing();
    summary.focus();
    dress();
  });

  function dress() {
    const isSure = fact.confirmed_by || isListed(fact);
    write(label, isRepeated && !details.open ? "" : spoken(fact.label) || kindWord(fact.kind));
    write(value, valueWords(fact, details.open));
    set(value, "class", isSure ? "fact-value" : "fact-value unsure");
    set(value, "title", isSure ? null : t.facts.unconfirmed);
    fill(mark, ...marks(fact, details.open));
    // There before it opens: whoever goes on by Tab at once finds it.
    const print = JSON.stringify([fact, fact.at && when(fact.at), around.mayAct(), typed === null]);
    if (print === shown) return;
    shown = print;
    fill(more, ...told(), ...(typed === null ? acts() : [form(typed)]));
  }

  function told() {
    const { at, source, phrase, confirmed_by, confirmed_at } = fact;
    const time = at && el("time", { datetime: at, title: instant(at) }, when(at));
    const go = time && source && !isListed(fact) && el("button", { class: "plain", onclick: () => around.onSource(source) }, time);
    const words = phrase && el("q", { dir: "auto" }, phrase);
    const sure = confirmed_by
      ? say(t.facts.confirmedBy, { name: confirmed_by.name, when: confirmed_at ? when(confirmed_at) : "" })
      : isListed(fact)
        ? t.facts.listed
        : t.facts.unconfirmed;
    return [
      ...doubts(fact).map((doubt) => el("p", { class: "care" }, doubt)),
      (words || go) && el("p", {}, words, words && go && " · ", go),
      el("p", {}, sure),
    ];
  }

  function acts() {
    if (!around.mayAct()) return [];
    const mayConfirm = !fact.confirmed_by && !isListed(fact);
    const act = (/** @type {string} */ name, /** @type {() => void} */ run, kind = "plain") =>
      el("button", { class: kind, onclick: run }, name);
    return [
      el(
        "div",
        { class: "fact-acts" },
        mayConfirm && act(isOwn(fact) ? t.facts.confirm : t.facts.theirs, confirm, "main"),
        !isStep && act(t.facts.correct, () => edit(fact.value)),
        act(t.facts.drop, drop),
      ),
    ];
  }

  /** @param {string} text */
  function form(text) {
    const field = el("input", { value: text, "aria-label": kindWord(fact.kind), autocomplete: "off", dir: "auto" });
    field.addEventListener("input", () => (typed = field.value));
    const cancel = () => (stopEditing(), dress(), summary.focus());
    return el(
      "form",
      { class: "fact-form", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), correct(field.value)) },
      field,
      el(
        "div",
        { class: "fact-acts" },
        el("button", { class: "main", type: "submit" }, t.facts.save),
        el("button", { type: "button", onclick: cancel }, t.dialog.cancel),
      ),
    );
  }

  /** @param {string} text */
  function edit(text) {
    typed = text;
    details.open = true;
    dress();
    const field = more.querySelector("input");
    field?.focus();
    field?.select();
  }

  function stopEditing() {
    typed = null;
  }

  function confirm() {
    void setFact(around.id(), fact, { value: fact.value });
    summary.focus();
  }

  /** @param {string} text */
  function correct(text) {
    const corrected = text.trim();
    if (!corrected) return;
    stopEditing();
    if (corrected !== fact.value) void setFact(around.id(), fact, { value: corrected, instead: true, refused: () => edit(text) });
    else if (!fact.confirmed_by) confirm();
    dress();
    const key = CSS.escape(factKey({ ...fact, value: corrected }));
    afterwards(() => document.querySelector(`[data-fact="${key}"] summary`));
  }

  function drop() {
    const next = node.nextElementSibling ?? node.previousElementSibling;
    void dropFact(around.id(), fact);
    const place = next?.querySelector("summary") ?? document.querySelector(".fact-add");
    if (place instanceof HTMLElement) place.focus();
  }

  return {
    node,
    update(item) {
      fact = item;
      isRepeated = item.isRepeated ?? false;
      dress();
    },
  };
}

/**
 * Puts the focus there once the page shows what was done.
 *
 * @param {() => Element | null} find
 */
function afterwards(find) {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const found = find();
      if (found instanceof HTMLElement && document.activeElement === document.body) found.focus();
    }),
  );
}

/**
 * What has to be seen of it at once. Open, it says the rest in words.
 *
 * @param {Fact} fact
 * @param {boolean} isOpen
 */
function marks(fact, isOpen) {
  const { proved, confirmed_by } = fact;
  const name = confirmed_by?.name ?? "";
  return [
    proved === false && !isOpen && el("span", { class: "care" }, t.facts.wrongDigitShort),
    confirmed_by
      ? el("span", { class: "known", role: "img", title: say(t.facts.by, { name }), "aria-label": say(t.facts.by, { name }) }, "✓")
      : el("span", { class: "unseen" }, isListed(fact) ? t.facts.listed : t.facts.unconfirmed),
  ];
}

/** @param {Fact} fact */
function doubts({ proved, of_other, is_claimed }) {
  return [
    proved === false && t.facts.wrongDigit,
    of_other && t.facts.ofOther,
    is_claimed && t.facts.claimed,
  ].flatMap((doubt) => doubt || []);
}
