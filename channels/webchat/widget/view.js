/** What the visitor sees: built once, then only told what is new. */

import { Composer } from "./composer.js";
import { h, icon, say } from "./dom.js";
import { Launcher } from "./launcher.js";
import { EmailOffer } from "./offer.js";
import { Transcript } from "./transcript.js";

/** @typedef {import("./types.js").Model} Model */
/** @typedef {import("./words.js").Words} Words */

/**
 * @typedef {object} Actions what the visitor does
 * @property {() => void} open
 * @property {() => void} close
 * @property {(text: string) => void} typed
 * @property {(text: string) => void} send
 * @property {() => void} askEmail
 * @property {(email: string) => void} leaveEmail
 * @property {() => void} askCall
 * @property {() => void} leaveCall
 * @property {(number: string) => void} callTimes
 * @property {(number: string, start: number | null, anyHour: boolean) => void} call
 */

export const IS_PHONE = matchMedia("(max-width: 480px)");
const DOWN = "m6 9.5 6 6 6-6";
const NEAR = 60;

export class View {
  #isRendered = false;
  #isAtEnd = true;
  #words;
  /** @type {import("./call_offer.js").CallOffer | null} */
  #call = null;
  /** @type {Model | null} */
  #latest = null;
  #isCallLoading = false;
  #loadCall;

  /** @param {ShadowRoot} root @param {Words} words @param {string} spoken @param {Actions} act @param {string} draft */
  constructor(root, words, spoken, act, draft) {
    this.#words = words;
    this.launcher = new Launcher(words, act.open);
    this.transcript = new Transcript(words, spoken);
    this.offer = new EmailOffer(words, act);
    this.callPlace = h("div", { hidden: true });
    this.#loadCall = async () => new (await import("./call_offer.js")).CallOffer(words, spoken, act);
    this.composer = new Composer(words, act);
    this.title = h("h2", { id: "title" });
    this.typing = h("p", { class: "typing", role: "status" });
    this.status = h("p", { class: "says" });
    this.meanwhile = h("p", {}, words.meanwhile);
    this.card = h("div", { class: "card", role: "status" }, this.status, this.meanwhile);
    this.latest = h("button", { type: "button", class: "latest", hidden: true }, words.latest);
    this.latest.addEventListener("click", () => this.#toEnd());
    // It can be scrolled by keyboard, so it has a name.
    this.scroller = h("div", { class: "scroller", tabindex: "0", "aria-label": words.conversation });
    this.scroller.append(this.transcript.node, this.typing, this.card, this.callPlace, this.offer.node);
    this.scroller.addEventListener("scroll", () => this.#scrolled());
    // A box that grows, or a phone's keyboard, takes room from what was said: who was at its end stays there.
    new ResizeObserver(() => this.#isAtEnd && this.#toEnd()).observe(this.scroller);
    this.dialog = h("dialog", { "aria-labelledby": "title" }, this.#header(act.close));
    this.dialog.append(h("div", { class: "middle" }, this.scroller, this.latest), this.composer.node);
    this.#closeBy(act.close);
    root.append(this.launcher.node, this.launcher.heard, this.dialog);
    this.write(draft);
  }

  /** @param {Model} model */
  render(model) {
    const { status, typing } = model;
    const before = this.transcript.size;
    this.launcher.render(model.unread);
    this.transcript.render(model);
    this.offer.render(model);
    this.#renderCall(model);
    this.composer.render(model);
    say(this.title, status.team || this.#words.title);
    say(this.typing, typing && this.#words.typing(typing.trim()));
    say(this.status, this.#sentence(status));
    this.card.hidden = this.status.hidden;
    this.meanwhile.hidden = status.place === null;
    const isFirst = !this.#isRendered;
    this.#isRendered = true;
    if (model.isOpen !== this.dialog.open) this.#show(model.isOpen, isFirst);
    else if (this.#isAtEnd) this.#toEnd();
    else if (this.transcript.size > before && model.lines.at(-1)?.side === "team") this.latest.hidden = false;
  }

  /** The offer of a call is loaded only where somebody can be called. @param {Model} model */
  #renderCall(model) {
    this.#latest = model;
    this.#call?.render(model);
    if (this.#call || this.#isCallLoading || !model.offersCall) return;
    this.#isCallLoading = true;
    this.#loadCall()
      .then((call) => {
        this.#call = call;
        this.callPlace.replaceWith(call.node);
        if (this.#latest) this.render(this.#latest);
      })
      // The line is down: with the next status it is tried again.
      .catch(() => (this.#isCallLoading = false));
  }

  /** Puts `text` into the box. @param {string} text */
  write(text) {
    this.composer.write(text);
  }

  /** @param {() => void} close */
  #header(close) {
    const words = this.#words;
    const about = { type: "button", class: "close", title: words.close, "aria-label": words.close, onclick: close };
    return h("header", {}, this.title, h("button", about, icon(DOWN)));
  }

  /** Escape closes: the browser tells of it in its own way while the sheet covers a phone. @param {() => void} close */
  #closeBy(close) {
    const leave = (/** @type {Event} */ event) => (event.preventDefault(), close());
    this.dialog.addEventListener("cancel", leave);
    this.dialog.addEventListener("keydown", (event) => event.key === "Escape" && leave(event));
  }

  /** @param {Model["status"]} status */
  #sentence({ state, team, place, wait }) {
    const words = this.#words;
    if (state === "none") return words.greeting(team, wait);
    if (state === "waiting") return words.waiting(team, place, wait);
    return state === "taken" ? words.taken(team) : state === "resolved" ? words.resolved(team) : "";
  }

  /** @param {boolean} isOpen @param {boolean} isFirst whether the page has just been loaded */
  #show(isOpen, isFirst) {
    this.launcher.node.hidden = isOpen;
    if (!isOpen) {
      this.dialog.close();
      this.launcher.node.focus();
      return;
    }
    // What was open before the page was loaded is open again, but takes no focus from the page.
    if (isFirst) this.dialog.setAttribute("open", "");
    // On a phone it covers the page, so it holds the focus too.
    else if (IS_PHONE.matches) this.dialog.showModal();
    else this.dialog.show();
    this.composer.grow();
    this.#toEnd();
    if (!isFirst) this.composer.text.focus();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.#isAtEnd) this.latest.hidden = true;
  }

  #toEnd() {
    this.#isAtEnd = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.latest.hidden = true;
  }
}
