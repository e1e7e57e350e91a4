/** What has been sent and not answered: whether it is in the timeline by now, or is what leaves again. */

/** @import {Problem} from "./api.js" */
/** @import {Mode, Sending, Words} from "./drafts.js" */
/** @import {Entry} from "./types.js" */
import { reasonOf } from "./actions.js";
import { notice } from "./notice.js";
import { address, go } from "./route.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";

/** Clocks differ a little. */
const LEEWAY = 120_000;

/**
 * A reply was refused that the reader no longer looks at.
 *
 * @param {string} sentTo
 * @param {Mode} sentAs
 * @param {Problem} problem
 */
export function tellElsewhere(sentTo, sentAs, problem) {
  const team = store.conversation(sentTo)?.team.id;
  const look = { label: t.conversation.pickHint, run: () => go(address(team, sentTo)) };
  notice(say(t.undone[sentAs], { why: reasonOf(problem) }), team ? look : undefined);
}

/**
 * Whether what was sent and not answered is what is to leave now.
 *
 * @param {Sending} left
 * @param {Words} words
 */
export function isSame(left, words) {
  return print(left) === print(words);
}

/**
 * Whether `entry` is what was sent.
 *
 * @param {Entry} entry
 * @param {Sending} left
 */
export function isThat({ text, actor, at }, left) {
  return text === left.text && actor === store.agent.name && Date.parse(at) > left.at - LEEWAY;
}

/** @param {Words} words */
function print({ text, channel, files = [], copied = "", blind = "", to, subject = "", cleared, despite, promise }) {
  const along = files.map(({ digest, name }) => [digest, name]);
  return JSON.stringify([text, channel, along, copied, blind, to, subject, cleared, despite, promise]);
}
