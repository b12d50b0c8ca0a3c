// The list of claims: a row each, placed a few milliseconds at a time, one of them in the tab order.

import { describeSpeaker, describeType } from "./labels.js";
import { counted, element, foreign, formatScore, formatTime } from "./text.js";

const SLICE_MS = 6;
const AT_ONCE = 40;

export class ClaimList {
  #list;
  #rows = new Map(); // key -> {node, of}
  #wanted = [];
  #work = null;
  #scheduled = false;
  #activeId = null;
  #openId = null;

  constructor(list) {
    this.#list = list;
    this.#list.addEventListener("focusin", (event) => {
      const row = event.target.closest?.(".claim");
      if (row) this.#activate(row.dataset.id);
    });
  }

  /** Show these, in this order; with headings, those of one article stand under its title. */
  render(items, { headings = false, newAfter = Infinity } = {}) {
    const hadFocus = this.#list.contains(document.activeElement);
    this.#wanted = items.map((item) => item.id);
    const keyed = headings ? withHeadings(items) : items.map((item) => [item.id, item]);
    const keys = new Set(keyed.map(([key]) => key));
    for (const [key, row] of this.#rows) {
      if (!keys.has(key)) {
        row.node.remove();
        this.#rows.delete(key);
      }
    }
    this.#work = this.#place(keyed, newAfter);
    for (let placed = 0; placed < AT_ONCE && this.#step(); placed += 1);
    if (!this.#rows.has(this.#activeId)) this.#activate(this.#wanted[0] ?? null);
    if (hadFocus && !this.#list.contains(document.activeElement)) this.focusActive();
    this.#schedule();
  }

  /** Mark the claim that is open; null for none. */
  markOpen(id) {
    for (const [one, isOpen] of [[this.#openId, false], [id, true]]) {
      const link = this.#rows.get(one)?.node.firstElementChild;
      if (isOpen) link?.setAttribute("aria-current", "true");
      else link?.removeAttribute("aria-current");
    }
    this.#openId = id;
    if (id !== null && this.#rows.has(id)) this.#activate(id);
  }

  get activeId() {
    return this.#activeId;
  }

  get hasFocus() {
    return this.#list.contains(document.activeElement);
  }

  focusActive() {
    this.#link(this.#activeId)?.focus();
  }

  /** Focus the row so many places on; the first and last are the ends. */
  move(by) {
    const at = this.#wanted.indexOf(this.#activeId);
    const to = Math.min(Math.max(at + by, 0), this.#wanted.length - 1);
    const id = this.#wanted[to];
    if (id === undefined) return;
    while (!this.#rows.has(id) && this.#step());
    this.#activate(id);
    this.focusActive();
  }

  *#place(keyed, newAfter) {
    let next = this.#list.firstElementChild;
    for (const [key, of] of keyed) {
      let row = this.#rows.get(key);
      if (row === undefined || row.of !== of) {
        const node = of.claim ? this.#claimRow(of, of.arrival > newAfter) : headingRow(of);
        if (row !== undefined) {
          if (next === row.node) next = node;
          row.node.replaceWith(node);
        }
        row = { node, of };
        this.#rows.set(key, row);
      }
      if (row.node === next) next = next.nextElementSibling;
      else this.#list.insertBefore(row.node, next);
      yield;
    }
  }

  #step() {
    if (this.#work === null) return false;
    if (this.#work.next().done) this.#work = null;
    return this.#work !== null;
  }

  #schedule() {
    if (this.#scheduled || this.#work === null) return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      const until = performance.now() + SLICE_MS;
      while (performance.now() < until && this.#step());
      this.#schedule();
    });
  }

  #activate(id) {
    this.#link(this.#activeId)?.setAttribute("tabindex", "-1");
    this.#activeId = id;
    this.#link(id)?.setAttribute("tabindex", "0");
  }

  #link(id) {
    return this.#rows.get(id)?.node.firstElementChild;
  }

  #claimRow(item, isNew) {
    const { claim, id } = item;
    const link = element(
      "a",
      {
        href: `#${id}`,
        class: "row",
        tabindex: id === this.#activeId ? "0" : "-1",
        "aria-current": id === this.#openId ? "true" : null,
      },
      scoreMark(claim.score),
      foreign(claim.text, "span", { class: "sentence" }),
      element("span", { class: "labels" }, ...labels(item)),
    );
    return element("li", { class: isNew ? "claim new" : "claim", "data-id": id }, link);
  }
}

/** Return a score as a number over a bar. */
export function scoreMark(score) {
  const bar = element("span", { class: "bar", "aria-hidden": "true" });
  bar.style.setProperty("--share", score);
  return element("span", { class: "score" }, element("span", { class: "unseen" }, "Score "), formatScore(score), bar);
}

function labels({ claim, recordedAt }) {
  const speaker = describeSpeaker(claim.speaker);
  const type = describeType(claim);
  return [
    type && element("span", { class: "type" }, type),
    speaker?.name && foreign(speaker.name, "span", { class: "speaker" }),
    claim.article.source && foreign(claim.article.source, "span", { class: "source" }),
    element("time", { datetime: new Date(recordedAt).toISOString() }, formatTime(recordedAt)),
  ];
}

/** Return [key, row] pairs with a row for each article before its claims. */
function withHeadings(items) {
  const keyed = [];
  let heading = null;
  for (const item of items) {
    if (heading?.article !== item.article) {
      heading = { article: item.article, of: item.claim.article, count: 0 };
      keyed.push([`article ${item.article}`, heading]);
    }
    heading.count += 1;
    keyed.push([item.id, item]);
  }
  return keyed;
}

function headingRow({ of, count }) {
  return element(
    "li",
    { class: "article-heading" },
    foreign(of.title || "Without a title", "h2"),
    element("p", {}, of.source ? foreign(of.source) : null, of.source ? ", " : null, counted(count, "claim")),
  );
}
