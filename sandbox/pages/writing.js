/** Writing a mail; the draft is kept until it is sent, through a reload too. */

import { Refused, sendMail } from "./api.js";
import { find } from "./dom.js";
import { locale, say } from "./language.js";
import { person } from "./person.js";

/** @typedef {import("./mailbox.js").Kept} Kept */
/** @typedef {{ to: string, subject: string, text: string, in_reply_to?: string, references?: string[] }} Draft */

const KEPT = "sandbox:draft";

const form = find("#writing", HTMLFormElement);
const to = find("[name=to]", HTMLInputElement, form);
const subject = find("[name=subject]", HTMLInputElement, form);
const text = find("[name=text]", HTMLTextAreaElement, form);
const trouble = find(".trouble", HTMLElement, form);
const send = find("[type=submit]", HTMLButtonElement, form);

/** @type {Draft} */
let draft = empty();

/**
 * Let the person write; `sent` is called with the Message-ID of each mail that has left.
 * @param {(messageId: string) => void} sent
 */
export function setUpWriting(sent) {
  form.addEventListener("input", keep);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const messageId = await submit();
    if (messageId) {
      sent(messageId);
    }
  });
}

/** Begin a mail of one's own, or go on with it. */
export function writeNew() {
  const kept = keptDraft();
  begin(kept && !kept.in_reply_to ? kept : empty(), "to");
}

/**
 * Begin an answer to `mail`, or go on with it (RFC 5322 section 3.6.4).
 * @param {Kept} mail
 */
export function writeReply(mail) {
  const kept = keptDraft();
  begin(kept?.in_reply_to === mail.message_id ? kept : replyTo(mail), "text");
}

/** @param {boolean} isShown */
export function showWriting(isShown) {
  form.hidden = !isShown;
}

/** @returns {Draft} */
function empty() {
  return { to: document.documentElement.dataset.care ?? "", subject: "", text: "" };
}

/**
 * @param {Kept} mail
 * @returns {Draft}
 */
function replyTo(mail) {
  const when = new Date(mail.date).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
  const who = `${mail.from_name || mail.from} <${mail.from}>`;
  const quoted = mail.text.trimEnd().replace(/^/gm, "> ");
  return {
    to: mail.reply_to,
    subject: /^re:/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}`,
    text: `\n\n${say("wrote", { when, who })}\n${quoted}\n`,
    in_reply_to: mail.message_id,
    references: [...mail.references, mail.message_id],
  };
}

/**
 * @param {Draft} begun
 * @param {"to" | "text"} place where the person begins
 */
function begin(begun, place) {
  draft = begun;
  to.value = draft.to;
  subject.value = draft.subject;
  text.value = draft.text;
  trouble.hidden = true;
  showWriting(true);
  if (place === "to") {
    (to.value ? subject : to).focus();
  } else {
    text.focus();
    text.setSelectionRange(0, 0);
    text.scrollTop = 0;
  }
}

function keep() {
  draft = { ...draft, to: to.value, subject: subject.value, text: text.value };
  sessionStorage.setItem(KEPT, JSON.stringify(draft));
}

/** @returns {Draft | null} */
function keptDraft() {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
}

/** @returns {Promise<string | null>} the Message-ID, or null if the mail did not leave */
async function submit() {
  keep();
  trouble.hidden = true;
  send.disabled = true;
  const { name, address } = person();
  try {
    const messageId = await sendMail({ ...draft, name, from: address });
    sessionStorage.removeItem(KEPT);
    return messageId;
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) {
      throw error;
    }
    trouble.textContent = error instanceof Refused ? say("refused", { why: error.message }) : say("away");
    trouble.hidden = false;
    return null;
  } finally {
    send.disabled = false;
  }
}
