/** Where an answer goes, and why: a sentence, in which another of the customer's places can be chosen. */

/** @import {Conversation, ReplyTarget} from "./types.js" */
import { el, fill, keyed, write } from "./dom.js";
import { isDoubted } from "./link-words.js";
import { nameOf } from "./order.js";
import { readable } from "./story.js";
import { store } from "./store.js";
import { phrase, say, t } from "./strings.js";
import { channelName, hasSides, placeName } from "./sync.js";

/**
 * One side of a channel. `isOpened` where the customer has not written there, and we would be the first.
 * @typedef {ReplyTarget & {key: string, isOpened: boolean}} Place
 */

/** @param {() => void} onChoose */
export function destination(onChoose) {
  const choice = el("select", { "aria-label": t.composer.channel, onchange: () => ((picked = choice.value), onChoose()) });
  const sentence = el("p", { class: "where", id: "where" });
  const doubt = el("p", { class: "care", hidden: true });
  /** What is to be chosen once it is offered. @type {string | null} */
  let wanted = null;
  /** The place that somebody chose; without one it is where the customer wrote last. */
  let picked = "";

  /** @param {Conversation} conversation */
  function target({ replies_to }) {
    const all = placesOf(replies_to);
    return all.find(({ key }) => key === choice.value) ?? all[0];
  }

  /**
   * @param {Conversation} conversation
   * @param {boolean} isTyped
   */
  function offer(conversation, isTyped) {
    const all = placesOf(conversation.replies_to);
    const [last] = all;
    const stands = wanted === null && all.find(({ key }) => key === choice.value);
    picked = wanted ?? picked;
    wanted = null;
    const told = all.map((one) => ({ ...one, isDoubted: isDoubted(conversation, one) }));
    keyed(choice, told, (one) => one.key, option);
    // What is being written for one reader does not turn to all the world by itself.
    const usual = isTyped && stands && !stands.public && last?.public ? stands : last;
    choice.value = all.some(({ key }) => key === picked) ? picked : (usual?.key ?? "");
  }

  /**
   * @param {Conversation} conversation
   * @param {string} name
   * @param {boolean} isElsewhere
   * @returns {(Node | string | false)[]}
   */
  function words(conversation, name, isElsewhere) {
    const { id, state, replies_to } = conversation;
    if (isElsewhere && state !== "closed") return [t.hop.goes];
    const all = placesOf(replies_to);
    const last = all[0];
    const goesTo = target(conversation);
    if (state === "closed") return [say(t.composer.closed, { name })];
    if (!goesTo || !last) return [say(replies_to.length ? t.composer.byPhone : t.composer.goesNowhere, { name })];
    const where = all.length > 1 ? choice : el("b", {}, placeName(goesTo.channel, goesTo.public));
    const presence = goesTo.channel === "webchat" && present(id, nameOf(conversation) || t.someone);
    return [
      ...phrase(template(goesTo, last), { channel: where, name, last: placeName(last.channel, last.public) }),
      goesTo.public && ` ${t.composer.everybody}`,
      state === "resolved" && ` ${t.composer.resolved}`,
      presence && ` ${presence}`,
    ];
  }

  return {
    sentence,
    doubt,
    target,
    /**
     * The place that was chosen, "" where it is the one that the customer wrote on last.
     *
     * @param {Conversation | undefined} conversation
     */
    chosen: (conversation) => (choice.value === placesOf(conversation?.replies_to ?? [])[0]?.key ? "" : choice.value),
    /** @param {string} key */
    choose: (key) => (wanted = key),
    /**
     * @param {Conversation} conversation
     * @param {boolean} isNote
     * @param {boolean} isTyped whether something is written already
     * @param {boolean} isElsewhere whether it goes to another address, which stands below
     */
    update(conversation, isNote, isTyped, isElsewhere) {
      const name = nameOf(conversation) || t.thisPerson;
      offer(conversation, isTyped);
      const goesTo = target(conversation);
      doubt.hidden = isNote || isElsewhere || !goesTo || !isDoubted(conversation, goesTo);
      const unproven = conversation.customer.name.trim() ? t.composer.unproven : t.composer.unprovenNameless;
      if (goesTo && !doubt.hidden) write(doubt, say(unproven, { handle: readable(goesTo.handle), name }));
      fill(sentence, ...(isNote ? [say(t.composer.noteGoes, { name })] : words(conversation, name, isElsewhere)));
    },
  };
}

/**
 * The private side of the channel that `place` is a public one of.
 *
 * @param {Conversation} conversation
 * @param {string} channel
 */
export function privateSide({ replies_to }, channel) {
  return placesOf(replies_to).find((place) => place.channel === channel && !place.public);
}

/**
 * The place of that key; where the customer wrote last, where it is "".
 *
 * @param {Conversation} conversation
 * @param {string} key
 */
export function placeNamed({ replies_to }, key) {
  const all = placesOf(replies_to);
  return all.find((place) => place.key === key) ?? all[0];
}

/**
 * The places that a reply can name, as the server understands it: on each channel the latest handle, and its other side
 * where there is one, or where we can open it.
 *
 * @param {ReplyTarget[]} targets
 * @returns {Place[]}
 */
export function placesOf(targets) {
  // A phone takes no words: there we call.
  const latest = targets.filter(({ channel }, place) => channel !== "phone" && targets.findIndex((one) => one.channel === channel) === place);
  return latest.flatMap((one) => {
    const other = targets.find((side) => side.handle === one.handle && side.public !== one.public);
    const opened = one.public ? { ...one, public: false } : undefined;
    return [one, other ?? opened].filter((side) => side !== undefined).map((side) => placeOf(side, side === opened));
  });
}

/**
 * @param {ReplyTarget} target
 * @param {boolean} isOpened
 * @returns {Place}
 */
function placeOf(target, isOpened) {
  return { ...target, isOpened, key: target.public ? `${target.channel}/public` : target.channel };
}

/**
 * @param {Place} goesTo
 * @param {Place} last
 */
function template(goesTo, last) {
  if (goesTo.isOpened) return t.composer.goesOpened;
  return goesTo.key === last.key ? t.composer.goesTo : t.composer.goesOther;
}

/**
 * Whether the customer is in the chat, as far as anybody knows.
 *
 * @param {string} id
 * @param {string} name
 */
function present(id, name) {
  const isHere = store.presence.isHere(id);
  return isHere !== undefined && say(isHere ? t.composer.inChat : t.composer.leftChat, { name });
}

function option() {
  const node = el("option");
  return {
    node,
    /** @param {Place & {isDoubted: boolean}} place */
    update({ key, channel, handle, isDoubted, public: isPublic }) {
      const doubt = isDoubted ? ` (${t.composer.unverified})` : "";
      const isBare = handle.startsWith("chat:") || hasSides(channel);
      node.value = key;
      write(
        node,
        isBare ? placeName(channel, isPublic) : `${channelName(channel)} · ${readable(handle)}${doubt}`,
      );
    },
  };
}
