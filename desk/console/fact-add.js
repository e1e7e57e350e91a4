/** A fact that the agent knows and nobody has written: its kind, its value, and for a step what there is to choose from. */

import { setFact } from "./fact-acts.js";
import { el, fill } from "./dom.js";
import { factKinds, factSteps, loadFactKinds, spoken } from "./fact-words.js";
import { t } from "./strings.js";

/**
 * @param {() => string} conversation its id
 */
export function factAdd(conversation) {
  const button = el("button", { class: "plain fact-add", onclick: () => void open() }, t.facts.add);
  const node = el("div", { class: "fact-adding" }, button);

  /** @param {{kind?: string, value?: string}} [begun] */
  async function open({ kind = "", value = "" } = {}) {
    const id = conversation();
    await loadFactKinds({ anew: true });
    if (conversation() !== id) return;
    show(kind, value);
  }

  /**
   * @param {string} kind
   * @param {string} value
   */
  function show(kind, value) {
    const kinds = factKinds();
    const options = kinds.map((one) => el("option", { value: one.kind, selected: one.kind === kind }, spoken(one.label)));
    const choice = el("select", { "aria-label": t.facts.kind, onchange: () => dress() }, ...options);
    const steps = el("datalist", { id: "fact-steps" }, ...factSteps().map(({ words }) => el("option", { value: words })));
    const field = el("input", { value, "aria-label": t.facts.value, autocomplete: "off", dir: "auto" });
    const ask = el("p", { class: "hint", dir: "auto" });
    const submit = el("button", { class: "main", type: "submit" }, t.facts.save);
    const cancel = el("button", { type: "button", onclick: close }, t.dialog.cancel);
    const form = el("form", { class: "fact-form" }, choice, field, steps, ask, el("div", { class: "fact-acts" }, submit, cancel));

    const dress = () => {
      const chosen = kinds.find((one) => one.kind === choice.value);
      if (choice.value === "tried") field.setAttribute("list", "fact-steps");
      else field.removeAttribute("list");
      ask.textContent = spoken(chosen?.ask);
      ask.hidden = !ask.textContent;
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (field.value.trim()) add(choice.value, field.value.trim());
      else field.focus();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") (event.stopPropagation(), close());
    });
    fill(node, form);
    dress();
    (kind ? field : choice).focus();
  }

  /**
   * @param {string} kind
   * @param {string} text
   */
  function add(kind, text) {
    const step = kind === "tried" && factSteps().find(({ words }) => words.toLowerCase() === text.toLowerCase());
    const one = factKinds().find((each) => each.kind === kind);
    const fact = { kind, label: one?.label ?? {}, is_open: one?.is_open ?? false };
    const id = conversation();
    const refused = () => conversation() === id && show(kind, text);
    void setFact(id, fact, { value: step ? step.value : text, refused });
    close();
  }

  function close() {
    fill(node, button);
    button.focus();
  }

  return {
    node,
    /** Another conversation: what was begun for the former one is gone. */
    reset() {
      if (!button.isConnected) fill(node, button);
    },
  };
}
