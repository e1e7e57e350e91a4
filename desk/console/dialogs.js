/** The dialogs: transfer, snooze, the list of shortcuts, and the frame of others. Each is made anew when it opens. */

/** @import {Named} from "./types.js" */
import { snooze, transfer } from "./actions.js";
import { el, write } from "./dom.js";
import { areKeysOn, setKeysOn } from "./keys.js";
import { nameOf } from "./order.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { inAnHour, local, now, tomorrowAtNine, when } from "./time.js";

/**
 * To which team, and what they should know.
 *
 * @param {string} id
 */
export function askTransfer(id) {
  const owner = store.conversation(id)?.team.id;
  const teams = (store.me?.all_teams ?? []).filter((team) => team.id !== owner);
  const note = el("textarea", { rows: 3, id: "transfer-note", "aria-describedby": "transfer-hint" });
  const submit = el("button", { class: "main", type: "submit", disabled: true }, t.transfer.go);
  /** @type {Named | undefined} */
  let chosen;
  /** @param {Named} team */
  const choose = (team) => {
    chosen = team;
    submit.disabled = false;
    write(submit, say(t.transfer.goTo, { team: team.name }));
  };
  const choices = teams.map((team) =>
    el(
      "label",
      { class: "choice" },
      el("input", { type: "radio", name: "team", required: true, onchange: () => choose(team) }),
      team.name,
    ),
  );
  open(t.transfer.title, {
    body: teams.length
      ? [
          el("fieldset", { class: "choices" }, el("legend", { class: "unseen" }, t.transfer.search), ...choices),
          el("label", { for: "transfer-note" }, t.transfer.note),
          note,
          el("p", { class: "hint", id: "transfer-hint" }, t.transfer.noteHint),
        ]
      : [el("p", {}, t.transfer.none)],
    submit,
    onSubmit: () => chosen && transfer(id, chosen, note.value.trim()),
  });
}

/**
 * Until when: in an hour, tomorrow at nine, or another time.
 *
 * @param {string} id
 */
export function askSnooze(id) {
  const conversation = store.conversation(id);
  if (!conversation) return;
  const name = nameOf(conversation) || t.thisPerson;
  const field = el("input", { type: "datetime-local", "aria-label": t.snooze.pick, min: local(new Date(now())) });
  const wrong = el("p", { class: "care", role: "alert" });
  /** @param {Date} until */
  const choose = (until) => {
    dialog.close();
    void snooze(id, until);
  };
  const pick = () => {
    const until = new Date(field.value);
    const isFuture = until.getTime() > now();
    write(wrong, isFuture ? "" : field.value ? t.snooze.past : t.snooze.choose);
    if (isFuture) choose(until);
    else field.focus();
  };
  /**
   * @param {string} label
   * @param {Date} until
   */
  const preset = (label, until) =>
    el(
      "button",
      { class: "choice", type: "button", onclick: () => choose(until) },
      label,
      el("span", { class: "hint" }, when(until)),
    );
  const dialog = open(t.snooze.title, {
    body: [
      el("div", { class: "choices" }, preset(t.snooze.hour, inAnHour()), preset(t.snooze.tomorrow, tomorrowAtNine())),
      el("label", { class: "pick" }, t.snooze.pick, field),
      wrong,
      el("p", { class: "hint" }, say(t.snooze.hint, { name })),
    ],
    submit: el("button", { class: "main", type: "submit" }, t.snooze.go),
    onSubmit: pick,
    staysOpen: true,
  });
}

/**
 * All keys and what they do; single keys can be turned off here.
 *
 * @param {{keys: string[], does: string}[]} shortcuts
 */
export function showShortcuts(shortcuts) {
  const toggle = el("input", {
    type: "checkbox",
    onchange: () => setKeysOn(toggle.checked),
    "aria-describedby": "keys-hint",
  });
  toggle.checked = areKeysOn();
  const rows = shortcuts.map(({ keys, does }) =>
    el("div", {}, el("dt", {}, ...keys.map((key) => el("kbd", {}, key))), el("dd", {}, does)),
  );
  open(t.shortcuts.title, {
    body: [
      el("dl", { class: "shortcuts" }, ...rows),
      el("label", { class: "toggle" }, toggle, t.shortcuts.on),
      el("p", { class: "hint", id: "keys-hint" }, t.shortcuts.onHint),
    ],
  });
}

/**
 * @param {string} title
 * @param {{body: Node[], submit?: HTMLButtonElement, onSubmit?: () => void, staysOpen?: boolean}} content
 */
export function open(title, { body, submit, onSubmit, staysOpen = false }) {
  const before = document.activeElement;
  const cancel = el(
    "button",
    { type: "button", onclick: () => dialog.close() },
    submit ? t.dialog.cancel : t.dialog.close,
  );
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "dialog-title", tabindex: -1 }, title),
    ...body,
    el("div", { class: "dialog-acts" }, cancel, submit ?? null),
  );
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);
  form.addEventListener("submit", (event) => {
    if (staysOpen) event.preventDefault();
    onSubmit?.();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(submit);
  });
  // A press on the curtain is a no.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement && document.activeElement === document.body) before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  const first = form.querySelector(submit ? "input, button.choice" : "h2");
  if (first instanceof HTMLElement) first.focus();
  return dialog;
}
