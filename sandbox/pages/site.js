/** Says calmly that the chat does not answer yet, and loads it as soon as it does. */

import { say, sayAll } from "./language.js";

const RETRY_MS = 2000;

const chat = document.documentElement.dataset.chat;
const waiting = /** @type {HTMLElement} */ (document.getElementById("waiting"));

function sayState() {
  sayAll();
  waiting.textContent = say(chat ? "chatWaiting" : "chatMissing");
}

/** @param {HTMLScriptElement} script the one line of the page, or what stands in for it at a later try. */
function watch(script) {
  script.addEventListener("load", () => {
    waiting.hidden = true;
  });
  script.addEventListener("error", () => {
    waiting.hidden = false;
    setTimeout(tryAgain, RETRY_MS, script);
  });
}

/** @param {HTMLScriptElement} failed */
function tryAgain(failed) {
  const script = document.createElement("script");
  script.src = failed.src;
  watch(script);
  failed.replaceWith(script);
}

sayState();
addEventListener("storage", sayState);

// This module stands before the chat's line in the page, so that it runs first and misses neither of its events.
const line = document.querySelector("script[defer]");
if (line instanceof HTMLScriptElement) {
  watch(line);
}
