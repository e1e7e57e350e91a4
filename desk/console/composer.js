/** The box to write in: it says where the answer goes and why, and never loses a word. */

/** @import {Attached, Entry} from "./types.js" */
/** @import {Problem} from "./api.js" */
/** @import {Mode, Words} from "./drafts.js" */
/** @import {Cleared} from "./stopped.js" */
import { note, reasonOf, reply } from "./actions.js";
import { newKey, typing } from "./api.js";
import { attaching } from "./attaching.js";
import { copies } from "./copies.js";
import { destination, privateSide } from "./destination.js";
import { write } from "./dom.js";
import { bringBack, draft, dropSending, keepDraft, keepSending, sending, takeAway } from "./drafts.js";
import { listenToFiles } from "./dropped.js";
import { nameOf } from "./order.js";
import { isSame, isThat, tellElsewhere } from "./sent.js";
import { store } from "./store.js";
import { stoppedReply } from "./stopped.js";
import { say, t } from "./strings.js";
import { channelName } from "./sync.js";
import { writing } from "./writing.js";

const TYPING_TOLD_EVERY = 3_000;
/** @type {Mode[]} */
const MODES = ["reply", "note"];

/**
 * @typedef {object} Listener
 * @property {() => void} onSend something is about to leave
 * @property {(id: string) => void} onConflict it came too late
 * @property {(id: string) => void} onDone it is done
 * @property {() => void} onLeave the reader wants to be elsewhere
 */

/** @typedef {{words: Words, on: string, found: import("./types.js").Finding[]}} Stopped what was held back, on a channel */

/** @param {Listener} listener */
export function composer({ onSend, onConflict, onDone, onLeave }) {
  const where = destination(() => (keepTyped(), update()));
  const held = stoppedReply({ onPrivate: sendPrivately, onEdit: edit, onPublic: sendCleared });
  const files = attaching({ onChange: () => dress(), onTakenOut: () => keepTyped(), onReady: attached });
  const others = copies({ onChange: () => keepTyped(), onSend: () => send(), onBack: () => box.focus() });
  const parts = {
    held: held.node,
    where: [where.sentence, where.doubt],
    above: [others.node],
    below: [files.node],
    extras: [files.button, others.button],
  };
  const onInput = () => (keepTyped(), tellTyping(), dress());
  const form = writing(parts, { onMode: (next) => start(next), onSend: () => send(), onLeave, onInput });
  const { node, box, submit, trouble } = form;

  let id = "";
  /** @type {Mode} */
  let mode = "reply";
  let toldAt = 0;
  let isRecovered = false;
  /** What was held back and not decided yet, by conversation. @type {Map<string, Stopped>} */
  const stops = new Map();

  listenToFiles(node, () => mode === "reply" && !files.button.hidden && Boolean(held.node.hidden), files.add);

  /** @param {string} next */
  function open(next) {
    id = next;
    trouble.hidden = true;
    held.hide();
    isRecovered = false;
    show(isBegun("reply") || !isBegun("note") ? "reply" : "note");
    if (stops.has(id)) hold();
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
      else if (!isBegun(one)) {
        keepDraft(id, one, left);
        if (!hasWords()) show(one);
      }
    }
  }

  /** @param {Mode} next */
  function show(next) {
    mode = next;
    const { text, channel, ...more } = draft(id, mode);
    box.value = text;
    where.choose(channel);
    files.show(id, more.files ?? []);
    others.show(more);
    update();
  }

  /** @param {Mode} next */
  function start(next) {
    if (next !== mode) show(next);
    if (!held.node.hidden) unhold();
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }

  function update() {
    const conversation = store.conversation(id);
    if (!conversation) return;
    const name = nameOf(conversation) || t.thisPerson;
    const isNote = mode === "note";
    form.dress(mode, name, !held.node.hidden);
    where.update(conversation, isNote, box.value !== "");
    const place = isNote ? undefined : where.target(conversation);
    files.update(place);
    others.update(place?.handle.startsWith("email:") ?? false);
    const timeline = store.timeline(id);
    if (timeline && !isRecovered) recover(timeline);
    dress();
  }

  function dress() {
    const conversation = store.conversation(id);
    const canGo = mode === "note" || (conversation && conversation.state !== "closed" && where.target(conversation));
    submit.disabled = !hasWords() || !canGo || (mode === "reply" && !files.isRight());
  }

  /** @param {Mode} one */
  function isBegun(one) {
    const { text, files: along, copied, blind } = draft(id, one);
    return Boolean(text || along?.length || copied || blind);
  }

  function hasWords() {
    return box.value.trim() !== "";
  }

  /** @param {string} text @returns {Words} */
  function typed(text) {
    if (mode === "note") return { text, channel: "" };
    return { text, channel: where.chosen(store.conversation(id)), files: files.ready(), ...others.typed() };
  }

  function keepTyped() {
    keepDraft(id, mode, typed(box.value));
  }

  /**
   * A file is there; the reply that it goes along with may be another conversation's by now.
   *
   * @param {string} to
   * @param {Attached} file
   */
  function attached(to, file) {
    const before = draft(to, "reply");
    const isShown = to === id && mode === "reply";
    const all = [...(isShown ? files.ready() : (before.files ?? [])), file];
    keepDraft(to, "reply", { ...before, files: all });
    if (isShown) files.show(id, all);
  }

  function tellTyping() {
    if (mode === "note" || !hasWords() || Date.now() - toldAt < TYPING_TOLD_EVERY) return;
    toldAt = Date.now();
    typing(id);
  }

  function send() {
    if (!store.conversation(id) || submit.disabled || (mode === "reply" && !others.isRight())) return;
    const words = typed(box.value.trim());
    keepDraft(id, mode, { text: "", channel: "" });
    leave(words);
    if (mode === "note") show("reply");
    // The place that was chosen stays so; what went along has gone.
    else (files.show(id, []), others.show({}));
    dress();
  }

  /** @param {Words} words */
  function leave(words) {
    const conversation = store.conversation(id);
    if (!conversation) return;
    const left = sending(id, mode);
    const sent = left && isSame(left, words) ? left : { ...words, key: newKey(), revision: 0 };
    const written = { ...sent, ...endsOf(id, mode, sent) };
    const place = where.target(conversation) ?? { channel: "", handle: "", public: false };
    onSend();
    keepSending(id, mode, sent);
    box.value = draft(id, mode).text;
    trouble.hidden = true;
    void (mode === "note" ? note(id, written) : reply(id, written, place));
  }

  /** The reply that was held back leaves to the same person alone. */
  function sendPrivately() {
    const stop = stops.get(id);
    const conversation = store.conversation(id);
    const side = stop && conversation && privateSide(conversation, stop.on);
    if (side) sendHeld({ ...stop.words, channel: side.key });
  }

  /** @param {Cleared[]} cleared */
  function sendCleared(cleared) {
    const stop = stops.get(id);
    if (stop) sendHeld({ ...stop.words, cleared });
  }

  /** @param {Words} words */
  function sendHeld(words) {
    takeAway(id, "reply", words);
    where.choose(words.channel);
    unhold();
    leave(words);
    // What has been typed since goes where the reader sees that it goes.
    show("reply");
    box.focus();
  }

  function edit() {
    unhold();
    start("reply");
  }

  function hold() {
    const stop = stops.get(id);
    if (!stop || !draft(id, "reply").text.startsWith(stop.words.text)) return unhold();
    held.show(stop.words.text, stop.found, channelName(stop.on));
    update();
  }

  function unhold() {
    stops.delete(id);
    held.hide();
    update();
  }

  /**
   * @param {string} sentTo
   * @param {Mode} sentAs
   * @param {Words & {key: string, revision: number}} written
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
        if (problem.code === "personal_data") stopped(sentTo, written, problem);
        if (problem.code === "changed_since") onConflict(sentTo);
        if (sentTo === id && node.isConnected && stops.has(id)) (show("reply"), hold(), held.focus());
        else if (sentTo === id && node.isConnected) tellTrouble(sentAs, problem);
        else tellElsewhere(sentTo, sentAs, problem);
      },
    };
  }

  /**
   * @param {string} sentTo
   * @param {Words} words
   * @param {Problem} problem
   */
  function stopped(sentTo, words, { found }) {
    const conversation = store.conversation(sentTo);
    const on = words.channel.split("/", 1)[0] || conversation?.replies_to[0]?.channel || "";
    stops.set(sentTo, { words, on, found });
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
