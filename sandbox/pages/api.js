/** What the page asks of the sandbox. */

/**
 * @typedef {object} Mail
 * @property {number} uid
 * @property {string} message_id
 * @property {string} in_reply_to
 * @property {string[]} references
 * @property {string} from
 * @property {string} from_name
 * @property {string} reply_to
 * @property {string} to
 * @property {string} subject
 * @property {string} text
 * @property {string} date
 */

/**
 * @typedef {object} NewMail
 * @property {string} from
 * @property {string} name
 * @property {string} to
 * @property {string} subject
 * @property {string} text
 * @property {string} [in_reply_to]
 * @property {string[]} [references]
 */

/** The sandbox said no; the message says why. */
export class Refused extends Error {}

/**
 * The mails of a mailbox, oldest first.
 * @param {string} address
 * @param {"INBOX" | "Sent"} mailbox
 * @returns {Promise<Mail[]>}
 */
export async function readMail(address, mailbox) {
  const query = new URLSearchParams({ address, mailbox });
  return answer(await fetch(`/sandbox/mail?${query}`));
}

/**
 * Send a mail; its Message-ID. Throws Refused if the mail server does not take it.
 * @param {NewMail} mail
 * @returns {Promise<string>}
 */
export async function sendMail(mail) {
  const sent = await answer(
    await fetch("/sandbox/mail", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(mail),
    }),
  );
  return sent.message_id;
}

/**
 * Calls `changed` at once and whenever mail arrives, `away` whenever the sandbox stops answering.
 * @param {string} address
 * @param {() => void} changed
 * @param {() => void} away
 * @returns {() => void} ends it
 */
export function watchMail(address, changed, away) {
  const events = new EventSource(`/sandbox/mail/live?${new URLSearchParams({ address })}`);
  events.addEventListener("arrivals", changed);
  events.addEventListener("error", away);
  return () => events.close();
}

/**
 * What the sandbox answered. Throws Refused if it said no.
 * @param {Response} response
 */
export async function answer(response) {
  const body = await response.json();
  if (!response.ok) {
    throw new Refused(body.detail);
  }
  return body;
}
