/** Begins: the desk for whoever is signed in, else the page to sign in. */

import * as api from "./api.js";
import { openDesk } from "./desk.js";
import { el, write } from "./dom.js";
import { dropOldDrafts } from "./drafts.js";
import { keepPage } from "./dropped.js";
import { hush, notice, noticeNodes } from "./notice.js";
import { signInPage } from "./signin.js";
import { store } from "./store.js";
import { speak, t } from "./strings.js";
import { persistently, start, stop } from "./sync.js";

const root = el("div", { class: "root" });
document.body.append(root, ...noticeNodes);
keepPage();

const TRY_AGAIN_AFTER = 5_000;

let close = () => {};

/** Reads who is signed in, for as long as it takes. */
async function begin() {
  try {
    const me = await whoAmI();
    store.clear();
    store.me = me;
    dropOldDrafts();
    showDesk();
    start();
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    if (error.status === 401) showSignIn(false);
    else tellAndTryAgain();
  }
}

/** Something is wrong at Hilo that may take a while. */
function tellAndTryAgain() {
  root.replaceChildren(el("p", { class: "starting", role: "status" }, t.connection.starting));
  setTimeout(() => void begin(), TRY_AGAIN_AFTER);
}

async function whoAmI() {
  const waiting = el("p", { class: "starting", role: "status" });
  const telling = setTimeout(() => (write(waiting, t.connection.starting), root.replaceChildren(waiting)), 3_000);
  try {
    return await persistently(api.me);
  } finally {
    clearTimeout(telling);
  }
}

function showDesk() {
  close();
  close = openDesk(root, {
    onLanguage: () => (speak(t.teams.otherTag), hush(), showDesk()),
    onSignOut: () => void signOut(),
  });
}

/** @param {boolean} hasEnded */
function showSignIn(hasEnded) {
  close();
  stop();
  document.title = t.hilo;
  root.replaceChildren(
    signInPage({
      hasEnded,
      onSignedIn: () => void begin(),
      onLanguage: () => (speak(t.teams.otherTag), hush(), showSignIn(hasEnded)),
    }),
  );
  root.querySelector("input")?.focus();
}

async function signOut() {
  try {
    await api.signOut();
    store.clear();
    showSignIn(false);
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    notice(t.signIn.stillIn);
  }
}

api.onSignedOut(() => store.me && (store.clear(), showSignIn(true)));
void begin();
