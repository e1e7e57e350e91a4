/** The sandbox's page: one person plays the customer on each channel. */

import { find } from "./dom.js";
import { say, sayAll, switchLanguage } from "./language.js";
import { focusRow, showList } from "./mail_list.js";
import { allMail, markOpened, openMailbox, refreshMail, watchMailbox } from "./mailbox.js";
import { watchPerson } from "./person.js";
import { renderPhones, setUpPhones } from "./phone.js";
import { focusMail, showMail } from "./reading.js";
import { setUpWriting, showWriting, writeNew, writeReply } from "./writing.js";
import { renderX, setUpX } from "./x.js";
import { showLatest } from "./x_feed.js";

/** @typedef {import("./mailbox.js").Kept} Kept */

const NOTICE_MS = 4000;

const email = find("#email", HTMLElement);
const notice = find("#notice", HTMLElement);
const site = find("#site", HTMLIFrameElement);

/** @type {"nothing" | "reading" | "writing"} */
let doing = "nothing";
/** @type {string | null} key of the mail that is open */
let open = null;
let noticeTimer = 0;

function render() {
  const mail = openMail();
  showList(allMail(), doing === "reading" ? open : null, read);
  showMail(doing === "reading" ? mail : null);
  showWriting(doing === "writing");
  email.dataset.mails = String(allMail().length);
  find("#nothing-open", HTMLElement).hidden = doing === "writing" || (doing === "reading" && mail !== null);
  email.dataset.view = doing === "nothing" ? "list" : "detail";
}

/** @returns {Kept | null} */
function openMail() {
  return allMail().find((mail) => mail.key === open) ?? null;
}

/** @param {Kept} mail */
function read(mail) {
  markOpened(mail);
  open = mail.key;
  doing = "reading";
  render();
  focusMail();
}

function backToList() {
  const wasOpen = open;
  doing = "nothing";
  open = null;
  render();
  focusRow(wasOpen);
}

/** @param {string} text said once, and gone after a while */
function tell(text) {
  notice.textContent = text;
  notice.classList.add("shown");
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => notice.classList.remove("shown"), NOTICE_MS);
}

/** @param {Kept[]} arrived */
function mailChanged(arrived) {
  render();
  const latest = arrived[0];
  if (latest) {
    tell(say("arrived", { who: latest.from_name || latest.from, subject: latest.subject || say("noSubject") }));
  }
}

/** @param {string} messageId */
async function mailSent(messageId) {
  await refreshMail();
  const mail = allMail().find((kept) => kept.mine && kept.message_id === messageId);
  tell(say("sent"));
  if (mail) {
    read(mail);
  } else {
    backToList();
  }
}

/** @param {string} channel */
function showChannel(channel) {
  document.body.dataset.channel = channel;
  for (const tab of document.querySelectorAll("[data-shows]")) {
    tab.setAttribute("aria-pressed", String(tab.getAttribute("data-shows") === channel));
  }
  showLatest();
}

/** The chat's visitor lives in this origin's storage, so a new one begins where that is gone. What is ours stays. */
function becomeNewVisitor() {
  for (const storage of [localStorage, sessionStorage]) {
    for (const key of Object.keys(storage).filter((name) => !name.startsWith("sandbox:"))) {
      storage.removeItem(key);
    }
  }
  site.contentWindow?.location.reload();
}

function setUpEmail() {
  watchMailbox(mailChanged, () => tell(say("away")));
  setUpWriting(mailSent);
  watchPerson(({ address }) => {
    doing = "nothing";
    open = null;
    openMailbox(address);
  });
  find("#write", HTMLElement).addEventListener("click", () => {
    doing = "writing";
    open = null;
    render();
    writeNew();
  });
  find("#reply", HTMLElement).addEventListener("click", () => {
    const mail = openMail();
    if (mail) {
      doing = "writing";
      render();
      writeReply(mail);
    }
  });
  for (const button of email.querySelectorAll(".back")) {
    button.addEventListener("click", backToList);
  }
  email.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && doing !== "nothing") {
      backToList();
    }
  });
}

function setUpPage() {
  sayAll();
  find("#language", HTMLElement).addEventListener("click", () => {
    switchLanguage();
    sayAll();
    render();
    renderX();
    renderPhones();
  });
  find("#new-visitor", HTMLElement).addEventListener("click", becomeNewVisitor);
  for (const tab of document.querySelectorAll("[data-shows]")) {
    tab.addEventListener("click", () => showChannel(tab.getAttribute("data-shows") ?? "chat"));
  }
  showChannel(first());
}

/** @returns {string} the channel that is seen where several share a place, as the style sheet has it. */
function first() {
  if (matchMedia("(min-width: 1280px)").matches) {
    return "x";
  }
  return matchMedia("(min-width: 860px)").matches ? "email" : "chat";
}

setUpPage();
setUpEmail();
setUpX(tell);
setUpPhones(tell);
