/** What came with a message: its files, and a mail as it was written. Nothing from elsewhere loads until asked for. */

/** @import {Entry} from "./types.js" */
import * as api from "./api.js";
import { el, set } from "./dom.js";
import { described, isPicture, kindAndSize } from "./kinds.js";
import { say, t } from "./strings.js";

/** Links in a mail open outside of the frame; nothing else in it may do anything. */
const MAY = "allow-popups allow-popups-to-escape-sandbox";

/** @typedef {Entry["attachments"][number]} File */

/**
 * The message's files, each to be downloaded; below them its pictures, to be seen, and opened in a page of their own.
 *
 * @param {string} id the conversation's
 * @param {Entry} entry
 */
export function fileLists(id, { attachments, detail }) {
  // Before it has left nobody is handed out what goes along.
  const isThere = detail.state === undefined;
  const isSeen = (/** @type {File} */ file) => Boolean(isThere && file.digest && isPicture(file));
  const rows = (/** @type {File[]} */ files) => files.map((file) => el("li", {}, isThere ? shown(id, file) : chip(file)));
  const others = rows(attachments.filter((file) => !isSeen(file)));
  const pictures = rows(attachments.filter(isSeen));
  return [
    others.length > 0 && el("ul", { class: "files", "aria-label": t.files.list }, ...others),
    pictures.length > 0 && el("ul", { class: "files", "aria-label": t.files.pictureList }, ...pictures),
  ];
}

/**
 * A mail as its sender saw it, folded away, and the mail itself to download.
 *
 * @param {string} id the conversation's
 * @param {Entry} entry
 */
export function mailLine(id, { id: entry, detail: { html, original } }) {
  if (!html && !original) return null;
  const address = `/api/conversations/${encodeURIComponent(id)}/entries/${encodeURIComponent(entry)}/html`;
  const frame = el("div", { class: "as-written", hidden: true });
  const show = el("button", { class: "plain", "aria-expanded": "false", onclick: toggle }, t.files.asWritten);
  const download = original && el("a", { class: "plain", href: addressOf(id, original), download: "" }, t.files.download);

  function toggle() {
    frame.hidden = !frame.hidden;
    set(show, "aria-expanded", String(!frame.hidden));
    show.textContent = frame.hidden ? t.files.asWritten : t.files.hide;
    if (!frame.hidden && !frame.childElementCount) void fillFrame(frame, address);
  }

  return el("div", { class: "mail" }, el("p", { class: "mail-line" }, html && show, download), html && frame);
}

/**
 * @param {Element} frame
 * @param {string} address
 */
async function fillFrame(frame, address) {
  try {
    const pictures = await api.remotePictures(address);
    const view = el("iframe", { sandbox: MAY, src: address, title: t.files.frame, referrerpolicy: "no-referrer" });
    const showPictures = () => ((view.src = `${address}?pictures=1`), bar.remove(), view.focus());
    const button = el("button", { onclick: showPictures }, t.files.pictures);
    const bar = el("div", { class: "bar" }, button, el("span", { class: "hint" }, t.files.picturesHint));
    frame.replaceChildren(...(pictures ? [bar, view] : [view]));
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    frame.replaceChildren(el("p", { class: "aside" }, error.status === 404 ? t.files.gone : t.files.unreadable));
    frame.addEventListener("click", () => frame.replaceChildren(), { once: true });
  }
}

/**
 * @param {string} id
 * @param {File} file
 */
function shown(id, file) {
  const { digest, url = "", name } = file;
  if (digest) return isPicture(file) ? picture(id, digest, file) : download(id, digest, file);
  if (!/^https?:\/\//.test(url)) return chip(file);
  return el("a", { class: "file", href: url, target: "_blank", rel: "noopener noreferrer", title: name }, ...described(file).nodes);
}

/**
 * @param {string} id
 * @param {string} digest
 * @param {File} file
 */
function download(id, digest, file) {
  const title = say(t.files.downloadOne, { name: file.name });
  return el("a", { class: "file", href: addressOf(id, digest), download: file.name, title }, ...described(file).nodes);
}

/**
 * @param {string} id
 * @param {string} digest
 * @param {File} file
 */
function picture(id, digest, file) {
  const address = `${addressOf(id, digest)}?inline`;
  const title = `${file.name} · ${kindAndSize(file)}`;
  // What calls itself a picture and is none is a file like any other.
  const onerror = () => node.replaceWith(download(id, digest, file));
  const image = el("img", { src: address, alt: file.name, loading: "lazy", decoding: "async", onerror });
  const node = el("a", { class: "picture", href: address, target: "_blank", rel: "noopener", title }, image);
  return node;
}

/** @param {File} file */
function chip(file) {
  return el("span", { class: "file" }, ...described(file).nodes);
}

/**
 * @param {string} id
 * @param {string} digest
 */
function addressOf(id, digest) {
  return `/api/conversations/${encodeURIComponent(id)}/files/${digest}`;
}
