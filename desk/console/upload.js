/** Bringing a file to the server, and how far it has come: `fetch` can't tell that. */

/** @import {Attached} from "./types.js" */
import { Problem, signedOut } from "./api.js";
import { language } from "./strings.js";

export const MOST_BYTES = 20 * 2 ** 20;
const NO_ANSWER = 0;

/** @typedef {{done: Promise<Attached>, stop: () => void}} Upload `done` is refused with a Problem, also once it is stopped */

/**
 * @param {File} file
 * @param {(part: number) => void} onPart how much of it is there, up to 1
 * @returns {Upload}
 */
export function upload(file, onPart) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onPart(total ? loaded / total : 0);
    request.onerror = request.onabort = () => reject(new Problem(NO_ANSWER, "offline"));
    request.onload = () => {
      if (request.status === 201) resolve(request.response);
      else reject(problemOf(request));
    };
  });
  request.open("POST", `/api/files?name=${encodeURIComponent(nameOf(file))}`);
  request.responseType = "json";
  request.setRequestHeader("Accept-Language", language);
  request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
  request.send(file);
  return { done, stop: () => request.abort() };
}

/**
 * The file's name as text that can be sent: at most its last letters, and no half ones.
 *
 * @param {File} file
 */
function nameOf({ name }) {
  return [...name].slice(-200).join("").replace(/\p{Cs}/gu, "_");
}

/** @param {XMLHttpRequest} request */
function problemOf({ status, response }) {
  if (status === 401) signedOut();
  return new Problem(status, response?.code ?? "other", response ?? {});
}
