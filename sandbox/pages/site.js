/** Says calmly that the chat does not answer yet, and loads it as soon as it does. */

import { language, say, sayAll } from "./language.js";
import { keptPerson } from "./who.js";

const RETRY_MS = 2000;

const chat = document.documentElement.dataset.chat;
const waiting = /** @type {HTMLElement} */ (document.getElementById("waiting"));

/** What the page and its chat speak: the chat takes its language once, as it is loaded. */
const spoken = language();

function sayState() {
  sayAll();
  waiting.textContent = say(chat ? "chatWaiting" : "chatMissing");
}

/** @param {HTMLScriptElement} script the one line of the page, or what stands in for it at a later try. */
function watch(script) {
  script.dataset.language = spoken;
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

/** @param {{address?: string, name?: string}} who signs in at this site; nobody, without an address */
async function signInAs(who) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/sandbox/site/session", { method: "POST", headers, body: JSON.stringify(who) });
  if (answer.ok) location.reload();
}

document.getElementById("sign-in")?.addEventListener("click", () => void signInAs(keptPerson()));
document.getElementById("sign-out")?.addEventListener("click", () => void signInAs({}));

sayState();
addEventListener("storage", () => {
  if (language() !== spoken) {
    location.reload();
  }
});

// This module stands before the chat's line in the page, so that it runs first: the line has its language, and neither of
// its events is missed.
const line = document.querySelector("script[defer]");
if (line instanceof HTMLScriptElement) {
  watch(line);
}
