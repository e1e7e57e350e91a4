/** A conversation that became part of another: whoever opens it is led there, and so is what they were writing. */

import { carryDrafts } from "./drafts.js";
import { notice } from "./notice.js";
import { address, go, route } from "./route.js";
import { store } from "./store.js";
import { t } from "./strings.js";

/**
 * The conversation that holds the story of `id` now, with what was written for it.
 *
 * @param {string} id
 */
export function whereNow(id) {
  const to = store.conversation(id)?.part_of?.conversation;
  if (!to || to === id) return id;
  carryDrafts(id, to);
  return to;
}

/** Leads on from the conversation that is open, if its story goes on elsewhere, and says whether it did. */
export function leadOn() {
  const { team, conversation: id, pane } = route();
  const to = id && whereNow(id);
  if (to === id) return false;
  // They may have been two again meanwhile: what is known of the other one from then would lead back.
  if (store.conversation(to)?.part_of) store.forget(to);
  go(address(team, to, pane === "customer" ? pane : undefined), { replace: true });
  notice(t.link.joined);
  return true;
}
