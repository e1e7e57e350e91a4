/** The box to write in: it says where the answer goes and why, and never loses a word. */

/** @import {Answer, Attached, Entry, Finding, Offer} from "./types.js" */
/** @import {Word} from "./closing.js" */
/** @import {Problem} from "./api.js" */
/** @import {Mode, Words} from "./drafts.js" */
/** @import {Cleared} from "./stopped.js" */
import { note, reasonOf, reply } from "./actions.js";
import { newKey, typing } from "./api.js";
import { attaching } from "./attaching.js";
import { closing, offerWord } from "./closing.js";
import { copies } from "./copies.js";
import { destination, placeNamed, privateSide } from "./destination.js";
import { el, write } from "./dom.js";
import { askCallback } from "./callback-form.js";
import { bringBack, draft, dropSending, keepDraft, keepSending, sending, takeAway } from "./drafts.js";
import { listenToFiles } from "./dropped.js";
import { hop, mailPlace } from "./hop.js";
import { whereNow } from "./joined.js";
import { nameOf } from "./order.js";
import { offerPromises, promiseStrip } from "./promise-strip.js";
import { placeIn, withoutSentences } from "./seen.js";
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

/** @typedef {{words: Words, on: string, found: Finding[], offers: Offer[]}} Stopped what was held back, on a channel */

/** @param {Listener} listener */
export function composer({ onSend, onConflict, onDone, onLeave }) {
  const where = destination(() => (keepTyped(), update()));
  const held = stoppedReply({ onWay: take, onEdit: edit, onPublic: sendCleared, onDespite: sendDespite });
  const after = closing({ onSend: tell, onEdit: tellOtherwise });
  const promises = promiseStrip({ onBack: () => box.focus(), onLeave });
  const elsewhere = hop({ onChange: () => (keepTyped(), update()), onSend: () => send(), onBack: () => box.focus() });
  const files = attaching({ onChange: () => dress(), onTakenOut: () => keepTyped(), onReady: attached });
  const others = copies({ onChange: () => keepTyped(), onSend: () => send(), onBack: () => box.focus() });
  const parts = {
    held: held.node,
    told: el("div", { class: "asks" }, promises.node, after.node),
    where: [where.sentence, where.doubt],
    above: [elsewhere.node, others.node],
    below: [files.node],
    extras: [files.button, elsewhere.button, others.button],
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

  for (const name of ["focus", "blur"]) box.addEventListener(name, dress);
  listenToFiles(node, () => mode === "reply" && !files.button.hidden && Boolean(held.node.hidden), files.add);

  /** @param {string} next */
  function open(next) {
    id = next;
    trouble.hidden = true;
    held.hide();
    isRecovered = false;
    after.show(id);
    promises.update(id);
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
    elsewhere.show(mode === "reply" ? more : {});
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
    elsewhere.update(conversation, isNote);
    where.update(conversation, isNote, box.value !== "", elsewhere.isOn());
    const place = isNote ? undefined : goesTo(conversation);
    files.update(place);
    others.update(place?.handle.startsWith("email:") ?? false);
    after.show(id);
    promises.update(id);
    const timeline = store.timeline(id);
    if (timeline && !isRecovered) recover(timeline);
    dress();
  }

  function dress() {
    const conversation = store.conversation(id);
    const canGo = mode === "note" || (conversation && conversation.state !== "closed" && goesTo(conversation));
    submit.disabled = !hasWords() || !canGo || (mode === "reply" && !files.isRight());
    promises.dressKey({ isInBox: document.activeElement === box, hasWords: hasWords() });
  }

  /** @param {import("./types.js").Conversation} conversation */
  function goesTo(conversation) {
    return elsewhere.isOn() ? mailPlace(elsewhere.typed().to ?? "") : where.target(conversation);
  }

  /** @param {Mode} one */
  function isBegun(one) {
    const { text, files: along, copied, blind, to } = draft(id, one);
    return Boolean(text || along?.length || copied || blind || to);
  }

  function hasWords() {
    return box.value.trim() !== "";
  }

  /** @param {string} text @returns {Words} */
  function typed(text) {
    if (mode === "note") return { text, channel: "" };
    // A mail to another address leaves the place as it was: the customer is still there.
    return { text, channel: where.chosen(store.conversation(id)), files: files.ready(), ...others.typed(), ...elsewhere.typed() };
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
    // With nothing more to say the same key notes what was just promised.
    if (!hasWords() && promises.confirm(id)) return;
    if (!store.conversation(id) || submit.disabled) return;
    if (mode === "reply" && !(elsewhere.isRight() && others.isRight())) return;
    const words = typed(box.value.trim());
    keepDraft(id, mode, { text: "", channel: "" });
    leave(words);
    if (mode === "note") show("reply");
    // The place that was chosen stays so; what went along has gone.
    else (files.show(id, []), others.show({}), elsewhere.show({}), update());
    dress();
  }

  /**
   * @param {Words} words
   * @param {Mode} [as]
   */
  function leave(words, as = mode) {
    const conversation = store.conversation(id);
    if (!conversation) return;
    const left = sending(id, as);
    const sent = left && isSame(left, words) ? left : { ...words, key: newKey(), revision: 0 };
    const own = placeNamed(conversation, words.channel)?.key ?? "";
    const written = { ...sent, ...endsOf(id, as, sent, own) };
    const nowhere = { channel: "", handle: "", public: false };
    const place = words.to ? mailPlace(words.to) : (placeNamed(conversation, words.channel) ?? nowhere);
    onSend();
    keepSending(id, as, sent);
    if (as === mode) box.value = draft(id, mode).text;
    trouble.hidden = true;
    void (as === "note" ? note(id, written) : reply(id, written, place));
  }

  /**
   * The customer is told on their own channel that a mail is on its way.
   *
   * @param {Word} word
   */
  function tell({ text, channel }) {
    leave({ text, channel, files: [], copied: "", blind: "" }, "reply");
    box.focus();
  }

  /** @param {Word} word */
  function tellOtherwise({ text, channel }) {
    const since = draft(id, "reply");
    keepDraft(id, "reply", { ...since, text: since.text ? `${text}\n\n${since.text}` : text, channel, to: undefined });
    show("reply");
    box.focus();
  }

  /**
   * Hilo does it: what was held back leaves to the same person alone, or is written anew where it is to go.
   *
   * @param {Offer} way
   */
  function take({ offer, fields = {}, to = [] }) {
    const stop = stops.get(id);
    const conversation = store.conversation(id);
    if (!stop || !conversation) return;
    if (offer === "promise" && fields.promise) return void sendHeld({ ...stop.words, promise: fields.promise });
    if (offer === "date") return void edit(undefined, stop.found.find(({ kind }) => kind === "empty"));
    const side = privateSide(conversation, fields.channel ?? stop.on);
    const isAsIs = stop.found.every(({ kind }) => kind === "exposure" || kind === "promise");
    if (offer === "dm" && side && isAsIs) return void sendHeld({ ...stop.words, channel: side.key });
    const sent = stop.found.filter(({ kind }) => kind === "deflection");
    rewrite(stop, withoutSentences(stop.words.text, sent), offer === "dm" ? (side?.key ?? "") : stop.words.channel);
    if (offer === "email") (elsewhere.open(to[0]), keepTyped(), update());
    if (offer === "call") askCallback(id, fields.number ? { number: fields.number } : undefined);
  }

  /**
   * What was held back is in the box again, as `text`.
   *
   * @param {Stopped} stop
   * @param {string} text
   * @param {string} channel
   */
  function rewrite({ words }, text, channel) {
    const since = draft(id, "reply");
    const rest = since.text.startsWith(words.text) ? since.text.slice(words.text.length) : since.text;
    keepDraft(id, "reply", { ...since, text: `${text}${rest}`, channel, to: undefined, subject: undefined });
    unhold();
    show("reply");
    where.choose(channel);
    keepTyped();
    start("reply");
    update();
  }

  /** @param {Cleared[]} cleared */
  function sendCleared(cleared) {
    const stop = stops.get(id);
    if (stop) sendHeld({ ...stop.words, cleared });
  }

  /**
   * @param {string} reason
   * @param {Cleared[]} cleared
   */
  function sendDespite(reason, cleared) {
    const stop = stops.get(id);
    if (stop) sendHeld({ ...stop.words, cleared, despite: { reason } });
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

  /**
   * Back to the draft: without the sentences of `found`, or with `at` chosen, so that the next key replaces it.
   *
   * @param {Finding[]} [found]
   * @param {Finding} [at]
   */
  function edit(found, at) {
    const stop = stops.get(id);
    if (stop && found) return rewrite(stop, withoutSentences(stop.words.text, found), stop.words.channel);
    unhold();
    start("reply");
    if (stop && at) box.setSelectionRange(...placeIn(stop.words.text, at));
  }

  function hold() {
    const stop = stops.get(id);
    if (!stop || !draft(id, "reply").text.startsWith(stop.words.text)) return unhold();
    const { words, found, offers, on } = stop;
    const conversation = store.conversation(id);
    const name = (conversation && nameOf(conversation)) || t.thisPerson;
    const facts = [...(conversation?.customer.facts ?? []), ...(conversation?.known ?? [])];
    held.show({ text: words.text, found, offers, channel: channelName(on), name, facts });
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
   * @param {string} own where the customer is
   */
  function endsOf(sentTo, sentAs, written, own) {
    return {
      leaves: (/** @type {number} */ revision) => keepSending(sentTo, sentAs, { ...written, revision }),
      /** @param {Answer} answer */
      done(answer) {
        dropSending(sentTo, sentAs);
        onDone(sentTo);
        if (written.to) offerWord(sentTo, { kind: "mail", to: written.to, channel: own });
        else offerPromises(sentTo, written.text, undecided(written, answer));
      },
      /** @param {Problem} problem */
      refused(problem) {
        // Without an answer it may have left after all: its key is kept, and the same words leave under it.
        if (problem.status !== 0) dropSending(sentTo, sentAs);
        bringBack(sentTo, sentAs, written);
        const at = whereNow(sentTo);
        if (problem.found.length) stopped(at, written, problem);
        if (problem.code === "changed_since") onConflict(at);
        if (at === id && node.isConnected && stops.has(id)) (show("reply"), hold(), held.focus());
        else if (at === id && node.isConnected) tellTrouble(sentAs, problem);
        else tellElsewhere(at, sentAs, problem);
      },
    };
  }

  /**
   * What was found of which its author has not said yet whether it is promised.
   *
   * @param {Words} written
   * @param {Answer} answer
   */
  function undecided({ promise, despite }, { found = [] }) {
    return promise ? [] : found.filter(({ vague }) => !(vague && despite));
  }

  /**
   * @param {string} sentTo
   * @param {Words} words
   * @param {Problem} problem
   */
  function stopped(sentTo, words, { found, offers }) {
    const conversation = store.conversation(sentTo);
    const chosen = words.to ? "email" : words.channel.split("/", 1)[0];
    stops.set(sentTo, { words, on: chosen || conversation?.replies_to[0]?.channel || "", found, offers });
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

  return { node, open, update, start, writeAgain, hasWords, confirmPromise: () => promises.confirm(id) };
}
