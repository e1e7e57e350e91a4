/** A promise by hand, or another time for one: what, until when, and for a visit from when. */

/** @import {Promised, PromiseKind} from "./types.js" */
import { reasonOf } from "./actions.js";
import { open } from "./dialogs.js";
import { el, write } from "./dom.js";
import { nameOf } from "./order.js";
import { makePromise, movePromise } from "./promise-acts.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { inAnHour, local, now, tomorrowAtNine, when, withOffset } from "./time.js";

/** @type {PromiseKind[]} */
const KINDS = ["word", "call", "visit", "deed"];

/** @typedef {{kind?: PromiseKind, due_at?: string, from_at?: string | null, text?: string, trouble?: string}} Begun */

/**
 * @param {string} id
 * @param {Begun} [begun]
 * @param {Promised} [moved] the one that is to have another time
 */
export function askPromise(id, begun = {}, moved) {
  const conversation = store.conversation(id);
  if (!conversation) return;
  const name = nameOf(conversation) || t.thisPerson;
  const kinds = KINDS.map((kind) => {
    const input = el("input", { type: "radio", name: "kind", value: kind, onchange: dress });
    input.checked = kind === (moved?.kind ?? begun.kind ?? "word");
    return { input, label: el("label", { class: "chip" }, input, t.promises.kinds[kind]) };
  });
  const text = el("input", { type: "text", maxlength: 900, autocomplete: "off", id: "promise-text", value: begun.text ?? "", placeholder: say(t.promises.textHint, { name }) });
  const from = moment(begun.from_at);
  const due = moment(begun.due_at);
  const fromLabel = el("label", { class: "pick" }, t.promises.from, from);
  const wrong = el("p", { class: "care", role: "alert" }, begun.trouble ?? "");
  const preset = (/** @type {string} */ label, /** @type {Date} */ at) =>
    el("button", { type: "button", class: "chip", title: when(at), onclick: () => (due.value = local(at)) }, label);
  const presets = el("div", { class: "chips" }, preset(t.snooze.hour, inAnHour()), preset(t.snooze.tomorrow, tomorrowAtNine()));
  const chosen = () => /** @type {PromiseKind} */ (kinds.find(({ input }) => input.checked)?.input.value ?? "word");

  function dress() {
    fromLabel.hidden = chosen() !== "visit";
  }

  function send() {
    const at = new Date(due.value);
    if (!due.value || at.getTime() <= now()) {
      write(wrong, due.value ? t.snooze.past : t.snooze.choose);
      return due.focus();
    }
    dialog.close();
    const time = { due_at: withOffset(at), ...(chosen() === "visit" && from.value && { from_at: withOffset(new Date(from.value)) }) };
    const words = text.value.trim();
    const again = (/** @type {import("./api.js").Problem} */ problem) => askPromise(id, { ...time, kind: chosen(), text: words, trouble: reasonOf(problem) }, moved);
    void (moved ? movePromise(id, moved.id, time, again) : makePromise(id, { ...time, kind: chosen(), text: words }, again));
  }

  const dialog = open(moved ? t.promises.moveTitle : say(t.promises.title, { name }), {
    body: [
      !moved && el("fieldset", { class: "chips" }, el("legend", { class: "unseen" }, t.promises.kind), ...kinds.map(({ label }) => label)),
      !moved && el("label", { class: "pick" }, t.promises.what, text),
      moved?.text && el("p", { class: "hint", dir: "auto" }, moved.text),
      el("div", { class: "from-until" }, fromLabel, el("label", { class: "pick" }, t.promises.until, due)),
      presets,
      wrong,
      el("p", { class: "hint" }, t.promises.hint),
    ].filter((part) => part instanceof Node),
    submit: el("button", { class: "main", type: "submit" }, moved ? t.promises.move : t.promises.go),
    onSubmit: send,
    staysOpen: true,
  });
  dress();
}

/** @param {string | null} [at] */
function moment(at) {
  return el("input", { type: "datetime-local", min: local(new Date(now())), value: at ? local(new Date(at)) : null });
}
