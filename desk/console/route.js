/** Where the reader is, as the address says it: `#/team/conversation/customer`. */

/** @typedef {"teams" | "queue" | "conversation" | "customer"} Pane */
/** @typedef {{team: string, conversation: string, pane: Pane}} Route */

/** For a conversation whose team is not known yet. */
export const ANY_TEAM = "-";
/** In place of a team: the board of calls. No team's id has such a sign. */
export const CALLS = "~calls";

let readFrom = "";
/** @type {Route} */
let current = { team: "", conversation: "", pane: "teams" };

/** @returns {Route} */
export function route() {
  // Every row asks; the address is taken apart only when it has changed.
  if (location.hash !== readFrom) {
    readFrom = location.hash;
    current = read(readFrom);
  }
  return current;
}

/**
 * @param {string} hash
 * @returns {Route}
 */
function read(hash) {
  const [team = "", conversation = "", last = ""] = hash.replace(/^#\/?/, "").split("/").map(decoded);
  if (!team) return { team, conversation: "", pane: "teams" };
  if (!conversation) return { team, conversation, pane: "queue" };
  return { team, conversation, pane: last === "customer" ? "customer" : "conversation" };
}

/**
 * The address of a place on the desk.
 *
 * @param {string} [team]
 * @param {string} [conversation]
 * @param {"customer"} [pane]
 */
export function address(team, conversation, pane) {
  return `#/${[team, conversation, pane].flatMap((part) => (part ? encodeURIComponent(part) : [])).join("/")}`;
}

/**
 * Goes there; `replace` leaves no step to come back to, for what is only passed through.
 *
 * @param {string} to
 * @param {{replace?: boolean}} [options]
 */
export function go(to, { replace = false } = {}) {
  if (to === location.hash) return;
  if (!replace) {
    location.hash = to;
    return;
  }
  history.replaceState(null, "", to);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A hand-made address; it names nothing, and will be told so.
  }
}
