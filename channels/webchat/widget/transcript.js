/** What was said, line by line: a node stays with its line, so that nothing jumps and nothing is read aloud twice. */

import { h, keyed, linked, say } from "./dom.js";
import { lineId } from "./lines.js";

/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./words.js").Words} Words */

/**
 * @typedef {object} Row
 * @property {string} id
 * @property {"visitor" | "team" | "day"} side
 * @property {string} text
 * @property {number} at
 * @property {string} author
 * @property {string} note
 * @property {boolean} isLast whether nobody goes on in the next row
 */

const TOGETHER_MS = 120_000;
const QUIET_MS = 1000;

export class Transcript {
  /** @type {Map<string, HTMLElement>} */
  #nodes = new Map();
  #isFilled = false;
  #words;
  #day;
  #hour;

  /** @param {Words} words @param {string} spoken */
  constructor(words, spoken) {
    this.#words = words;
    // The language is ours, how days and hours are written is the visitor's: 18:40 or 6:40 pm.
    const locale = navigator.languages.find((each) => each.split("-")[0] === spoken) ?? spoken;
    this.#day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.#hour = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
    this.list = h("ol");
    this.node = h("div", { role: "log", "aria-label": words.conversation, "aria-live": "off" }, this.list);
  }

  /** How many rows there are. */
  get size() {
    return this.#nodes.size;
  }

  /** @param {Model} model */
  render(model) {
    const rows = this.#withDays(this.#rowsOf(model));
    keyed(this.list, this.#nodes, rows, (row) => row.id, makeRow, (node, row) => this.#update(node, row));
    // What was said before is not read aloud; what comes from now on is.
    if (this.#isFilled || !model.isOpen) return;
    this.#isFilled = true;
    setTimeout(() => this.node.setAttribute("aria-live", "polite"), QUIET_MS);
  }

  /** @param {Model} model @returns {Row[]} */
  #rowsOf({ lines, pending, status, isSending, isDown, isBusy }) {
    const words = this.#words;
    /** @type {Row[]} */
    const rows = lines.map((line) => {
      const { side, text, at } = line;
      const note = at <= status.heard ? words.delivered : words.sent;
      const isTeam = side === "team";
      const author = isTeam ? line.author || line.team : "";
      return { id: lineId(line), side, text, at, author, note: isTeam ? "" : note, isLast: true };
    });
    pending.forEach(({ key, text, at }, place) => {
      const note = isSending && !isDown && !isBusy && place === 0 ? words.sending : words.kept;
      rows.push({ id: `v${key}`, side: "visitor", text, at, author: "", note, isLast: true });
    });
    return rows;
  }

  /** `said` with a heading where a day begins, and the rows marked that somebody goes on after. @param {Row[]} said */
  #withDays(said) {
    /** @type {Row[]} */
    const rows = [];
    for (const row of said) {
      const before = rows.at(-1);
      const day = this.#day.format(row.at);
      if (day !== this.#day.format(before?.at ?? Date.now())) rows.push(heading(row, day));
      else if (before?.side === row.side && before.author === row.author && row.at - before.at < TOGETHER_MS)
        before.isLast = false;
      rows.push(row);
    }
    return rows;
  }

  /** @param {HTMLElement} node @param {Row} row */
  #update(node, row) {
    const [text, meta] = node.children;
    if (!(text instanceof HTMLElement) || !(meta instanceof HTMLElement)) return;
    if (text.textContent !== row.text) text.replaceChildren(...(row.side === "team" ? linked(row.text) : [row.text]));
    const parts = row.side === "day" ? [] : [row.author, this.#hour.format(row.at), row.note];
    say(meta, parts.filter(Boolean).join(" · "));
    node.classList.toggle("together", !row.isLast);
  }
}

/** @param {Row} row the first of its day @param {string} day @returns {Row} */
function heading(row, day) {
  return { ...row, id: `d${day}`, side: "day", text: day, isLast: true };
}

/** @param {Row} row */
function makeRow({ side }) {
  return h("li", { class: side }, h("p", { class: "words", dir: "auto" }), h("p", { class: "meta" }));
}
