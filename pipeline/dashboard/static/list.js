// The list of claims: a row each, placed a few milliseconds at a time, one of them in the tab order.

import { describeSpeaker, describeType } from "./labels.js";
import { counted, element, foreign, formatScore, formatTime } from "./text.js";

const SLICE_MS = 6;
const AT_ONCE = 40;
const ROW_HEIGHT_REM = 4.6; // about: a chunk that has not been drawn yet is taken to be so high
const CHUNK_MAX = 96;

/**
 * Rows stand in chunks of a few dozen, and a browser lays out and paints only the chunks in view
 * (content-visibility). A chunk begins at a row whose claim_id says so, wherever that row stands:
 * what comes in above or falls out below leaves the other chunks as they are.
 */
export class ClaimList {
  #list;
  #rows = new Map(); // key -> {node, of}
  #chunks = new Map(); // key of the first row -> node
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
    this.#work = this.#place(inChunks(keyed), newAfter);
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

  *#place(chunks, newAfter) {
    let nextChunk = this.#list.firstElementChild;
    const placed = new Map();
    for (const [chunkKey, keyed] of chunks) {
      const chunk = this.#chunks.get(chunkKey) ?? element("div", { class: "chunk", role: "presentation" });
      chunk.style.setProperty("contain-intrinsic-height", `auto ${keyed.length * ROW_HEIGHT_REM}rem`);
      placed.set(chunkKey, chunk);
      this.#chunks.set(chunkKey, chunk);
      if (chunk === nextChunk) nextChunk = nextChunk.nextElementSibling;
      else this.#list.insertBefore(chunk, nextChunk);
      let next = chunk.firstElementChild;
      for (const [key, of] of keyed) {
        const before = this.#rows.get(key)?.node;
        const node = this.#row(key, of, newAfter);
        if (next && next === before) next = node; // made anew, in the same place
        if (node === next) next = next.nextElementSibling;
        else chunk.insertBefore(node, next);
        yield;
        if (next?.parentNode !== chunk) next = node.nextElementSibling;
      }
    }
    for (const [key, chunk] of this.#chunks) {
      if (placed.get(key) === chunk) continue;
      chunk.remove();
      this.#chunks.delete(key);
    }
  }

  /** Return the row's node, made anew where what it shows has changed. */
  #row(key, of, newAfter) {
    const row = this.#rows.get(key);
    if (row?.of === of) return row.node;
    const node = of.claim ? this.#claimRow(of, of.arrival > newAfter) : headingRow(of);
    row?.node.replaceWith(node);
    this.#rows.set(key, { node, of });
    return node;
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
    const attributes = { class: isNew ? "claim new" : "claim", role: "listitem", "data-id": id };
    return element("div", attributes, link);
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

/** Return [key of the first, rows] for each chunk of [key, row] pairs. */
function inChunks(keyed) {
  const chunks = [];
  let rows = null;
  for (const pair of keyed) {
    if (rows === null || rows.length === CHUNK_MAX || (rows.length > 8 && beginsChunk(pair[0]))) {
      rows = [];
      chunks.push([pair[0], rows]);
    }
    rows.push(pair);
  }
  return chunks;
}

/** Tell whether a key, of which the last digits are those of a hash, begins a chunk: one in 32. */
function beginsChunk(key) {
  return parseInt(key.slice(-2), 16) < 8;
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
    "div",
    { class: "article-heading", role: "listitem" },
    foreign(of.title || "Without a title", "h2"),
    element("p", {}, of.source ? foreign(of.source) : null, of.source ? ", " : null, counted(count, "claim")),
  );
}
