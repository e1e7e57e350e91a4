/** The list of mails; rows stay the same elements, so that focus and the pointer stay where they are. */

import { find, make, tellTime } from "./dom.js";
import { locale, say } from "./language.js";
import { isNew } from "./mailbox.js";

/** @typedef {import("./mailbox.js").Kept} Kept */

const list = find("#mails", HTMLOListElement);
const empty = find("#no-mail", HTMLElement);
const unread = find(".unread", HTMLElement);

/** @type {Map<string, HTMLLIElement>} */
let rows = new Map();

/**
 * Show `mails`, newest first; `open` is called with the one that is chosen.
 * @param {Kept[]} mails
 * @param {string | null} current key of the mail that is open
 * @param {(mail: Kept) => void} open
 */
export function showList(mails, current, open) {
  const before = rows;
  rows = new Map(mails.map((mail) => [mail.key, before.get(mail.key) ?? document.createElement("li")]));
  for (const mail of mails) {
    fill(/** @type {HTMLLIElement} */ (rows.get(mail.key)), mail, mail.key === current, open);
  }
  if (!sameOrder([...rows.values()])) {
    list.replaceChildren(...rows.values());
  }
  empty.hidden = mails.length > 0;
  empty.textContent = say("noMail", { care: document.documentElement.dataset.care ?? "" });
  const count = mails.filter(isNew).length;
  unread.hidden = count === 0;
  unread.textContent = String(count);
}

/** Put the focus on the row of a mail.
 * @param {string | null} key
 */
export function focusRow(key) {
  rows.get(key ?? "")?.querySelector("button")?.focus();
}

/** @param {HTMLLIElement[]} wanted */
function sameOrder(wanted) {
  return wanted.length === list.children.length && wanted.every((row, place) => list.children[place] === row);
}

/**
 * @param {HTMLLIElement} row
 * @param {Kept} mail
 * @param {boolean} isCurrent
 * @param {(mail: Kept) => void} open
 */
function fill(row, mail, isCurrent, open) {
  const button = row.querySelector("button") ?? row.appendChild(document.createElement("button"));
  button.type = "button";
  button.className = `row ${mail.mine ? "sent" : ""} ${isNew(mail) ? "new" : ""}`;
  button.setAttribute("aria-current", String(isCurrent));
  button.onclick = () => open(mail);
  const time = document.createElement("time");
  tellTime(time, mail.date, locale());
  button.replaceChildren(
    make("span", "who-wrote", mail.mine ? `${say("you")} → ${mail.to}` : mail.from_name || mail.from),
    time,
    make("span", "subject", mail.subject || say("noSubject")),
    make("span", "snippet", mail.text.replace(/\s+/g, " ").slice(0, 120)),
  );
}
