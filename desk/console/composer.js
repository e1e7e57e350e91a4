/** The box to write in: it says where the answer goes and why, and never loses a word. */

/** @import {Entry} from "./types.js" */
/** @import {Problem} from "./api.js" */
/** @import {Mode, Sending} from "./drafts.js" */
import { note, reasonOf, reply } from "./actions.js";
import { newKey, typing } from "./api.js";
import { destination } from "./destination.js";
import { el, set, write } from "./dom.js";
import { bringBack, draft, dropSending, keepDraft, keepSending, sending } from "./drafts.js";
import { notice } from "./notice.js";
import { nameOf } from "./order.js";
import { address, go } from "./route.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";

const TYPING_TOLD_EVERY = 3_000;
/** Clocks differ a little. */
const LEEWAY = 120_000;
/** @type {Mode[]} */
const MODES = ["reply", "note"];
/** What the keyboard in front of the reader calls it. */
const MODIFIER = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

/**
 * @typedef {object} Listener
 * @property {() => void} onSend something is about to leave
 * @property {(id: string) => void} onConflict it came too late
 * @property {(id: string) => void} onDone it is done
 * @property {() => void} onLeave the reader wants to be elsewhere
 */

/** @param {Listener} listener */
export function composer({ onSend, onConflict, onDone, onLeave }) {
  const toReply = el(
    "button",
    { type: "button", onclick: () => start("reply"), "aria-keyshortcuts": "r" },
    t.composer.reply,
  );
  const toNote = el(
    "button",
    { type: "button", onclick: () => start("note"), "aria-keyshortcuts": "n" },
    t.composer.note,
  );
  const where = destination(() => (keepTyped(), update()));
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const box = el("textarea", { rows: 3, "aria-describedby": "where", "aria-keyshortcuts": "Control+Enter" });
  const submit = el("button", { class: "main", type: "submit" });
  const node = el(
    "form",
    { class: "composer", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), send()) },
    trouble,
    el("div", { class: "modes" }, toReply, toNote, where.sentence),
    where.doubt,
    box,
    el("div", { class: "send" }, el("span", { class: "hint" }, MODIFIER, " + Enter"), submit),
  );

  let id = "";
  /** @type {Mode} */
  let mode = "reply";
  let toldAt = 0;
  let isRecovered = false;

  box.addEventListener("input", () => (keepTyped(), tellTyping(), dress()));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    else if (event.key === "Escape") onLeave();
    else return;
    event.preventDefault();
  });

  /** @param {string} next */
  function open(next) {
    id = next;
    trouble.hidden = true;
    isRecovered = false;
    show(draft(id, "reply").text || !draft(id, "note").text ? "reply" : "note");
  }

  /**
   * What was sent before the page was left and never answered: it is in the timeline by now, or it comes back, and the
   * same words leave under the same key.
   *
   * @param {{entries: Entry[], coming: Entry[]}} timeline
   */
  function recover({ entries, coming }) {
    isRecovered = true;
    for (const one of MODES) {
      const left = sending(id, one);
      if (!left || coming.some((entry) => entry.id === left.key)) continue;
      if (entries.some((entry) => isThat(entry, left))) dropSending(id, one);
      else if (!draft(id, one).text) {
        keepDraft(id, one, left);
        if (!hasWords()) show(one);
      }
    }
  }

  /** @param {Mode} next */
  function show(next) {
    mode = next;
    const { text, channel } = draft(id, mode);
    box.value = text;
    where.choose(channel);
    update();
  }

  /** @param {Mode} next */
  function start(next) {
    if (next !== mode) show(next);
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }

  function update() {
    const conversation = store.conversation(id);
    if (!conversation) return;
    const name = nameOf(conversation) || t.thisPerson;
    const isNote = mode === "note";
    set(node, "class", isNote ? "composer is-note" : "composer");
    set(toReply, "aria-pressed", String(!isNote));
    set(toNote, "aria-pressed", String(isNote));
    set(box, "aria-label", isNote ? t.composer.noteLabel : say(t.composer.label, { name }));
    set(box, "placeholder", isNote ? t.composer.notePlaceholder : say(t.composer.placeholder, { name }));
    write(submit, isNote ? t.composer.addNote : t.composer.send);
    where.update(conversation, isNote);
    const timeline = store.timeline(id);
    if (timeline && !isRecovered) recover(timeline);
    dress();
  }

  function dress() {
    const conversation = store.conversation(id);
    const canGo = mode === "note" || (conversation && conversation.state !== "closed" && where.target(conversation));
    submit.disabled = !hasWords() || !canGo;
  }

  function hasWords() {
    return box.value.trim() !== "";
  }

  /** @param {string} text */
  function typed(text) {
    return { text, channel: mode === "note" ? "" : where.chosen(store.conversation(id)) };
  }

  function keepTyped() {
    keepDraft(id, mode, typed(box.value));
  }

  function tellTyping() {
    if (mode === "note" || !hasWords() || Date.now() - toldAt < TYPING_TOLD_EVERY) return;
    toldAt = Date.now();
    typing(id);
  }

  function send() {
    const conversation = store.conversation(id);
    if (!conversation || submit.disabled) return;
    const words = typed(box.value.trim());
    const left = sending(id, mode);
    const isAgain = left?.text === words.text && left.channel === words.channel;
    const sent = isAgain && left ? left : { ...words, key: newKey(), revision: 0 };
    const written = { ...sent, ...endsOf(id, mode, sent) };
    onSend();
    keepSending(id, mode, sent);
    keepDraft(id, mode, { text: "", channel: "" });
    box.value = "";
    trouble.hidden = true;
    void (mode === "note" ? note(id, written) : reply(id, written, where.target(conversation)?.channel ?? ""));
    if (mode === "note") show("reply");
    dress();
  }

  /**
   * @param {string} sentTo
   * @param {Mode} sentAs
   * @param {{text: string, channel: string, key: string, revision: number}} written
   */
  function endsOf(sentTo, sentAs, written) {
    return {
      leaves: (/** @type {number} */ revision) => keepSending(sentTo, sentAs, { ...written, revision }),
      done: () => (dropSending(sentTo, sentAs), onDone(sentTo)),
      /** @param {Problem} problem */
      refused(problem) {
        // Without an answer it may have left after all: its key is kept, and the same words leave under it.
        if (problem.status !== 0) dropSending(sentTo, sentAs);
        bringBack(sentTo, sentAs, written);
        if (problem.code === "changed_since") onConflict(sentTo);
        if (sentTo === id && node.isConnected) tellTrouble(sentAs, problem);
        else tellElsewhere(sentTo, sentAs, problem);
      },
    };
  }

  /**
   * @param {Mode} sentAs
   * @param {Problem} problem
   */
  function tellTrouble(sentAs, problem) {
    const isLate = problem.code === "changed_since";
    show(sentAs);
    write(trouble, isLate ? t.composer.conflict : say(t.composer.failed, { why: reasonOf(problem) }));
    trouble.hidden = false;
    box.focus();
  }

  /** @param {string} text */
  function writeAgain(text) {
    show("reply");
    if (!box.value.includes(text)) box.value = box.value ? `${box.value}\n\n${text}` : text;
    keepTyped();
    start("reply");
    dress();
  }

  return { node, open, update, start, writeAgain, hasWords };
}

/**
 * @param {string} sentTo
 * @param {Mode} sentAs
 * @param {Problem} problem
 */
function tellElsewhere(sentTo, sentAs, problem) {
  const team = store.conversation(sentTo)?.team.id;
  const look = { label: t.conversation.pickHint, run: () => go(address(team, sentTo)) };
  notice(say(t.undone[sentAs], { why: reasonOf(problem) }), team ? look : undefined);
}

/**
 * Whether `entry` is what was sent.
 *
 * @param {Entry} entry
 * @param {Sending} left
 */
function isThat({ text, actor, at }, left) {
  return text === left.text && actor === store.agent.name && Date.parse(at) > left.at - LEEWAY;
}
