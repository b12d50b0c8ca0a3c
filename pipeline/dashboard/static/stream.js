// Follows the server: all claims once, then the changes. Starts anew whenever it must.

const RETRY_MS = 2000;
const SILENCE_MS = 20_000; // the server says something every five seconds

export class Stream {
  #on;
  #source = null;
  #silence = 0;
  #max;

  /** `on` has: claims(held), changes(put, removed), status(status), connected(isConnected). */
  constructor(on) {
    this.#on = on;
  }

  /** Load everything, then follow. Never ends; failures are tried again. */
  async start() {
    this.stop();
    try {
      const status = await this.#get("/api/status");
      this.#max = status.max_claims;
      this.#on.status(status);
      const answer = await this.#get(`/api/claims?limit=${this.#max}`);
      this.#on.claims(answer.claims);
      this.#follow(answer.cursor);
    } catch {
      this.#on.connected(false);
      setTimeout(() => this.start(), RETRY_MS);
    }
  }

  stop() {
    clearTimeout(this.#silence);
    this.#source?.close();
    this.#source = null;
  }

  async #get(path) {
    const answer = await fetch(path, { headers: { accept: "application/json" } });
    if (answer.status === 401) location.assign("/login");
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  #follow(cursor) {
    const source = new EventSource(`/api/events?after=${encodeURIComponent(cursor)}`);
    this.#source = source;
    const heard = () => {
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => this.#restart(), SILENCE_MS);
      this.#on.connected(true);
    };
    source.addEventListener("open", heard);
    source.addEventListener("status", (event) => {
      heard();
      this.#on.status(JSON.parse(event.data));
    });
    source.addEventListener("claims", (event) => {
      heard();
      const { put, removed } = JSON.parse(event.data);
      this.#on.changes(put, removed);
    });
    source.addEventListener("resync", () => this.start());
    source.addEventListener("error", () => {
      this.#on.connected(false);
      // A browser tries again by itself when a connection breaks, not when it is refused.
      if (source.readyState === EventSource.CLOSED) this.#restart();
    });
    heard();
  }

  #restart() {
    this.#on.connected(false);
    this.stop();
    setTimeout(() => this.start(), RETRY_MS);
  }
}
