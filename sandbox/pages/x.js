/** X (Twitter): the person posts as a customer, in public or in private, and sees what the company says. */

import { Refused } from "./api.js";
import { find } from "./dom.js";
import { say } from "./language.js";
import { person } from "./person.js";
import { deletePost, readCompany, readMessages, readPosts, sendMessage, sendPost, watchX } from "./x_api.js";
import { showLatest, showMessages, showPosts } from "./x_feed.js";

/** @typedef {import("./x_api.js").Post} Post */
/** @typedef {import("./x_api.js").Message} Message */

const KEPT = "sandbox:handle";
const panel = find("#x", HTMLElement);
const who = find("#x-who", HTMLFormElement);
const handle = find("[name=handle]", HTMLInputElement, who);
const form = find("#x-writing", HTMLFormElement);
const text = find("[name=text]", HTMLTextAreaElement, form);
const send = find("[type=submit]", HTMLButtonElement, form);
const trouble = find(".trouble", HTMLElement, form);
const answering = find("#answering", HTMLElement);

let company = "";
let isPublic = true;
/** @type {Post | null} the post that is answered */
let answered = null;
/** @type {Post[]} */
let posts = [];
/** @type {Message[]} */
let messages = [];
/** @type {(text: string) => void} */
let tell = () => {};

/**
 * Set the panel up; `says` tells the person something once.
 * @param {(text: string) => void} says
 */
export async function setUpX(says) {
  tell = says;
  handle.value = localStorage.getItem(KEPT) ?? "ana_ruiz";
  who.addEventListener("submit", (event) => event.preventDefault());
  who.addEventListener("change", changeHandle);
  for (const button of panel.querySelectorAll("[data-public]")) {
    button.addEventListener("click", () => showSide(button.getAttribute("data-public") === "true"));
  }
  find("#stop-answering", HTMLElement).addEventListener("click", () => answer(null));
  form.addEventListener("submit", submit);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  company = (await readCompany()).username;
  showSide(true);
  watchX(refresh, () => tell(say("away")));
}

/** Say everything anew, in the language in use. */
export function renderX() {
  for (const button of panel.querySelectorAll("[data-public]")) {
    button.setAttribute("aria-pressed", String((button.getAttribute("data-public") === "true") === isPublic));
  }
  const to = answered ? answered.from : company;
  answering.hidden = !answered;
  find("span", HTMLElement, answering).textContent = say("answering", { who: `@${to}` });
  find("span", HTMLElement, send).textContent = say(isPublic ? "post" : "send");
  text.placeholder = say(isPublic ? "postHint" : "messageHint", { care: company });
  if (isPublic) {
    showPosts(posts, { handle: handle.value, company }, { answer, take });
  } else {
    showMessages(messages, company);
  }
}

/** @param {boolean} shows */
function showSide(shows) {
  isPublic = shows;
  answered = null;
  renderX();
  showLatest();
}

async function refresh() {
  const known = new Set([...posts, ...messages].map((said) => said.id));
  const isFirst = known.size === 0;
  try {
    [posts, messages] = await Promise.all([readPosts(), readMessages(handle.value)]);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) {
      throw error;
    }
    tell(say("away"));
    return;
  }
  renderX();
  if (!isFirst && [...posts, ...messages].some((said) => said.by_company && !known.has(said.id))) {
    tell(say("newOnX", { who: `@${company}` }));
  }
}

function changeHandle() {
  handle.value = handle.value.replace(/^@/, "").trim();
  if (who.reportValidity()) {
    localStorage.setItem(KEPT, handle.value);
    posts = [];
    messages = [];
    refresh();
  }
}

/** @param {Post | null} post */
function answer(post) {
  answered = post;
  renderX();
  text.focus();
}

/** @param {Post} post */
async function take(post) {
  await deletePost(post.id);
}

/** @param {SubmitEvent} event */
async function submit(event) {
  event.preventDefault();
  send.disabled = true;
  trouble.hidden = true;
  try {
    await leave(text.value.trim());
    text.value = "";
    answered = null;
    await refresh();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) {
      throw error;
    }
    trouble.textContent = error instanceof Refused ? say("xRefused", { why: error.message }) : say("away");
    trouble.hidden = false;
  } finally {
    send.disabled = false;
  }
}

/** @param {string} words */
async function leave(words) {
  const from = { from: handle.value, name: person().name };
  if (!isPublic) {
    await sendMessage({ ...from, text: words });
  } else if (answered) {
    await sendPost({ ...from, text: words, in_reply_to: answered.id });
  } else {
    // Whoever mentions nobody is not heard.
    const isHeard = new RegExp(`@${company}\\b`, "i").test(words);
    await sendPost({ ...from, text: isHeard ? words : `@${company} ${words}` });
  }
}
