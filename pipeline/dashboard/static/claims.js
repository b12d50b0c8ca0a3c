// The claims this page holds: as many as the server does, replaced and removed as it says.

import { prepare } from "./filters.js";

const SLACK = 200; // the server names what goes; an event may bring claims before the next does so

export class Claims {
  #items = new Map();
  #arrivals = 0;
  #max = Infinity;

  get size() {
    return this.#items.size;
  }

  /** Number of the latest arrival: what comes after it is new. */
  get latestArrival() {
    return this.#arrivals;
  }

  get(id) {
    return this.#items.get(id);
  }

  all() {
    return [...this.#items.values()];
  }

  ofArticle(article) {
    return this.all()
      .filter((item) => item.article === article)
      .sort((a, b) => a.claim.start - b.claim.start);
  }

  /** Hold about so many at most: the server does, and this bounds the page's memory too. */
  limit(max) {
    this.#max = max;
    this.#dropOldest();
  }

  /** Begin anew with these, newest first, as the API sends them. */
  reset(held) {
    const before = this.#items;
    this.#items = new Map();
    for (const one of held.toReversed()) this.#put(one, before.get(one.claim.claim_id)?.arrival);
  }

  put(held) {
    for (const one of held) this.#put(one, this.#items.get(one.claim.claim_id)?.arrival);
    this.#dropOldest();
  }

  remove(ids) {
    for (const id of ids) this.#items.delete(id);
  }

  #put(one, arrival) {
    const item = prepare(one);
    item.arrival = arrival ?? (this.#arrivals += 1);
    this.#items.set(item.id, item);
  }

  #dropOldest() {
    const excess = this.#items.size - this.#max;
    if (excess <= SLACK) return;
    const oldest = this.all().sort((a, b) => a.recordedAt - b.recordedAt || a.arrival - b.arrival);
    for (const item of oldest.slice(0, excess)) this.#items.delete(item.id);
  }
}
