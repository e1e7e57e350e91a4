/** Why a rule decided as it did: one calm line that opens to what the rules saw. */

/** @import {Entry} from "./types.js" */
import { el } from "./dom.js";
import { store } from "./store.js";
import { count, language, say, t } from "./strings.js";
import { channelName } from "./sync.js";
import { clock, instant, span, when } from "./time.js";

/** @typedef {Record<string, any>} Facts */

const HOUR = 3_600_000;
/** Facts that the line itself or the timeline around it tells. */
const UNSHOWN = new Set(["now", "contacts", "teams"]);

/**
 * What a routing tells beyond its line.
 *
 * @param {Entry} entry
 * @param {Node} line
 * @param {string} id the conversation's, which `hilo rules explain` asks for
 */
export function whyDetails(entry, line, id) {
  const { detail, at } = entry;
  const summary = el("summary", {}, line, el("time", { datetime: at, title: instant(at) }, clock(at)));
  return el("details", { class: "why" }, summary, el("dl", {}, ...[...rows(detail), idRow(id)].flatMap(pair)));
}

/**
 * @param {Record<string, string>} detail
 * @returns {[string, Node | string][]}
 */
function rows({ rule = "", matched = "", deciding = "", priority = "", tags = "", version = "", facts = "" }) {
  const added = list(matched).filter((name) => name !== rule);
  const reasons = deciding.split("\n").filter(Boolean).map(reasonWords);
  const known = factLines(read(facts), deciding);
  const word = /** @type {Record<string, string>} */ (t.priorities)[priority] ?? priority;
  /** @type {[string, Node | string][]} */
  const found = [[t.why.rule, rule === "default" ? t.why.byDefault : rule]];
  if (added.length) found.push([t.why.matched, lines(added)]);
  if (reasons.length) found.push([t.why.because, lines(reasons)]);
  if (priority) found.push([t.customer.priority, word]);
  if (tags) found.push([t.customer.tags, tags]);
  if (known.length) found.push([t.why.facts, lines(known)]);
  if (version) found.push([t.why.version, version]);
  return found;
}

/** @param {string} id @returns {[string, Node | string]} */
function idRow(id) {
  return [t.conversation.title, el("code", {}, id)];
}

/** @param {[string, Node | string]} row */
function pair([name, value]) {
  return [el("dt", {}, name), el("dd", { dir: "auto" }, value)];
}

/** @param {string[]} texts */
function lines(texts) {
  return el("ul", {}, ...texts.map((text) => el("li", { dir: "auto" }, text)));
}

/** @param {string} joined */
function list(joined) {
  return joined.split(", ").filter(Boolean);
}

/** @param {string} written @returns {Facts} */
function read(written) {
  try {
    return written ? JSON.parse(written) : {};
  } catch {
    return {};
  }
}

/**
 * A reason as the rules' words have it ("text.any: «factura»") in the reader's.
 *
 * @param {string} reason
 */
function reasonWords(reason) {
  const [, label = "", value = ""] = /^(.+?)(?:: | is )(.*)$/.exec(reason) ?? [];
  const asked = /** @type {Record<string, string>} */ (t.why.asked);
  const known = asked[label] ?? (label.startsWith("text.") ? asked.text : label.startsWith("hours.") ? "" : undefined);
  if (known === undefined) return reason;
  return known ? `${known} ${valueWords(label, value)}` : hoursWords(value);
}

/**
 * @param {string} label
 * @param {string} value
 */
function valueWords(label, value) {
  if (label === "channel") return channelName(value);
  if (label === "language") return languageName(value);
  if (label === "conversation.owner") return store.teamName(value);
  if (value === "true" || value === "false") return t.why[value === "true" ? "yes" : "no"];
  return value.replace(/\bnothing of it\b/, t.why.nothing);
}

/** @param {string} value "office is closed, shop is open" */
function hoursWords(value) {
  return value
    .split(", ")
    .map((one) => {
      const [name = "", state = ""] = one.split(" is ");
      return say(state === "open" ? t.why.open : t.why.closed, { name });
    })
    .join(", ");
}

/**
 * What was known then, a line for each thing; how busy a team was only where that decided.
 *
 * @param {Facts} facts
 * @param {string} deciding
 */
function factLines(facts, deciding) {
  const { customer = {}, conversation = {}, contacts = [], teams = {}, ...message } = facts;
  const found = [];
  const about = { ...message, ...within("customer", customer), ...within("conversation", conversation) };
  for (const [name, value] of Object.entries(about)) {
    const words = UNSHOWN.has(name) ? "" : factWords(name, value);
    if (words) found.push(words);
  }
  if (contacts.length > 1) found.push(contactWords(contacts));
  const asked = Object.entries(teams).filter(([team]) => deciding.includes(`team.${team}.`));
  found.push(...asked.flatMap(([team, load]) => loadWords(team, load)));
  return found;
}

/**
 * @param {string} prefix
 * @param {Facts} facts
 */
function within(prefix, facts) {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/**
 * @param {string} name
 * @param {any} value
 */
function factWords(name, value) {
  const asked = /** @type {Record<string, string>} */ (t.why.asked);
  if (name === "conversation.is_new") return t.why.notNew;
  if (name === "conversation.is_reopened") return t.why.reopened;
  if (name === "conversation.waiting") return say(t.queue.waits, { span: span(durationOf(String(value))) });
  if (name === "customer.attributes") return Object.entries(value).map(([key, one]) => `${key}: ${one}`).join(", ");
  const words = Array.isArray(value) ? value.join(", ") : valueWords(name, String(value));
  return `${asked[name] ?? asked[`${name}.any`] ?? name} ${words}`;
}

/** @param {string[]} contacts */
function contactWords(contacts) {
  return say(count(t.why.contacts, contacts.length), { since: when(contacts[0] ?? "") });
}

/**
 * @param {string} team
 * @param {{waiting?: number, available?: number}} load
 */
function loadWords(team, { waiting = 0, available = 0 }) {
  const words = [count(t.teams.waiting, waiting), count(t.why.available, available)];
  return waiting || available ? [`${store.teamName(team)}: ${words.join(", ")}`] : [];
}

/** @param {string} code */
function languageName(code) {
  if (code === "unknown") return t.why.unknownLanguage;
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/**
 * The milliseconds of a duration as ISO 8601 has it ("P1DT2H30M").
 *
 * @param {string} written
 */
function durationOf(written) {
  const found = /^P(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/.exec(written) ?? [];
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * (HOUR / 60) + seconds * 1000;
}
