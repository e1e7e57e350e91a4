/** The box to write in: it says where the answer goes and why, and never loses a word. */

/** @import {Conversation, Entry, ReplyTarget} from "./types.js" */
/** @import {Problem} from "./api.js" */
/** @import {Mode, Sending} from "./drafts.js" */
import { note, reasonOf, reply } from "./actions.js";
import { newKey, typing } from "./api.js";
import { el, fill, keyed, set, write } from "./dom.js";
import { bringBack, draft, dropSending, keepDraft, keepSending, sending } from "./drafts.js";
import { notice } from "./notice.js";
import { address, go } from "./route.js";
import { isUnproven, readable } from "./story.js";
import { nameOf, store } from "./store.js";
import { phrase, say, t } from "./strings.js";
import { channelName } from "./sync.js";

const TYPING_TOLD_EVERY = 3_000;

/**
 * `onSend` is told before something leaves, `onConflict` that it came too late, `onLeave` that the reader is done here.
 * @typedef {{onSend: () => void, onConflict: (id: string) => void, onDone: (id: string) => void, onLeave: () => void}} Listener
 */

/** @param {Listener} listener */
export function composer({ onSend, onConflict, onDone, onLeave }) {
  const toReply = el("button", { type: "button", onclick: () => start("reply"), "aria-keyshortcuts": "r" }, t.composer.reply);
  const toNote = el("button", { type: "button", onclick: () => start("note"), "aria-keyshortcuts": "n" }, t.composer.note);
  const channels = el("select", { "aria-label": t.composer.channel, onchange: () => (keepTyped(), update()) });
  const where = el("p", { class: "where", id: "where" });
  const doubt = el("p", { class: "care", hidden: true });
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const box = el("textarea", { rows: 3, "aria-describedby": "where", "aria-keyshortcuts": "Control+Enter" });
  const submit = el("button", { class: "main", type: "submit" });
  const node = el(
    "form",
    { class: "composer", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), send()) },
    trouble,
    el("div", { class: "modes" }, toReply, toNote, where),
    doubt,
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
   * @param {Entry[]} entries
   */
  function recover(entries) {
    isRecovered = true;
    for (const one of MODES) {
      const left = sending(id, one);
      if (!left || entries.some((entry) => entry.id === left.key)) continue;
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
    channels.value = channel;
    channels.dataset.wanted = channel;
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
    offer(conversation);
    const timeline = store.timeline(id);
    if (timeline && !isRecovered) recover(timeline.entries);
    fill(where, ...whereTo(conversation, name));
    dress();
  }

  /** @param {Conversation} conversation */
  function offer(conversation) {
    const all = onePerChannel(conversation.replies_to);
    const before = channels.dataset.wanted ?? channels.value;
    keyed(channels, all, (target) => target.channel, channelOption);
    channels.value = all.some(({ channel }) => channel === before) ? before : (all[0]?.channel ?? "");
    delete channels.dataset.wanted;
  }

  /**
   * @param {Conversation} conversation
   * @param {string} name
   */
  function whereTo(conversation, name) {
    const [last] = conversation.replies_to;
    const target = chosen(conversation);
    doubt.hidden = mode === "note" || !target || !isUnproven(target.proof, target.handle);
    if (target && !doubt.hidden) write(doubt, say(t.composer.unproven, { handle: readable(target.handle), name }));
    if (mode === "note") return [say(t.composer.noteGoes, { name })];
    if (!target || !last) return [say(conversation.state === "closed" ? t.composer.closed : t.composer.goesNowhere, { name })];
    if (conversation.state === "closed") return [say(t.composer.closed, { name })];
    const channel = onePerChannel(conversation.replies_to).length > 1 ? channels : el("b", {}, channelName(target.channel));
    const template = target.channel === last.channel ? t.composer.goesTo : t.composer.goesOther;
    const words = phrase(template, { channel, name, last: channelName(last.channel) });
    const presence = target.channel === "webchat" ? present(id, nameOf(conversation) || t.someone) : "";
    return [...words, conversation.state === "resolved" && ` ${t.composer.resolved}`, presence && ` ${presence}`];
  }

  /** @param {Conversation} conversation */
  function chosen(conversation) {
    return conversation.replies_to.find(({ channel }) => channel === channels.value) ?? conversation.replies_to[0];
  }

  function dress() {
    const conversation = store.conversation(id);
    const canGo = mode === "note" || (conversation && conversation.state !== "closed" && chosen(conversation));
    submit.disabled = !box.value.trim() || !canGo;
  }

  function typed() {
    const conversation = store.conversation(id);
    const isDefault = channels.value === conversation?.replies_to[0]?.channel;
    return { text: box.value, channel: mode === "note" || isDefault ? "" : channels.value };
  }

  function keepTyped() {
    keepDraft(id, mode, typed());
  }

  function tellTyping() {
    if (mode === "note" || !box.value.trim() || Date.now() - toldAt < TYPING_TOLD_EVERY) return;
    toldAt = Date.now();
    typing(id);
  }

  function send() {
    const conversation = store.conversation(id);
    if (!conversation || submit.disabled) return;
    const typedHere = { ...typed(), text: box.value.trim() };
    const left = sending(id, mode);
    const isAgain = left?.text === typedHere.text && left.channel === typedHere.channel;
    const sent = isAgain && left ? left : { ...typedHere, key: newKey(), revision: 0 };
    const goesTo = chosen(conversation)?.channel ?? "";
    const written = { ...sent, ...endsOf(id, mode, sent) };
    onSend();
    keepSending(id, mode, sent);
    keepDraft(id, mode, { text: "", channel: "" });
    box.value = "";
    trouble.hidden = true;
    void (mode === "note" ? note(id, written) : reply(id, written, goesTo));
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
    show(sentAs);
    write(trouble, problem.code === "changed_since" ? t.composer.conflict : say(t.composer.failed, { why: reasonOf(problem) }));
    trouble.hidden = false;
    box.focus();
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

  /** @param {string} text */
  function writeAgain(text) {
    show("reply");
    if (!box.value.includes(text)) box.value = box.value ? `${box.value}\n\n${text}` : text;
    keepTyped();
    start("reply");
    dress();
  }

  function hasWords() {
    return box.value.trim() !== "";
  }

  return { node, open, update, start, writeAgain, hasWords };
}

/** @type {Mode[]} */
const MODES = ["reply", "note"];
/** Clocks differ a little. */
const LEEWAY = 120_000;

/**
 * Whether `entry` is what was sent.
 *
 * @param {Entry} entry
 * @param {Sending} left
 */
function isThat({ text, actor, at }, left) {
  return text === left.text && actor === store.agent.name && Date.parse(at) > left.at - LEEWAY;
}

/** What the keyboard in front of the reader calls it. */
const MODIFIER = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

/**
 * @param {string} id
 * @param {string} name
 */
function present(id, name) {
  const isPresent = store.isPresent(id);
  if (isPresent === undefined) return "";
  return say(isPresent ? t.composer.inChat : t.composer.leftChat, { name });
}

/**
 * A reply names a channel only: the latest handle of each is the one that it reaches.
 *
 * @param {ReplyTarget[]} targets
 */
function onePerChannel(targets) {
  return targets.filter(({ channel }, place) => targets.findIndex((target) => target.channel === channel) === place);
}

/** @param {ReplyTarget} target */
function channelOption(target) {
  const node = el("option", { value: target.channel });
  return {
    node,
    /** @param {ReplyTarget} target */
    update({ channel, handle, proof }) {
      const mark = isUnproven(proof, handle) ? ` (${t.composer.unverified})` : "";
      write(node, handle.startsWith("chat:") ? channelName(channel) : `${channelName(channel)} · ${readable(handle)}${mark}`);
    },
  };
}
