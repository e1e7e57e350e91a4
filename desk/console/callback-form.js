/** We call the customer: at which number, when on their clock, by whom; and no call after all, with a reason. */

/** @import {Conversation} from "./types.js" */
/** @import {Problem} from "./api.js" */
import { dropCallback, setCallback, whyNot } from "./call-acts.js";
import { isCallOwed } from "./call-order.js";
import { open } from "./dialogs.js";
import { el, write } from "./dom.js";
import { nameOf } from "./order.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { now } from "./time.js";
import { instantIn, localIn, zoneName } from "./zone.js";

const HOUR = 3_600_000;
const WORDS_OFFERED = 5;

/** What was typed before, and what was wrong with it. @typedef {{number?: string, isWindow?: boolean, from?: string, until?: string, consent?: string, note?: string, isMine?: boolean, trouble?: string}} Begun */

/**
 * @param {string} id
 * @param {Begun} [begun]
 */
export function askCallback(id, begun) {
  const conversation = store.conversation(id);
  if (!conversation) return;
  const name = nameOf(conversation) || t.thisPerson;
  const zone = conversation.callback?.zone ?? null;
  const first = begun ?? begunOf(conversation, zone);
  const number = el("input", { type: "tel", autocomplete: "off", value: first.number ?? "", list: "known-numbers", maxlength: 40, placeholder: "+507 6123-4567" });
  const numbers = el("datalist", { id: "known-numbers" }, ...numbersOf(conversation).map((value) => el("option", { value })));
  const soon = radio(t.callback.soon, !first.isWindow);
  const window = radio(t.callback.window, Boolean(first.isWindow));
  const from = el("input", { type: "datetime-local", "aria-label": t.callback.from, value: first.from ?? localIn(nextHour(), zone) });
  const until = el("input", { type: "datetime-local", "aria-label": t.callback.until, value: first.until ?? localIn(nextHour() + HOUR, zone) });
  const place = zone ? say(t.callback.there, { zone: zoneName(zone) }) : t.callback.here;
  const times = el("div", { class: "window" }, from, el("span", { "aria-hidden": "true" }, "–"), until, el("p", { class: "hint" }, place));
  const anyHour = check(t.callback.anyHour, Boolean(first.consent));
  const words = el("input", { type: "text", autocomplete: "off", maxlength: 900, list: "said", "aria-label": t.callback.words, placeholder: t.callback.words, value: first.consent ?? "" });
  const said = el("datalist", { id: "said" }, ...saidBy(id).map((value) => el("option", { value })));
  const note = el("textarea", { rows: 2, id: "callback-note" });
  note.value = first.note ?? "";
  const mine = check(t.callback.mine, Boolean(first.isMine));
  const wrong = el("p", { class: "care", role: "alert" }, first.trouble ?? "");

  function dress() {
    times.hidden = !window.input.checked;
    words.hidden = !anyHour.input.checked;
  }

  /** At any hour only by their own words: they are asked for at once. @param {Event} event */
  function wanted({ target }) {
    dress();
    if (target === anyHour.input && anyHour.input.checked) words.focus();
  }

  /** @returns {Begun} */
  function typed() {
    return {
      number: number.value.trim(),
      isWindow: window.input.checked,
      from: from.value,
      until: until.value,
      consent: anyHour.input.checked ? words.value.trim() : "",
      note: note.value.trim(),
      isMine: mine.input.checked,
    };
  }

  function send() {
    const trouble = troubleIn(typed(), anyHour.input.checked, zone);
    write(wrong, trouble ?? "");
    if (trouble) return void (anyHour.input.checked && !words.value.trim() ? words : number.value ? from : number).focus();
    const again = typed();
    dialog.close();
    void setCallback(id, wantedOf(again, zone), (/** @type {Problem} */ problem) => askCallback(id, { ...again, trouble: whyNot(problem) }));
  }

  const isOwed = isCallOwed(conversation);
  const dialog = open(say(isOwed ? t.callback.change : t.callback.title, { name }), {
    body: [
      el("label", { class: "pick" }, t.callback.number, number),
      numbers,
      el("fieldset", { class: "chips", onchange: dress }, el("legend", { class: "unseen" }, t.callback.when), soon.node, window.node),
      times,
      el("div", { class: "any-hour", onchange: wanted }, anyHour.node, words, said),
      el("label", { class: "pick" }, t.callback.note, note),
      mine.node,
      wrong,
      ...(isOwed ? [noLonger(id, () => dialog.close())] : []),
    ],
    submit: el("button", { class: "main", type: "submit" }, isOwed ? t.callback.save : t.callback.go),
    onSubmit: send,
    staysOpen: true,
  });
  dress();
}

/**
 * The number, the window and the words of a call that is owed; else the number that is known.
 *
 * @param {Conversation} conversation
 * @param {string | null} zone
 * @returns {Begun}
 */
function begunOf(conversation, zone) {
  const { callback } = conversation;
  const [number = ""] = numbersOf(conversation);
  if (!callback || !isCallOwed(conversation)) return { number };
  const { from_at, due_at, asked_at, consent, note, wanted } = callback;
  const isWindow = Boolean(from_at && due_at && Date.parse(from_at) > Date.parse(asked_at) + 60_000);
  return {
    number,
    isWindow,
    ...(isWindow && from_at && due_at && { from: localIn(Date.parse(from_at), zone), until: localIn(Date.parse(due_at), zone) }),
    consent,
    note,
    isMine: wanted?.id === store.agent.id,
  };
}

/**
 * The numbers that are known of the customer: of the call, of where they wrote from, of what they said.
 *
 * @param {Conversation} conversation
 */
function numbersOf({ callback, customer, known }) {
  const handles = (customer.handles ?? []).filter(({ kind }) => kind === "phone").map(({ address }) => address);
  const facts = [...(customer.facts ?? []), ...(known ?? [])].filter(({ kind, of_other }) => kind === "phone" && !of_other).map(({ value }) => value);
  return [...new Set([callback?.number ?? "", ...handles, ...facts].filter(Boolean))];
}

/**
 * What the customer wrote last, the latest first: among it may be the words by which we may call at any hour.
 *
 * @param {string} id
 */
function saidBy(id) {
  const { entries } = store.timeline(id) ?? { entries: [] };
  return entries.filter(({ kind }) => kind === "message_in").slice(-WORDS_OFFERED).reverse().map(({ text }) => text.slice(0, 300));
}

/**
 * @param {Begun} typed
 * @param {boolean} isAnyHour
 * @param {string | null} zone
 */
function troubleIn({ number, isWindow, from = "", until = "", consent }, isAnyHour, zone) {
  if (!number) return t.callback.noNumber;
  if (isAnyHour && !consent) return t.callback.noWords;
  if (!isWindow) return undefined;
  if (!from || !until) return t.snooze.choose;
  if (from >= until) return t.callback.turned;
  return instantIn(until, zone).getTime() <= now() ? t.snooze.past : undefined;
}

/**
 * @param {Begun} typed
 * @param {string | null} zone
 */
function wantedOf({ number, isWindow, from = "", until = "", consent, note, isMine }, zone) {
  const at = (/** @type {string} */ local) => instantIn(local, zone).toISOString();
  return {
    number,
    ...(isWindow && { from_at: at(from), until: at(until) }),
    ...(consent && { consent }),
    ...(note && { note }),
    ...(isMine && { is_mine: true }),
  };
}

/**
 * The call is not owed any more: a line that opens, and asks why.
 *
 * @param {string} id
 * @param {() => void} done
 */
function noLonger(id, done) {
  const reason = el("input", { type: "text", autocomplete: "off", maxlength: 900, "aria-label": t.callback.dropReason, placeholder: t.callback.dropReason, oninput: dress, onkeydown: enter });
  const drop = el("button", { type: "button", onclick: go, disabled: true }, t.callback.drop);
  function dress() {
    drop.disabled = !reason.value.trim();
  }
  function go() {
    done();
    void dropCallback(id, reason.value.trim());
  }
  /** @param {KeyboardEvent} event */
  function enter(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!drop.disabled) go();
  }
  return el("details", { class: "mistaken no-longer" }, el("summary", {}, t.callback.dropTitle), el("div", { class: "ways" }, reason, drop));
}

/**
 * @param {string} label
 * @param {boolean} isChosen
 */
function radio(label, isChosen) {
  const input = el("input", { type: "radio", name: "when" });
  input.checked = isChosen;
  return { input, node: el("label", { class: "chip" }, input, label) };
}

/**
 * @param {string} label
 * @param {boolean} isOn
 */
function check(label, isOn) {
  const input = el("input", { type: "checkbox" });
  input.checked = isOn;
  return { input, node: el("label", { class: "toggle" }, input, label) };
}

/** The next full hour. */
function nextHour() {
  return Math.ceil((now() + HOUR / 4) / HOUR) * HOUR;
}
