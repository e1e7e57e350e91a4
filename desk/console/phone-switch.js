/** Whether the reader takes calls now, and where their phone is; who has none is told where ops name it. */

import * as api from "./api.js";
import { reasonOf } from "./actions.js";
import { el, fill, set, write } from "./dom.js";
import { announce, notice } from "./notice.js";
import { store } from "./store.js";
import { phrase, say, t } from "./strings.js";

export function phoneSwitch() {
  const toggle = el("input", { type: "checkbox", role: "switch", onchange: turn, "aria-describedby": "phone-where" });
  const label = el("label", { class: "toggle" }, toggle, t.phone.taking);
  const where = el("p", { class: "hint", id: "phone-where" });
  const node = el("div", { class: "phone-switch" }, label, where);
  let isTurning = false;

  async function turn() {
    const isReady = toggle.checked;
    isTurning = true;
    await takeCalls(isReady);
    isTurning = false;
    update();
  }

  function update() {
    const { phone } = store;
    node.hidden = !phone;
    if (!phone || isTurning) return;
    label.hidden = !canCall();
    toggle.checked = phone.is_ready;
    set(where, "class", canCall() ? "hint" : "hint missing");
    const told = whereWords();
    if (where.dataset.told === told.key) return;
    where.dataset.told = told.key;
    fill(where, ...phrase(told.words, { place: el("code", {}, told.place), number: el("b", {}, phone.number ?? "") }));
  }

  return { node, update };
}

/** Whether the reader can be given calls at all. */
export function canCall() {
  const { phone } = store;
  return Boolean(phone?.provider && (phone.number || phone.provider === "manual"));
}

/** Where the phone is, or where ops say so. */
function whereWords() {
  const { provider = null, number = null, off = null } = store.phone ?? {};
  if (!provider) return { key: "off", words: t.phone.off, place: "channels.phone" };
  if (off && canCall()) return { key: off, words: t.phone.taken[off], place: "" };
  if (provider === "manual") return { key: "manual", words: t.phone.manual, place: "" };
  if (!number) return { key: "none", words: t.phone.none, place: `users.${store.agent.id}.phone` };
  return { key: number, words: t.phone.rings, place: "" };
}

/**
 * Says so to Hilo; what is refused stays as it was.
 *
 * @param {boolean} isReady
 */
export async function takeCalls(isReady) {
  try {
    store.phone = await api.takeCalls(isReady);
    announce(isReady ? t.phone.nowReady : t.phone.nowNot);
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    if (store.me) notice(say(t.phone.refused, { why: reasonOf(error) }));
  }
  store.tell();
}

/** In the first column, how it stands: a word, where the reader takes calls. */
export function phoneWord() {
  const node = el("span", { class: "hint" });
  return { node, update: () => (write(node, store.phone?.is_ready ? t.phone.ready : ""), (node.hidden = !store.phone?.is_ready)) };
}
