/** What an agent says of who is who: one person, somebody else, two again; or a code is to tell. */

/** @import {Conversation, Suggestion} from "./types.js" */
import { give, isoNow, reasonOf } from "./actions.js";
import { offerWord } from "./closing.js";
import { announce, notice } from "./notice.js";
import { store } from "./store.js";
import { say, t } from "./strings.js";
import { now } from "./time.js";

/** What is joined or parted is so a moment later, and comes by the feed; longer, and something else has come of it. */
const UNDER_WAY_FOR = 20_000;
const CODE_GOOD_FOR = 15 * 60_000;

/** What is being joined or parted. @type {Set<string>} */
const underWay = new Set();

/**
 * Who is meant: those of a handle, who has another conversation, or who became part of the customer.
 * @typedef {{handle?: string | null, conversation?: string | null, customer?: string | null}} Whom
 */

/**
 * Whether they are being joined, or parted.
 *
 * @param {string} id
 * @param {Whom} whom
 */
export function isUnderWay(id, whom) {
  return underWay.has(keyOf(id, whom));
}

/**
 * They are one person.
 *
 * @param {string} id
 * @param {Whom} whom
 */
export function samePerson(id, whom) {
  const body = whom.handle ? { handle: whom.handle } : { conversation: whom.conversation };
  return give(id, { verb: "link", body, patch: () => ({}), ...waiting(id, whom, "link", t.link.joining) });
}

/**
 * They are two again.
 *
 * @param {string} id
 * @param {Whom} whom
 */
export function separate(id, whom) {
  const body = whom.customer ? { customer: whom.customer } : { handle: whom.handle };
  return give(id, { verb: "unlink", body, patch: () => ({}), ...waiting(id, whom, "unlink", t.link.parting) });
}

/**
 * They are not one person, and nobody suggests it again.
 *
 * @param {string} id
 * @param {Suggestion} suggestion
 */
export function notTheSame(id, { handle, conversation }) {
  const isThat = (/** @type {Suggestion} */ one) => one.handle === handle && one.conversation === conversation;
  return give(id, {
    verb: "drop_suggestion",
    body: handle ? { handle } : { conversation },
    patch: ({ suggestions }) => ({ suggestions: suggestions.filter((one) => !isThat(one)) }),
    done: () => announce(t.done.drop_suggestion),
  });
}

/**
 * A one-time code goes to a mail address; whoever writes it here has both.
 *
 * @param {string} id
 * @param {string} handle
 */
export function sendCode(id, handle) {
  const expires_at = new Date(now() + CODE_GOOD_FOR).toISOString();
  const to = handle.slice(handle.indexOf(":") + 1);
  return give(id, {
    verb: "code",
    body: { to },
    patch: () => ({ code: { handle, state: "waiting", sent_at: isoNow(), expires_at, wrong: 0 } }),
    entry: { kind: "code", detail: { handle, state: "sent" } },
    done: () => (announce(t.done.code), offerWord(id, { kind: "code", to, channel: "" })),
  });
}

/**
 * Whether a code can be sent to that handle: by mail, while there is a place where it counts once it is written.
 *
 * @param {Conversation} conversation
 * @param {string} handle
 */
export function maySendCode({ replies_to }, handle) {
  const isKnown = (/** @type {string} */ place) => place.startsWith("chat:") || place.startsWith("twitter:");
  const counts = replies_to.some(
    (place) => !place.public && place.handle !== handle && (place.proof !== "none" || isKnown(place.handle)),
  );
  return counts && handle.startsWith("email:") && (store.me?.answers_by ?? []).includes("email");
}

/**
 * @param {string} id
 * @param {Whom} whom
 * @param {"link" | "unlink"} verb
 * @param {string} words what a screen reader hears meanwhile
 */
function waiting(id, whom, verb, words) {
  const key = keyOf(id, whom);
  underWay.add(key);
  const timer = setTimeout(end, UNDER_WAY_FOR);

  function end() {
    underWay.delete(key);
    store.tell();
  }

  return {
    done: () => announce(words),
    refused(/** @type {import("./api.js").Problem} */ problem) {
      clearTimeout(timer);
      end();
      notice(say(t.undone[verb], { why: reasonOf(problem) }));
    },
  };
}

/**
 * @param {string} id
 * @param {Whom} whom
 */
function keyOf(id, { handle, conversation, customer }) {
  return [id, customer || handle || conversation].join(" ");
}
