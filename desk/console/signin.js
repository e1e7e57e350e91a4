/** The page before the desk: who are you? */

import * as api from "./api.js";
import { el, write } from "./dom.js";
import { threadMark } from "./marks.js";
import { t } from "./strings.js";

/**
 * @param {{hasEnded: boolean, onSignedIn: () => void, onLanguage: () => void}} options
 */
export function signInPage({ hasEnded, onSignedIn, onLanguage }) {
  const user = el("input", {
    id: "user",
    name: "username",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    required: true,
  });
  const password = el("input", {
    id: "password",
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
  });
  const told = el("p", { class: "care", role: "alert" }, hasEnded ? t.signIn.ended : "");
  const submit = el("button", { class: "main", type: "submit" }, t.signIn.go);

  async function signIn() {
    submit.disabled = true;
    write(told, "");
    try {
      await api.signIn(user.value.trim(), password.value);
      onSignedIn();
    } catch (error) {
      if (!(error instanceof api.Problem)) throw error;
      write(told, why(error));
      password.select();
    } finally {
      submit.disabled = false;
    }
  }

  return el(
    "main",
    { class: "sign-in" },
    el(
      "form",
      { method: "post", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), void signIn()) },
      el("h1", { class: "brand" }, threadMark(), t.hilo),
      el("p", { class: "hint" }, t.tagline),
      el("label", { for: "user" }, t.signIn.user),
      user,
      el("label", { for: "password" }, t.signIn.password),
      password,
      told,
      submit,
    ),
    el("button", { class: "plain", lang: t.teams.otherTag, onclick: onLanguage }, t.teams.other),
  );
}

/** @param {api.Problem} problem */
function why({ status, title, detail }) {
  if (status === 401) return t.signIn.wrong;
  return status === 0 || !title ? t.signIn.unreachable : `${title}. ${detail}`;
}
