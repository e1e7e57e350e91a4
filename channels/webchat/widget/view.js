/** What the visitor sees: built once, then only told what is new. */

import { h, icon, keyed, linked, say } from "./dom.js";
import { EmailOffer } from "./offer.js";

/** @typedef {import("./types.js").Line} Line */
/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./words.js").Words} Words */
/** @typedef {{id: string, side: "visitor" | "team" | "day", text: string, at: number, author: string, note: string, isLast: boolean}} Row */

/**
 * @typedef {object} Actions what the visitor does
 * @property {() => void} open
 * @property {() => void} close
 * @property {(text: string) => void} typed
 * @property {(text: string) => void} send
 * @property {() => void} askEmail
 * @property {(email: string) => void} leaveEmail
 */

const BUBBLE = "M4 5h16v11H10l-4.5 4v-4H4z";
const DOWN = "m6 9.5 6 6 6-6";
const UP = "M12 19.5V5m-6 6 6-6 6 6";
export const IS_PHONE = matchMedia("(max-width: 480px)");
const TOGETHER_MS = 120_000;
const COUNTED = 200;
const TALLEST = 140;
const NEAR = 60;

export class View {
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  #isFilled = false;
  #isRendered = false;
  #words;
  #day;
  #hour;

  /** @param {ShadowRoot} root @param {Words} words @param {string} spoken @param {Actions} act @param {string} draft */
  constructor(root, words, spoken, act, draft) {
    this.#words = words;
    // The language is ours, how days and hours are written is the visitor's: 18:40 or 6:40 pm.
    const locale = navigator.languages.find((each) => each.split("-")[0] === spoken) ?? spoken;
    this.#day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.#hour = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
    const submit = () => this.text.value.trim() && act.send(this.text.value);

    this.count = h("span", { class: "count", "aria-hidden": "true", hidden: true });
    this.launcher = h("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", onclick: act.open }, icon(BUBBLE), this.count);
    this.unread = h("p", { class: "unseen", role: "status" });

    this.title = h("h2", { id: "title" });
    const close = h("button", { type: "button", class: "close", "aria-label": words.close, title: words.close, onclick: act.close }, icon(DOWN));
    this.list = h("ol");
    this.log = h("div", { role: "log", "aria-label": words.conversation, "aria-live": "off" }, this.list);
    this.status = h("p", { class: "says" });
    this.meanwhile = h("p", {}, words.meanwhile);
    this.offer = new EmailOffer(words, act);
    this.card = h("div", { class: "card", role: "status" }, this.status, this.meanwhile);
    this.typing = h("p", { class: "typing", role: "status" });
    this.scroller = h(
      "div",
      { class: "scroller", tabindex: "0", "aria-label": words.conversation, onscroll: () => this.#isNearEnd() && (this.latest.hidden = true) },
      this.log,
      this.typing,
      this.card,
      this.offer.node,
    );
    this.latest = h("button", { type: "button", class: "latest", hidden: true, onclick: () => this.#toEnd() }, words.latest);
    this.problem = h("p", { class: "problem", role: "status" });
    this.text = h("textarea", {
      rows: "1",
      "aria-label": words.write,
      placeholder: words.write,
      enterkeyhint: "send",
      oninput: () => (this.#grow(), act.typed(this.text.value)),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        submit();
      },
    });
    this.send = h("button", { class: "send", "aria-label": words.send, title: words.send }, icon(UP));
    const form = h("form", { onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), submit(), this.text.focus()) }, this.text, this.send);
    this.dialog = h(
      "dialog",
      {
        "aria-labelledby": "title",
        oncancel: (/** @type {Event} */ event) => (event.preventDefault(), act.close()),
        onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && (event.preventDefault(), act.close()),
      },
      h("header", {}, this.title, close),
      h("div", { class: "middle" }, this.scroller, this.latest),
      h("footer", {}, this.problem, form),
    );
    root.append(this.launcher, this.unread, this.dialog);
    this.write(draft);
  }

  /** @param {Model} model */
  render(model) {
    const { status } = model;
    const words = this.#words;
    this.#renderUnread(model.unread);
    say(this.title, status.team || words.title);
    const wasNearEnd = this.#isNearEnd();
    const count = this.#rows.size;
    this.#renderLines(model);
    say(this.status, this.#sentence(model));
    this.card.hidden = this.status.hidden;
    this.meanwhile.hidden = status.state !== "waiting";
    this.offer.render(model);
    say(this.typing, model.typing && words.typing(model.typing.trim()));
    this.#renderProblem(model);
    this.send.setAttribute("aria-disabled", String(!this.text.value.trim() || this.#over(model) > 0));
    const isFirst = !this.#isRendered;
    this.#isRendered = true;
    if (model.isOpen !== this.dialog.open) this.#show(model.isOpen, isFirst);
    else if (wasNearEnd) this.#toEnd();
    else if (this.#rows.size > count && model.lines.at(-1)?.side === "team") this.latest.hidden = false;
  }

  /** Puts `text` into the box. @param {string} text */
  write(text) {
    this.text.value = text;
    this.#grow();
  }

  /** @param {number} count */
  #renderUnread(count) {
    const text = count ? this.#words.unread(count) : "";
    say(this.count, count ? String(count) : "");
    this.launcher.setAttribute("aria-label", text ? `${this.#words.open}, ${text}` : this.#words.open);
    this.launcher.title = this.#words.open;
    if (this.unread.textContent !== text) this.unread.textContent = text;
  }

  /** @param {Model} model */
  #renderProblem(model) {
    const words = this.#words;
    const over = this.#over(model);
    const kinds = { "": "", slow: words.slow, unacceptable: words.unacceptable, long: "" };
    let text = model.isDown ? (model.pending.length ? words.downPending : words.down) : kinds[model.problem];
    if (over > 0) text = words.tooLong(over);
    else if (!text && over > -COUNTED && model.maxLength > 2 * COUNTED) text = words.left(-over);
    say(this.problem, text);
    this.text.setAttribute("aria-invalid", String(over > 0));
  }

  /** How many characters are too many; negative while there is room. @param {Model} model */
  #over({ maxLength }) {
    return [...this.text.value].length - maxLength;
  }

  /** @param {Model} model */
  #sentence({ status: { state, team, place, wait } }) {
    const words = this.#words;
    if (state === "none") return words.greeting(team, wait);
    if (state === "waiting") return words.waiting(team, place, wait);
    return state === "taken" ? words.taken(team) : state === "resolved" ? words.resolved(team) : "";
  }

  /** @param {Model} model */
  #renderLines(model) {
    keyed(this.list, this.#rows, this.#rowsOf(model), (row) => row.id, makeRow, (node, row) => this.#update(node, row));
    // What was said before is not read aloud; what comes from now on is.
    if (!this.#isFilled && model.isOpen) {
      this.#isFilled = true;
      setTimeout(() => this.log.setAttribute("aria-live", "polite"), 1000);
    }
  }

  /** @param {Model} model @returns {Row[]} */
  #rowsOf({ lines, pending, status, isSending, isDown }) {
    const words = this.#words;
    /** @type {Row[]} */
    const said = lines.map((line) => ({
      id: rowId(line),
      side: line.side,
      text: line.text,
      at: line.at,
      author: line.side === "team" ? line.author || line.team : "",
      note: line.side === "team" ? "" : line.at <= status.heard ? words.delivered : words.sent,
      isLast: true,
    }));
    pending.forEach(({ key, text, at }, place) => {
      const note = isSending && !isDown && place === 0 ? words.sending : words.kept;
      said.push({ id: `v${key}`, side: "visitor", text, at, author: "", note, isLast: true });
    });
    return this.#withDays(said);
  }

  /** @param {Row[]} said */
  #withDays(said) {
    /** @type {Row[]} */
    const rows = [];
    for (const row of said) {
      const before = rows.at(-1);
      const day = this.#day.format(row.at);
      if (!before || day !== this.#day.format(before.at)) {
        // Today needs no heading above the first words.
        if (before || day !== this.#day.format(Date.now()))
          rows.push({ ...row, id: `d${day}`, side: "day", text: day, isLast: true });
      } else if (before.side === row.side && before.author === row.author && row.at - before.at < TOGETHER_MS) before.isLast = false;
      rows.push(row);
    }
    return rows;
  }

  /** @param {HTMLElement} node @param {Row} row */
  #update(node, row) {
    const [text, meta] = node.children;
    if (!(text instanceof HTMLElement) || !(meta instanceof HTMLElement)) return;
    if (text.textContent !== row.text) text.replaceChildren(...(row.side === "team" ? linked(row.text) : [row.text]));
    const who = row.side === "visitor" ? "" : row.author;
    say(meta, row.side === "day" ? "" : [who, this.#hour.format(row.at), row.note].filter(Boolean).join(" · "));
    node.classList.toggle("together", !row.isLast);
  }

  /** @param {boolean} isOpen @param {boolean} isFirst whether the page has just been loaded */
  #show(isOpen, isFirst) {
    this.launcher.hidden = isOpen;
    if (!isOpen) {
      this.dialog.close();
      this.launcher.focus();
      return;
    }
    // What was open before the page was loaded is open again, but takes no focus from the page.
    if (isFirst) this.dialog.setAttribute("open", "");
    // On a phone it covers the page, so it holds the focus too.
    else if (IS_PHONE.matches) this.dialog.showModal();
    else this.dialog.show();
    this.#grow();
    this.#toEnd();
    if (!isFirst) this.text.focus();
  }

  #grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, TALLEST)}px`;
  }

  #isNearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.latest.hidden = true;
  }
}

/** @param {Line} line */
export function rowId(line) {
  return line.key ? `v${line.key}` : line.id;
}

/** @param {Row} row */
function makeRow({ side }) {
  return h("li", { class: side }, h("p", { class: "words", dir: "auto" }), h("p", { class: "meta" }));
}
