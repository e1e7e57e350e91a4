/** What is said on X, as rows; a row stays the same element, so that focus and the pointer stay where they are. */

import { find, make, tellTime } from "./dom.js";
import { locale, say } from "./language.js";

/** @typedef {import("./x_api.js").Post} Post */
/** @typedef {import("./x_api.js").Message} Message */
/** @typedef {{ answer: (post: Post) => void, take: (post: Post) => void }} Acts */

const NEAR_PX = 80;
const list = find("#said", HTMLOListElement);
const empty = find("#nothing-said", HTMLElement);
const pane = find("#x .feed", HTMLElement);

/** @type {Map<string, { row: HTMLLIElement, shown: string }>} */
let rows = new Map();

/**
 * Show the posts of the threads that the company is part of, the thread with the latest post last.
 * @param {Post[]} posts oldest first
 * @param {{ handle: string, company: string }} who
 * @param {Acts} acts
 */
export function showPosts(posts, who, acts) {
  const fills = threadsWith(posts, who.company).map((post) => ({
    key: `post-${post.id}`,
    shown: JSON.stringify([post, who.handle, locale()]),
    fill: (/** @type {HTMLLIElement} */ row) => fillPost(row, post, who.handle, acts),
  }));
  show(fills, say("noPosts", { care: who.company }));
}

/**
 * Show direct messages.
 * @param {Message[]} messages oldest first
 * @param {string} company
 */
export function showMessages(messages, company) {
  const fills = messages.map((message) => ({
    key: `message-${message.id}`,
    shown: JSON.stringify([message, locale()]),
    fill: (/** @type {HTMLLIElement} */ row) => fillMessage(row, message),
  }));
  show(fills, say("noMessages", { care: company }));
}

/** What was said last comes into view. */
export function showLatest() {
  pane.scrollTop = pane.scrollHeight;
}

/**
 * @param {{ key: string, shown: string, fill: (row: HTMLLIElement) => void }[]} wanted
 * @param {string} nothing what is said where there is none
 */
function show(wanted, nothing) {
  const wasAtEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR_PX;
  const before = rows;
  rows = new Map(wanted.map(({ key }) => [key, before.get(key) ?? { row: document.createElement("li"), shown: "" }]));
  for (const { key, shown, fill } of wanted) {
    const known = rows.get(key);
    if (known && known.shown !== shown) {
      fill(known.row);
      known.shown = shown;
    }
  }
  const elements = [...rows.values()].map(({ row }) => row);
  if (elements.length !== list.children.length || elements.some((row, place) => list.children[place] !== row)) {
    list.replaceChildren(...elements);
  }
  empty.hidden = wanted.length > 0;
  empty.textContent = nothing;
  if (wasAtEnd) {
    showLatest();
  }
}

/**
 * @param {Post[]} posts
 * @param {string} company
 * @returns {Post[]}
 */
function threadsWith(posts, company) {
  /** @type {Map<string, Post[]>} */
  const threads = new Map();
  for (const post of posts) {
    const thread = threads.get(post.conversation) ?? [];
    // The thread with the latest post goes to the end.
    threads.delete(post.conversation);
    threads.set(post.conversation, [...thread, post]);
  }
  const name = new RegExp(`@${company}\\b`, "i");
  const isOurs = (/** @type {Post} */ post) => post.by_company || name.test(post.text);
  return [...threads.values()].filter((thread) => thread.some(isOurs)).flat();
}

/**
 * @param {HTMLLIElement} row
 * @param {Post} post
 * @param {string} handle
 * @param {Acts} acts
 */
function fillPost(row, post, handle, acts) {
  row.className = `said ${post.in_reply_to ? "answer" : ""} ${post.by_company ? "company" : ""}`;
  const footer = make("footer", "", "");
  footer.append(act(say("reply"), () => acts.answer(post)));
  if (post.from.toLowerCase() === handle.toLowerCase()) {
    footer.append(act(say("takeBack"), () => acts.take(post)));
  }
  row.replaceChildren(head(post.name, post.from, post.created_at), text(post), ...pictures(post), footer);
}

/**
 * @param {HTMLLIElement} row
 * @param {Message} message
 */
function fillMessage(row, message) {
  row.className = `said ${message.by_company ? "company" : "mine"}`;
  const who = message.by_company ? `@${message.from}` : say("you");
  row.replaceChildren(head(who, "", message.created_at), text(message), ...pictures(message));
}

/**
 * @param {string} name
 * @param {string} handle
 * @param {string} instant
 */
function head(name, handle, instant) {
  const line = make("p", "said-by", "");
  const time = document.createElement("time");
  tellTime(time, instant, locale());
  line.append(make("b", "", name), ` ${handle ? `@${handle}` : ""} · `, time);
  return line;
}

/**
 * The text as people see it: addresses instead of t.co links, and `&` instead of `&amp;`.
 * @param {Post | Message} said
 */
function text(said) {
  let shown = said.text;
  for (const [short, address] of Object.entries(said.urls)) {
    const isBehind = /\/(photo|video)\/1$|\/messages\/media\//.test(address);
    shown = shown.replace(short, isBehind ? "" : address);
  }
  const plain = shown.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  return make("p", "said-text", plain.trim());
}

/** @param {Post | Message} said */
function pictures(said) {
  return said.media
    .filter((key) => key.startsWith("3_"))
    .map((key) => {
      const image = document.createElement("img");
      image.src = `/sandbox/x/media/${key}`;
      image.alt = say("picture");
      return image;
    });
}

/**
 * @param {string} word
 * @param {() => void} does
 */
function act(word, does) {
  const button = make("button", "quiet", word);
  button.type = "button";
  button.addEventListener("click", does);
  return button;
}
