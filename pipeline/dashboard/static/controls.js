// The filters as a form: what it says, what it offers, and its state in the page's address.

import { element, formatLanguage, inert } from "./text.js";

const MAX_OPTIONS = 200;
const DEFAULTS = { q: "", source: "", language: "", claim_type: "", speaker: "", min_score: "0", order: "newest" };

export class Controls {
  #form;
  #scoreFrom;

  /** `onChange` is called when the claims have to be filtered anew. */
  constructor(form, onChange) {
    this.#form = form;
    this.#scoreFrom = form.querySelector("#score-from");
    this.#restore();
    let due = 0;
    const changed = () => {
      this.#scoreFrom.value = Number(this.#value("min_score")).toFixed(2);
      clearTimeout(due);
      due = setTimeout(() => {
        this.#remember();
        onChange();
      }, 60);
    };
    form.addEventListener("input", changed);
    form.addEventListener("reset", () => setTimeout(changed));
    form.addEventListener("submit", (event) => event.preventDefault());
    this.#scoreFrom.value = Number(this.#value("min_score")).toFixed(2);
  }

  /** Return the filter that the form describes. */
  filter() {
    return {
      q: this.#value("q"),
      source: this.#value("source"),
      language: this.#value("language"),
      claimType: this.#value("claim_type"),
      speaker: this.#value("speaker"),
      minScore: Number(this.#value("min_score")),
    };
  }

  get order() {
    return this.#value("order");
  }

  nextOrder() {
    const { order } = this.#form.elements;
    order.selectedIndex = (order.selectedIndex + 1) % order.length;
    this.#form.dispatchEvent(new Event("input"));
  }

  /** Number of filters that are set, the search left out: those that a narrow page hides. */
  get facetsSet() {
    const names = ["source", "language", "claim_type", "speaker", "min_score"];
    return names.filter((name) => this.#value(name) !== DEFAULTS[name]).length;
  }

  get isSet() {
    return this.facetsSet > 0 || this.#value("q") !== "";
  }

  /** Offer what the claims hold, the most frequent first where there is too much. */
  offer(items) {
    this.#offerIn("source", tally(items, (item) => item.source), inert);
    this.#offerIn("language", tally(items, (item) => item.language), formatLanguage);
    this.#offerIn("claim_type", tally(items, (item) => item.claimType), inert);
    const names = tally(items, (item) => item.claim.speaker?.name);
    const options = names.map(([name]) => element("option", { value: inert(name) }));
    this.#form.querySelector("#speakers").replaceChildren(...options);
  }

  #offerIn(name, tallied, format) {
    const select = this.#form.elements[name];
    const chosen = select.value;
    const values = tallied.map(([value]) => value);
    if (chosen && !values.includes(chosen)) values.push(chosen);
    const offered = [...select.options].slice(1).map((option) => option.value);
    values.sort((a, b) => a.localeCompare(b, "en"));
    if (values.length === offered.length && values.every((value, at) => value === offered[at])) return;
    select.replaceChildren(
      element("option", { value: "" }, "Any"),
      ...values.map((value) => element("option", { value }, format(value))),
    );
    select.value = chosen;
  }

  #value(name) {
    return this.#form.elements[name].value;
  }

  #restore() {
    const asked = new URLSearchParams(location.search);
    for (const name of Object.keys(DEFAULTS)) {
      const value = asked.get(name);
      if (value === null) continue;
      const field = this.#form.elements[name];
      const isChoice = field instanceof HTMLSelectElement && name !== "order";
      if (isChoice) field.append(element("option", { value }, inert(value)));
      field.value = value;
    }
    if (this.#value("order") === "") this.#form.elements.order.value = DEFAULTS.order;
  }

  #remember() {
    const said = new URLSearchParams();
    for (const [name, usual] of Object.entries(DEFAULTS)) {
      if (this.#value(name) !== usual) said.set(name, this.#value(name));
    }
    const query = said.size ? `?${said}` : "";
    history.replaceState(null, "", `${location.pathname}${query}${location.hash}`);
  }
}

/** Return [value, count] pairs of what is not empty, the most frequent first, MAX_OPTIONS of them. */
function tally(items, read) {
  const counts = new Map();
  for (const item of items) {
    const value = read(item);
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_OPTIONS);
}
