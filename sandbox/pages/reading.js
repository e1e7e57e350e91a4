/** One mail, as text. */

import { find, make, tellTime } from "./dom.js";
import { locale, say } from "./language.js";

/** @typedef {import("./mailbox.js").Kept} Kept */

const article = find("#reading", HTMLElement);
const heading = find("h3", HTMLHeadingElement, article);

/** @param {Kept | null} mail shown, or nothing */
export function showMail(mail) {
  article.hidden = mail === null;
  if (mail === null) {
    return;
  }
  heading.textContent = mail.subject || say("noSubject");
  find(".from", HTMLElement, article).textContent = mail.mine ? say("you") : mail.from_name || mail.from;
  find(".address", HTMLElement, article).textContent = mail.mine || mail.from_name ? `<${mail.from}>` : "";
  find(".to", HTMLElement, article).textContent = say("toWhom", { who: mail.to });
  tellTime(find("time", HTMLTimeElement, article), mail.date, locale());
  find(".text", HTMLElement, article).replaceChildren(...paragraphs(mail.text));
  find("#reply", HTMLElement, article).hidden = mail.mine;
  find("dl", HTMLElement, article).replaceChildren(...headers(mail));
}

/** Begin to read: the focus is on the subject. */
export function focusMail() {
  heading.focus();
}

/**
 * A mail's text in blocks: what it quotes of older mails stands back.
 * @param {string} text
 * @returns {HTMLElement[]}
 */
function paragraphs(text) {
  const blocks = text.trimEnd().match(/(^>.*(\n|$))+|((^|(?<=\n))(?!>).*(\n|$))+/gm) ?? [];
  return blocks
    .filter((block) => block.trim())
    .map((block) =>
      block.startsWith(">")
        ? quotation(block.replace(/^> ?/gm, ""))
        : make("p", "", block.trimEnd().replace(/^\n+/, "")),
    );
}

/**
 * @param {string} text
 * @returns {HTMLElement}
 */
function quotation(text) {
  const quote = make("blockquote", "", "");
  quote.append(...paragraphs(text));
  return quote;
}

/** @param {Kept} mail */
function headers(mail) {
  const fields = { "Message-ID": mail.message_id, "In-Reply-To": mail.in_reply_to, References: mail.references.join(" ") };
  return Object.entries(fields)
    .filter(([, value]) => value)
    .flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]);
}
