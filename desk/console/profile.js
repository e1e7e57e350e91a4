/** What the company's directory knows of the customer: on the card, and what of it changed, in the story. */

/** @import {Customer} from "./types.js" */
import { el } from "./dom.js";
import { kindWord } from "./fact-words.js";
import { t } from "./strings.js";

const ATTRIBUTE = "attributes.";
const FIRST = ["tier", "region", "expertise", "tags"];

/** Its list on the card; null where the directory knows nobody. @param {Customer} customer */
export function profileList({ profile }) {
  if (!profile) return null;
  const { tier, region, expertise, followers, tags, attributes } = profile;
  const named = { tier, region, expertise: level(expertise), followers: followers?.toLocaleString(), tags: tags.join(", ") };
  const told = [
    ...Object.entries(named).map(([name, value]) => [label(name), value ?? ""]),
    ...Object.entries(attributes),
  ].filter(([, value]) => value);
  const pairs = told.flatMap(([name, value]) => [el("dt", {}, name), el("dd", { dir: "auto" }, value)]);
  return pairs.length ? el("dl", { class: "matter" }, ...pairs) : null;
}

/** What an entry tells that changed, in words. @param {Record<string, string>} detail */
export function profileChanges(detail) {
  const { facts, ...values } = detail;
  const names = Object.keys(values).sort((one, other) => place(one) - place(other));
  const told = names.map((name) => {
    const value = values[name] ?? "";
    return `${label(name)}: ${(name === "expertise" ? level(value) : value) || t.profile.gone}`;
  });
  const kinds = facts ? [`${t.facts.title}: ${facts.split(", ").map(kindWord).join(", ")}`] : [];
  return [...told, ...kinds].join(" · ");
}

/** Where it is told: first what is the same for all companies. @param {string} name */
function place(name) {
  return FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length;
}

/** @param {string} name */
function label(name) {
  const known = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (t.profile))[name];
  return typeof known === "string" ? known : name.startsWith(ATTRIBUTE) ? name.slice(ATTRIBUTE.length) : name;
}

/** @param {string} expertise */
function level(expertise) {
  const words = /** @type {Record<string, string>} */ (t.profile.levels);
  return words[expertise] ?? expertise;
}
