/** A reply that was held back: what the guard saw, why it matters in one line, and the way out first. */

/** @import {Fact, Finding, Offer} from "./types.js" */
import { el, fill, set, write } from "./dom.js";
import { kindWord, loadFactKinds, stepWord } from "./fact-words.js";
import { findingName, underlined, whys } from "./seen.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { when } from "./time.js";

/** @typedef {{text: string, reason: string}} Cleared words that are no personal data, as the agent says, and why */

/**
 * @typedef {object} Ways
 * @property {(offer: Offer) => void} onWay Hilo does it: the message or the mail is opened, or a date is put in
 * @property {(found?: Finding[]) => void} onEdit back to the draft, without the sentences of what is named
 * @property {(cleared: Cleared[]) => void} onPublic it leaves in public, for the reasons given
 * @property {(reason: string, cleared: Cleared[]) => void} onDespite it leaves all the same
 */

/** @typedef {{text: string, found: Finding[], offers: Offer[], channel: string, name: string, facts: Fact[]}} Held `channel` is where it was to go, `facts` what is known */

/** @param {Ways} ways */
export function stoppedReply({ onWay, onEdit, onPublic, onDespite }) {
  const why = el("div", { class: "why", id: "stopped-why" });
  const words = el("p", { class: "words", id: "stopped-words", dir: "auto" });
  const facts = el("dl", { class: "shown-facts", hidden: true, "aria-live": "polite" });
  const buttons = el("div", { class: "ways" });
  const list = el("ul", { onchange: dress });
  const publish = el("button", { type: "button", onclick: () => onPublic(cleared()) }, t.stopped.publish);
  const mistaken = folded(t.stopped.mistaken, list, el("div", { class: "ways" }, publish, recorded()));
  const reason = el("input", { type: "text", maxlength: 900, autocomplete: "off", oninput: dress, onkeydown: confirm });
  const label = el("label", { class: "reason" }, el("span", {}, t.stopped.reason), reason);
  const despite = el("button", { type: "button", onclick: () => onDespite(reason.value.trim(), cleared()) });
  const reasoned = folded("", label, el("div", { class: "ways" }, despite, recorded()));
  const others = el("p", { class: "hint", hidden: true }, t.stopped.supervisors);
  const node = el(
    "div",
    { class: "stopped", role: "group", "aria-labelledby": "stopped-why", hidden: true, onkeydown: leave },
    why,
    words,
    facts,
    buttons,
    mistaken,
    reasoned,
    others,
  );
  /** @type {Held} */
  let held = { text: "", found: [], offers: [], channel: "", name: "", facts: [] };

  /** @param {KeyboardEvent} event */
  function leave(event) {
    if (event.key !== "Escape") return;
    // It leads back to the draft, and no further.
    event.preventDefault();
    event.stopPropagation();
    onEdit();
  }

  /** @param {KeyboardEvent} event */
  function confirm(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!despite.disabled) despite.click();
  }

  /** @param {Held} next */
  function show(next) {
    held = next;
    const { found, offers } = held;
    dressWords();
    void loadFactKinds().then(dressWords);
    fill(list, ...found.filter(({ kind }) => kind === "exposure").map(question));
    facts.hidden = true;
    reason.value = "";
    mistaken.hidden = !list.children.length;
    mistaken.open = reasoned.open = false;
    dressWays(offers);
    dressDespite(offers);
    node.hidden = false;
    dress();
  }

  /** What facts and steps are called may be known a moment later. */
  function dressWords() {
    const isClosed = held.offers.some(({ offer }) => offer === "invitation");
    const lines = isClosed ? [say(t.stopped.closed, { name: held.name })] : whys(held.found, held.channel, held.name);
    fill(why, ...lines.map((line) => el("p", {}, line)));
    fill(words, ...underlined(held.text, held.found));
  }

  /** @param {Offer[]} offers */
  function dressWays(offers) {
    // What anybody may do without a reason is a button; the rest is folded away below.
    const made = offers.flatMap(dated).filter(({ offer, reason: isAsked }) => offer !== "despite" || !isAsked);
    const seen = new Set();
    const nodes = made.filter(({ offer }) => !seen.has(offer) && seen.add(offer)).map(way);
    const edit = el("button", { type: "button", "aria-keyshortcuts": "Escape", onclick: () => onEdit() }, t.stopped.edit);
    const first = nodes[0] ?? edit;
    set(first, "class", "main");
    fill(buttons, keyed(first, "Enter"), ...nodes.slice(1), first !== edit && keyed(edit, "Esc"));
  }

  /** @param {Offer} offer */
  function way(offer) {
    const own = { show_fact: showFacts, invitation: invite, despite: () => onDespite("", cleared()) };
    const act = offer.offer in own ? own[/** @type {keyof typeof own} */ (offer.offer)] : () => onWay(offer);
    return el("button", { type: "button", onclick: act }, wayName(offer));
  }

  /** @param {Offer} offer */
  function wayName({ offer, fields }) {
    if (offer === "promise") return say(t.stopped.ways.promise, { when: when(fields?.promise ?? "") });
    const isAsIs = offer === "dm" && held.found.every(({ kind }) => kind === "exposure" || kind === "promise");
    return /** @type {Record<string, string>} */ (t.stopped.ways)[isAsIs ? "direct" : offer] ?? offer;
  }

  /** The reason is asked for, and then it leaves. */
  function invite() {
    reasoned.open = true;
    reason.focus();
  }

  /** The facts stand below the draft, and the next step is to ask no more for them. */
  function showFacts() {
    const asked = held.found.filter(({ kind }) => kind === "repeat");
    const rows = new Map(asked.map((one) => [`${one.fact} ${one.known}`, one]));
    fill(facts, ...[...rows.values()].flatMap(factRow));
    facts.hidden = false;
    const without = el("button", { type: "button", class: "main", onclick: () => onEdit(asked) }, t.stopped.dontAsk);
    buttons.querySelector(".main")?.replaceWith(without);
    without.focus();
  }

  /**
   * The fact as it is known, and the customer's own words for it.
   *
   * @param {Finding} finding
   */
  function factRow({ fact, known }) {
    const isStep = fact === "tried";
    const found = held.facts.find((one) => one.kind === fact && [one.masked, one.value].includes(known ?? ""));
    const value = isStep ? stepWord(known ?? "") : (found?.value ?? known ?? "");
    const said = found?.phrase && found.phrase !== value && el("q", { dir: "auto" }, found.phrase);
    return [el("dt", {}, kindWord(fact ?? "")), el("dd", {}, el("b", { dir: "auto" }, value), said && " ", said)];
  }

  /** @param {Offer[]} offers */
  function dressDespite(offers) {
    const offered = offers.find(({ offer }) => offer === "invitation") ?? offers.find(({ offer }) => offer === "despite");
    const isInvited = offered?.offer === "invitation";
    const isMine = offered !== undefined && (offered.needs === "agent" || store.agent.role === "supervisor");
    reasoned.hidden = !isMine || !offered.reason;
    others.hidden = !offered || isMine;
    write(reasoned.firstElementChild ?? reasoned, isInvited ? t.stopped.invite : t.stopped.despite);
    write(despite, isInvited ? t.stopped.sendInvitation : t.stopped.sendDespite);
    set(reason, "placeholder", isInvited ? t.stopped.inviteHint : null);
  }

  function dress() {
    const isToldAll = answers().length === list.children.length && answers().every(({ value }) => value);
    publish.disabled = !isToldAll;
    despite.disabled = !isToldAll || !reason.value.trim();
  }

  function answers() {
    return [...list.querySelectorAll("select")];
  }

  /** @returns {Cleared[]} */
  function cleared() {
    return answers().map(({ name, value }) => ({ text: name, reason: value }));
  }

  const focus = () => /** @type {HTMLElement | null} */ (buttons.querySelector(".main"))?.focus();
  return { node, show, hide: () => (node.hidden = true), focus };
}

/**
 * Words without a date have one by the policy: to promise by then is one way out, to write another the next.
 *
 * @param {Offer} way
 * @returns {Offer[]}
 */
function dated(way) {
  const promise = way.offer === "date" && way.fields?.promise;
  return promise ? [{ offer: "promise", fields: { promise } }, { offer: "date" }] : [way];
}

/**
 * What a person may say of one finding; of what is known to be the customer's own, nothing.
 *
 * @param {Finding} finding
 */
function question(finding) {
  const { phrase: text, is_customers } = finding;
  const reasons = Object.entries(t.stopped.reasons).map(([value, words]) => el("option", { value }, words));
  const answer = is_customers
    ? el("span", { class: "hint" }, t.stopped.customers)
    : el("select", { name: text, "aria-label": say(t.stopped.label, { text }) }, ...reasons);
  const asked = say(t.stopped.ask, { kind: findingName(finding) });
  if (answer instanceof HTMLSelectElement) answer.prepend(el("option", { value: "", selected: true }, asked));
  return el("li", {}, el("b", { dir: "auto" }, text), answer);
}

/**
 * What is seldom wanted: a line that opens.
 *
 * @param {string} summary
 * @param {...Node} children
 */
function folded(summary, ...children) {
  return el("details", { class: "mistaken" }, el("summary", {}, summary), ...children);
}

function recorded() {
  return hint(t.stopped.recorded);
}

/**
 * A button and the key that presses it stay in one line.
 *
 * @param {Node} button
 * @param {string} key
 */
function keyed(button, key) {
  return el("span", { class: "keyed" }, button, hint(key));
}

/** @param {string} words */
function hint(words) {
  return el("span", { class: "hint" }, words);
}
