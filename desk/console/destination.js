/** Where an answer goes, and why: a sentence, in which another of the customer's channels can be chosen. */

/** @import {Conversation, ReplyTarget} from "./types.js" */
import { el, fill, keyed, write } from "./dom.js";
import { nameOf } from "./order.js";
import { isUnproven, readable } from "./story.js";
import { store } from "./store.js";
import { phrase, say, t } from "./strings.js";
import { channelName } from "./sync.js";

/** @param {() => void} onChoose */
export function destination(onChoose) {
  const channels = el("select", { "aria-label": t.composer.channel, onchange: onChoose });
  const sentence = el("p", { class: "where", id: "where" });
  const doubt = el("p", { class: "care", hidden: true });
  /** What is to be chosen once it is offered. @type {string | null} */
  let wanted = null;

  /** @param {Conversation} conversation */
  function target({ replies_to }) {
    return replies_to.find(({ channel }) => channel === channels.value) ?? replies_to[0];
  }

  /** @param {Conversation} conversation */
  function offer({ replies_to }) {
    const all = onePerChannel(replies_to);
    const before = wanted ?? channels.value;
    wanted = null;
    keyed(channels, all, (one) => one.channel, option);
    channels.value = all.some(({ channel }) => channel === before) ? before : (all[0]?.channel ?? "");
  }

  /**
   * @param {Conversation} conversation
   * @param {string} name
   * @returns {(Node | string | false)[]}
   */
  function words(conversation, name) {
    const { id, state, replies_to } = conversation;
    const last = replies_to[0];
    const goesTo = target(conversation);
    if (state === "closed") return [say(t.composer.closed, { name })];
    if (!goesTo || !last) return [say(t.composer.goesNowhere, { name })];
    const channel = onePerChannel(replies_to).length > 1 ? channels : el("b", {}, channelName(goesTo.channel));
    const template = goesTo.channel === last.channel ? t.composer.goesTo : t.composer.goesOther;
    const presence = goesTo.channel === "webchat" && present(id, nameOf(conversation) || t.someone);
    return [
      ...phrase(template, { channel, name, last: channelName(last.channel) }),
      state === "resolved" && ` ${t.composer.resolved}`,
      presence && ` ${presence}`,
    ];
  }

  return {
    sentence,
    doubt,
    target,
    /**
     * The channel that was chosen, "" where it is the one that the customer wrote on last.
     *
     * @param {Conversation | undefined} conversation
     */
    chosen: (conversation) => (channels.value === conversation?.replies_to[0]?.channel ? "" : channels.value),
    /** @param {string} channel */
    choose: (channel) => (wanted = channel),
    /**
     * @param {Conversation} conversation
     * @param {boolean} isNote
     */
    update(conversation, isNote) {
      const name = nameOf(conversation) || t.thisPerson;
      offer(conversation);
      const goesTo = target(conversation);
      doubt.hidden = isNote || !goesTo || !isUnproven(goesTo.proof, goesTo.handle);
      const unproven = conversation.customer.name.trim() ? t.composer.unproven : t.composer.unprovenNameless;
      if (goesTo && !doubt.hidden) write(doubt, say(unproven, { handle: readable(goesTo.handle), name }));
      fill(sentence, ...(isNote ? [say(t.composer.noteGoes, { name })] : words(conversation, name)));
    },
  };
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

/**
 * A reply names a channel only: the latest handle of each is the one that it reaches.
 *
 * @param {ReplyTarget[]} targets
 */
function onePerChannel(targets) {
  return targets.filter(({ channel }, place) => targets.findIndex((one) => one.channel === channel) === place);
}

function option() {
  const node = el("option");
  return {
    node,
    /** @param {ReplyTarget} target */
    update({ channel, handle, proof }) {
      const doubt = isUnproven(proof, handle) ? ` (${t.composer.unverified})` : "";
      node.value = channel;
      write(
        node,
        handle.startsWith("chat:") ? channelName(channel) : `${channelName(channel)} · ${readable(handle)}${doubt}`,
      );
    },
  };
}
