/** Files that go along with a reply: chosen, dropped or pasted, brought to the server at once, and taken out again. */

/** @import {Attached} from "./types.js" */
/** @import {Place} from "./destination.js" */
/** @import {Upload} from "./upload.js" */
import { Problem, newKey } from "./api.js";
import { el, keyed, set, write } from "./dom.js";
import { clipMark, described, kindAndSize } from "./kinds.js";
import { announce } from "./notice.js";
import { say, t } from "./strings.js";
import { MOST_BYTES, upload } from "./upload.js";

const MOST_FILES = 20;
const ON_X = { most: 4, bytes: { "image/gif": 15 * 2 ** 20, "image/png": 5 * 2 ** 20, "image/jpeg": 5 * 2 ** 20, "image/webp": 5 * 2 ** 20 } };

/**
 * A file on its way to the server; `problem` says why it did not get there.
 * @typedef {{key: string, name: string, type: string, size: number, file: File, part: number, problem: string, upload?: Upload}} Coming
 */

/**
 * @typedef {object} Listener
 * @property {() => void} onChange whether the reply can leave may have changed
 * @property {() => void} onTakenOut one of those that were there goes along no more
 * @property {(id: string, file: Attached) => void} onReady a file is there, for that conversation
 */

/** @param {Listener} listener */
export function attaching({ onChange, onTakenOut, onReady }) {
  const input = el("input", { type: "file", multiple: true, hidden: true, onchange: choose });
  const button = el("button", { class: "extra", type: "button", onclick: () => input.click() }, clipMark(), t.files.attach);
  const list = el("ul", { class: "files", "aria-label": t.files.chosen });
  const trouble = el("p", { class: "care", role: "status", hidden: true });
  const node = el("div", { class: "chosen", hidden: true }, list, trouble, input);

  let id = "";
  /** @type {Place | undefined} */
  let place;
  /** @type {Attached[]} */
  let ready = [];
  /** What is on its way, by conversation. @type {Map<string, Coming[]>} */
  const coming = new Map();
  /** One after another, so that they go along in the order in which they were chosen. */
  let line = Promise.resolve();

  function choose() {
    add([...(input.files ?? [])]);
    input.value = "";
  }

  /** @param {File[]} files */
  function add(files) {
    const begun = files.map((file) => {
      const { name, type, size } = file;
      return { key: newKey(), name: name || t.files.nameless, type, size, file, part: 0, problem: "" };
    });
    coming.set(id, [...(coming.get(id) ?? []), ...begun]);
    begin(id, begun);
    change();
  }

  /**
   * @param {string} to
   * @param {Coming[]} files
   */
  function begin(to, files) {
    for (const one of files) {
      one.problem = one.size > MOST_BYTES ? t.files.tooLarge : "";
      one.part = 0;
      if (!one.problem) line = line.then(() => bring(to, one));
    }
  }

  /**
   * @param {string} to
   * @param {Coming} one
   */
  async function bring(to, one) {
    const isWanted = () => coming.get(to)?.includes(one);
    if (!isWanted()) return;
    one.upload = upload(one.file, (part) => ((one.part = part), dress()));
    try {
      const file = await one.upload.done;
      forget(to, one);
      announce(say(t.files.attached, { name: file.name }));
      onReady(to, file);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!isWanted()) return;
      one.problem = error.title || t.refusals.offline;
    }
    change();
  }

  /**
   * @param {string} to
   * @param {Coming} one
   */
  function forget(to, one) {
    coming.set(to, (coming.get(to) ?? []).filter((other) => other !== one));
  }

  /** @param {Coming | Attached} one */
  function takeOut(one) {
    if ("file" in one) {
      one.upload?.stop();
      forget(id, one);
    } else ready = ready.filter((other) => other !== one);
    announce(say(t.files.takenOut, { name: one.name }));
    button.focus();
    onTakenOut();
    change();
  }

  function change() {
    dress();
    onChange();
  }

  function dress() {
    const all = [...ready, ...(coming.get(id) ?? [])];
    node.hidden = !place || all.length === 0;
    keyed(list, all, (one) => ("file" in one ? one.key : `${one.digest}/${one.name}`), row);
    // What did not get here says so itself.
    const along = all.filter((one) => !("file" in one) || !one.problem);
    const words = place && all.length ? refusal(along, place) : "";
    trouble.hidden = !words;
    write(trouble, words);
  }

  /** @param {Coming | Attached} first */
  function row(first) {
    let one = first;
    const bar = el("progress", { max: 1, "aria-label": say(t.files.underWay, { name: first.name }) });
    const what = described(first);
    const again = el("button", { class: "plain", type: "button", onclick: tryAgain }, t.files.again);
    const label = say(t.files.takeOut, { name: first.name });
    const out = el("button", { class: "out", type: "button", "aria-label": label, title: label, onclick: () => takeOut(one) }, "×");
    const node = el("li", { class: "file" }, ...what.nodes, again, bar, out);

    function tryAgain() {
      if ("file" in one) begin(id, [one]);
      button.focus();
      change();
    }

    return {
      node,
      /** @param {Coming | Attached} now */
      update(now) {
        one = now;
        const problem = "file" in now ? now.problem : "";
        bar.hidden = !("file" in now) || problem !== "";
        bar.value = "file" in now ? now.part : 1;
        again.hidden = !problem || now.size > MOST_BYTES;
        write(what.hint, problem || kindAndSize(now));
        set(what.hint, "class", problem ? "hint care" : "hint");
        set(node, "class", bar.hidden ? "file" : "file is-coming");
      },
    };
  }

  return {
    node,
    button,
    add,
    /** The files that are there. */
    ready: () => ready,
    /** Whether nothing speaks against sending what is there. */
    isRight: () => !coming.get(id)?.length && (ready.length === 0 || !place || !refusal(ready, place)),
    /**
     * Shows the draft's files.
     *
     * @param {string} next the conversation's id
     * @param {Attached[]} files
     */
    show(next, files) {
      id = next;
      ready = files;
      dress();
    },
    /**
     * Where the reply goes; undefined for a note.
     *
     * @param {Place | undefined} next
     */
    update(next) {
      place = next;
      button.hidden = !next || !takesFiles(next);
      dress();
    },
  };
}

/** @param {Place} place */
function takesFiles({ handle }) {
  return handle.startsWith("email:") || handle.startsWith("twitter:");
}

/**
 * Why the files can't go there, or nothing.
 *
 * @param {{type: string, size: number}[]} files
 * @param {Place} place
 */
function refusal(files, place) {
  const size = files.reduce((sum, one) => sum + one.size, 0);
  if (!takesFiles(place)) return t.files.notThere;
  if (files.length > MOST_FILES) return say(t.files.tooMany, { most: MOST_FILES });
  if (size > MOST_BYTES) return t.files.tooMuch;
  return place.handle.startsWith("twitter:") ? refusalOfX(files) : "";
}

/** @param {{type: string, size: number}[]} files */
function refusalOfX(files) {
  const bytes = /** @type {Record<string, number>} */ (ON_X.bytes);
  if (files.some(({ type, size }) => size > (bytes[type] ?? 0))) return t.files.picturesOnly;
  const hasGif = files.some(({ type }) => type === "image/gif");
  return files.length > (hasGif ? 1 : ON_X.most) ? t.files.fewPictures : "";
}
