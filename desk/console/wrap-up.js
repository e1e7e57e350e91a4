/** After a call: what came of it, by one key, and a note for colleagues. What is typed stays until it is said. */

/** @import {Conversation, Disposition} from "./types.js" */
import { wrapUp } from "./call-acts.js";
import { el, write } from "./dom.js";
import { offerPromises } from "./promise-strip.js";
import { store } from "./store.js";
import { t } from "./strings.js";

/** @type {Disposition[]} */
const DISPOSITIONS = ["solved", "follow_up", "call_again", "not_reached", "wrong_number", "other"];

/** What was begun, by call. @type {Map<string, {chosen: string, note: string}>} */
const begun = new Map();

export function wrapUpForm() {
  const choices = DISPOSITIONS.map((name, place) => {
    const input = el("input", { type: "radio", name: "disposition", value: name, onchange: keep });
    const label = el("label", { class: "chip" }, input, el("kbd", { "aria-hidden": "true" }, String(place + 1)), t.calls.dispositions[name]);
    return { input, label };
  });
  const note = el("textarea", { rows: 2, "aria-label": t.calls.wrapNote, placeholder: t.calls.wrapNote, oninput: () => ((isByKey = false), keep()), onblur: () => (isByKey = false), onkeydown: pressed });
  const submit = el("button", { class: "main", type: "submit" }, t.calls.wrapGo);
  const hint = el("span", { class: "hint" }, t.calls.wrapHint);
  const legend = el("legend", {}, t.calls.wrapTitle);
  const node = el(
    "form",
    { class: "wrap-up", hidden: true, onsubmit: send },
    el("fieldset", {}, legend, el("div", { class: "chips" }, ...choices.map(({ label }) => label))),
    note,
    el("div", { class: "wrap-acts" }, hint, submit),
  );
  let id = "";
  let call = "";
  /** Whether another digit still corrects the one before: until a word is written. */
  let isByKey = false;

  function chosen() {
    return choices.find(({ input }) => input.checked)?.input.value ?? "";
  }

  function keep() {
    begun.set(call, { chosen: chosen(), note: note.value });
    submit.disabled = !chosen();
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.key === "Escape") note.blur();
    const { ctrlKey, metaKey, altKey, key } = event;
    if (isByKey && !note.value && DISPOSITIONS[Number(key) - 1] && !(ctrlKey || metaKey || altKey)) {
      event.preventDefault();
      return choose(Number(key));
    }
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    node.requestSubmit();
  }

  /** @param {SubmitEvent} event */
  function send(event) {
    event.preventDefault();
    if (!chosen() || !call) return;
    const [of, wrapped, words] = [id, call, note.value.trim()];
    void wrapUp(of, {
      call: wrapped,
      disposition: chosen(),
      note: words,
      done: ({ found = [] }) => (begun.delete(wrapped), offerPromises(of, words, found)),
      refused: () => store.tell(),
    });
  }

  /** @param {string} name what is chosen, or "" */
  function mark(name) {
    for (const { input } of choices) input.checked = input.value === name;
    submit.disabled = !name;
  }

  /**
   * By its number: 1 is the first. What is to be said of it comes next; until then another number chooses another.
   *
   * @param {number} place
   */
  function choose(place) {
    mark(DISPOSITIONS[place - 1] ?? "");
    keep();
    note.focus();
    isByKey = true;
  }

  return {
    node,
    isShown: () => !node.hidden,
    choose,
    /** @param {Conversation | undefined} conversation whose call is to be wrapped up */
    update(conversation) {
      node.hidden = !conversation?.call;
      if (!conversation?.call || conversation.call.id === call) return;
      ({ id, call: { id: call } } = conversation);
      const { chosen: name, note: text } = begun.get(call) ?? { chosen: "", note: "" };
      note.value = text;
      mark(name);
      write(legend, t.calls.wrapTitle);
    },
  };
}
