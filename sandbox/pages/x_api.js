/** What the page asks of the sandbox's X. */

import { answer } from "./api.js";

/**
 * @typedef {object} Post
 * @property {string} id
 * @property {string} from
 * @property {string} name
 * @property {boolean} by_company
 * @property {string} text
 * @property {string | null} in_reply_to
 * @property {string} conversation
 * @property {string[]} media
 * @property {Record<string, string>} urls
 * @property {string} created_at
 */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string} from
 * @property {string} to
 * @property {boolean} by_company
 * @property {string} text
 * @property {string[]} media
 * @property {Record<string, string>} urls
 * @property {string} created_at
 */

/** @returns {Promise<{ username: string, name: string }>} the company's account. */
export async function readCompany() {
  return answer(await fetch("/sandbox/x"));
}

/** @returns {Promise<Post[]>} the posts of all, oldest first. */
export async function readPosts() {
  return answer(await fetch("/sandbox/x/posts?all=1"));
}

/**
 * The direct messages between the company and one customer, oldest first.
 * @param {string} handle
 * @returns {Promise<Message[]>}
 */
export async function readMessages(handle) {
  return answer(await fetch(`/sandbox/x/messages?${new URLSearchParams({ with: handle })}`));
}

/**
 * Post as a customer. Throws Refused if X does not take it.
 * @param {{ from: string, name: string, text: string, in_reply_to?: string }} post
 */
export async function sendPost(post) {
  await ask("/sandbox/x/posts", post);
}

/**
 * Write the company a direct message as a customer.
 * @param {{ from: string, name: string, text: string }} message
 */
export async function sendMessage(message) {
  await ask("/sandbox/x/messages", message);
}

/** @param {string} id of the post that its author takes back */
export async function deletePost(id) {
  await ask(`/sandbox/x/posts/${id}/delete`, {});
}

/**
 * Calls `changed` at once and whenever anything happens on X.
 * @param {() => void} changed
 * @param {() => void} away whenever the sandbox stops answering
 */
export function watchX(changed, away) {
  const events = new EventSource("/sandbox/x/live");
  events.addEventListener("changes", changed);
  events.addEventListener("error", away);
}

/**
 * @param {string} path
 * @param {object} body
 */
async function ask(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}
