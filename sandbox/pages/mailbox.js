/** The person's mail, what came and what was sent, as the mail server has it now. */

import { Refused, readMail, watchMail } from "./api.js";

/** @typedef {import("./api.js").Mail & { key: string, mine: boolean }} Kept */

const OPENED = "sandbox:opened";
const REMEMBERED = 1000;

/** @type {Kept[]} newest first */
let mails = [];
let address = "";
let stop = () => {};

/** @type {(arrived: Kept[]) => void} */
let show = () => {};
/** @type {() => void} */
let tellAway = () => {};

/** @returns {Kept[]} all mail, newest first. */
export function allMail() {
  return mails;
}

/**
 * Call `changed` with what has newly arrived whenever the mail is another, `away` when the sandbox does not answer.
 * @param {(arrived: Kept[]) => void} changed
 * @param {() => void} away
 */
export function watchMailbox(changed, away) {
  show = changed;
  tellAway = away;
}

/**
 * From now on the mail is that of `owner`.
 * @param {string} owner
 */
export function openMailbox(owner) {
  stop();
  address = owner;
  mails = [];
  show([]);
  let isFirst = true;
  const refresh = async () => {
    const wasFirst = isFirst;
    isFirst = false;
    await refreshMail(!wasFirst);
  };
  stop = watchMail(owner, refresh, tellAway);
}

/**
 * Read the mail anew.
 * @param {boolean} [announces] whether what is new has just arrived, rather than lain there before
 */
export async function refreshMail(announces = false) {
  const owner = address;
  try {
    const [inbox, sent] = await Promise.all([readMail(owner, "INBOX"), readMail(owner, "Sent")]);
    if (owner === address) {
      replace([...inbox.map(kept(false)), ...sent.map(kept(true))], announces);
    }
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) {
      throw error;
    }
    tellAway();
  }
}

/** @param {Kept} mail */
export function isNew(mail) {
  return !mail.mine && !opened().includes(mail.message_id);
}

/** @param {Kept} mail */
export function markOpened(mail) {
  if (isNew(mail)) {
    localStorage.setItem(OPENED, JSON.stringify([...opened(), mail.message_id].slice(-REMEMBERED)));
  }
}

/** @returns {string[]} */
function opened() {
  return JSON.parse(localStorage.getItem(OPENED) ?? "[]");
}

/**
 * @param {Kept[]} found
 * @param {boolean} announces
 */
function replace(found, announces) {
  const known = new Set(mails.map((mail) => mail.key));
  mails = found.toSorted((one, other) => Date.parse(other.date) - Date.parse(one.date));
  show(announces ? mails.filter((mail) => !mail.mine && !known.has(mail.key)) : []);
}

/**
 * @param {boolean} mine
 * @returns {(mail: import("./api.js").Mail) => Kept}
 */
function kept(mine) {
  return (mail) => ({ ...mail, mine, key: `${mine ? "sent" : "inbox"}-${mail.uid}` });
}
