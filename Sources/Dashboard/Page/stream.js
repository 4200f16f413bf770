// What the server tells by itself. A browser comes back after a break; where it gives up (the server refused), we do.
//
// A browser opens six connections to one server at most, and a stream takes one for as long as it is open. So a page
// that nobody sees lets go of its stream: many dashboards in the background must not keep a kill from being sent.

import { streamPath } from './api.js';

const events = ['status', 'windows', 'comparison', 'audit'];
const retryMilliseconds = 3000;
/** The stream begins with windows of the last ten seconds; what stands sooner than that misses nothing. */
const quickMilliseconds = 5000;

export class Stream {
  #source = null;
  #timer = 0;
  #flag = null;
  #hear;
  #reopened;
  #begunAt = 0;

  /** `hear(event, document)` for every event, `reopened()` when something may have been missed. */
  constructor(hear, reopened) {
    this.#hear = hear;
    this.#reopened = reopened;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#close() : this.#open()));
  }

  get isOpen() { return this.#source?.readyState === EventSource.OPEN; }

  listen(flag) {
    this.#flag = flag;
    this.#begunAt = performance.now();
    this.#open();
  }

  #open() {
    this.#close();
    if (this.#flag == null || document.hidden) return;
    const source = new EventSource(streamPath(this.#flag));
    this.#source = source;
    source.onopen = () => {
      if (performance.now() - this.#begunAt > quickMilliseconds) this.#reopened();
      this.#begunAt = -Infinity;
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.#timer = setTimeout(() => this.#open(), retryMilliseconds);
    };
    for (const event of events) {
      source.addEventListener(event, ({ data }) => {
        if (source === this.#source) this.#hear(event, JSON.parse(data));
      });
    }
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }
}
