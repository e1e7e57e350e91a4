/** What could not be processed, for ops alone: how many in the first column, and a dialog to look, try again or drop. */

/** @import {Letter} from "./types.js" */
/** @import {Row} from "./dom.js" */
import * as api from "./api.js";
import { open } from "./dialogs.js";
import { el, keyed, write } from "./dom.js";
import { notice } from "./notice.js";
import { store } from "./store.js";
import { count, t } from "./strings.js";
import { sureButton } from "./sure.js";
import { channelName } from "./sync.js";
import { show, timeElement, when } from "./time.js";

const LOOK_EVERY = 30_000;

/** The button that says how many there are; hidden for none, and to all but ops. */
export function deadButton() {
  const node = el("button", { class: "plain", hidden: true, onclick: () => void openLetters(look) });

  async function look() {
    if (store.me?.agent.role !== "ops" || document.hidden) return;
    const found = await asked(api.deadLetterCount);
    if (!found) return;
    node.hidden = found.count === 0;
    write(node, count(t.dead.count, found.count));
  }

  const timer = setInterval(() => void look(), LOOK_EVERY);
  void look();
  return { node, stop: () => clearInterval(timer) };
}

/** @param {() => Promise<void>} onChange */
async function openLetters(onChange) {
  const list = el("ul", { class: "mistakes letters", tabindex: 0, "aria-label": t.dead.title });
  const told = el("p", { class: "hint", role: "status" });
  const more = el("button", { type: "button", hidden: true, onclick: () => void readOn() }, t.dead.more);
  let pages = 1;
  const read = async () => {
    const found = await asked(() => firstPages(pages));
    if (!found) return;
    keyed(list, found.letters, ({ id }) => id, letterRow);
    write(told, found.count ? count(t.dead.count, found.count) : t.dead.none);
    more.hidden = !found.has_more;
    await onChange();
  };
  const readOn = async () => {
    const last = list.lastElementChild;
    pages += 1;
    await read();
    // Who reads by keyboard goes on with the first that is new.
    const next = last?.nextElementSibling?.querySelector("button");
    if (next) next.focus();
  };

  /** @returns {Row<Letter>} */
  function letterRow() {
    let id = "";
    const what = el("span", { class: "place" });
    const error = el("span", { class: "words" });
    const at = timeElement();
    const content = el("pre", { class: "content", hidden: true, tabindex: 0 });
    /** @param {"replay" | "drop"} verb */
    const act = async (verb) => {
      await asked(() => api.actOnLetter(id, verb));
      await read();
      list.focus();
    };
    const look = async () => {
      const letter = content.hidden ? await asked(() => api.deadLetter(id)) : null;
      content.hidden = !letter;
      if (letter) write(content, `${letter.error}\n\n${JSON.stringify(letter.content, null, 2)}`);
    };
    const drop = sureButton(t.dead.drop, t.dead.sure, () => void act("drop"));
    const acts = el(
      "div",
      { class: "letter-acts" },
      el("button", { type: "button", onclick: () => void look() }, t.dead.look),
      el("button", { type: "button", onclick: () => void act("replay") }, t.dead.replay),
      drop,
    );
    return {
      node: el("li", {}, what, error, at, acts, content),
      update(letter) {
        ({ id } = letter);
        const kind = /** @type {Record<string, string>} */ (t.dead.kinds)[letter.kind] ?? letter.kind;
        write(what, [kind, channelName(letter.channel)].filter(Boolean).join(" · "));
        write(error, letter.error);
        show(at, letter.at, when(letter.at));
      },
    };
  }

  open(t.dead.title, { body: [el("p", { class: "hint" }, t.dead.hint), told, list, more] });
  await read();
}

/**
 * The oldest letters, so many pages of them, as they are now.
 *
 * @param {number} pages
 */
async function firstPages(pages) {
  const found = await api.deadLetters();
  for (let page = 1; page < pages && found.has_more; page++) {
    const next = await api.deadLetters(found.letters.at(-1)?.id);
    found.letters.push(...next.letters);
    found.has_more = next.has_more;
  }
  return found;
}

/**
 * What the API answers; null where it says no, which is told.
 *
 * @template T
 * @param {() => Promise<T>} ask
 * @returns {Promise<T | null>}
 */
async function asked(ask) {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    if (!error.isPassing) notice([error.title, error.detail].filter(Boolean).join(". "));
    return null;
  }
}
