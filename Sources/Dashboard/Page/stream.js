// The event stream, and whether the page is live. Browsers reconnect after a break; when they give up because the
// server refused, this code reconnects.
//
// A browser opens at most six connections to one server, and an open stream holds one. So a hidden page closes its
// stream: many dashboards in the background must not block a kill.

import { streamPath } from './api.js';
import { announce, find, write } from './dom.js';
import { ago, duration } from './words.js';

const events = ['status', 'windows', 'comparison', 'audit'];
const retryMilliseconds = 3000;
/** The stream begins with windows of the last ten seconds, so one that opens within this time misses nothing. */
const quickMilliseconds = 5000;

export class Stream {
  #source = null;
  #timer = 0;
  #flag = null;
  #onEvent;
  #reopened;
  #begunAt = 0;

  /** Calls `onEvent(event, document)`, and `reopened()` when events may have been missed. */
  constructor(onEvent, reopened) {
    this.#onEvent = onEvent;
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
        if (source === this.#source) this.#onEvent(event, JSON.parse(data));
      });
    }
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }
}

/** The server sends an event every 2 s, or every 5 s without comparisons. */
const silenceSeconds = 8;
const pollSeconds = 5;
/** Monotonic: the wall clock can be set. */
const now = () => performance.now() / 1000;

/** Shows whether the page is live. While the stream is broken it shows the age of the page and polls the status. */
export class Link {
  #updatedAt = now();
  #polledAt = now();
  #isPolling = false;
  #stream;
  #poll;

  /** `poll()` fetches the status and throws without a response. */
  constructor(stream, poll) {
    this.#stream = stream;
    this.#poll = poll;
    setInterval(() => this.check(), 1000);
  }

  updated() {
    this.#updatedAt = now();
    this.check();
  }

  check() {
    const age = now() - this.#updatedAt;
    const isLive = this.#stream.isOpen && age < silenceSeconds;
    if (document.hidden || (!isLive && age < 2)) return;
    this.#show(isLive ? 'live' : 'lost', isLive ? 'Live' : `Connection lost: data is ${duration(age)} old`);
    if (!isLive && !this.#isPolling && now() - this.#polledAt > pollSeconds) this.#pollNow();
  }

  async #pollNow() {
    this.#isPolling = true;
    this.#polledAt = now();
    try {
      await this.#poll();
      this.#updatedAt = now();
      this.#show('lost', `Not live: updated ${ago(0)}`);
    } catch {
      // It stays lost and shows its age.
    }
    this.#isPolling = false;
  }

  #show(state, text) {
    const node = find('link');
    if (node.dataset.state !== state) {
      if (state === 'lost') announce('The connection is lost. The page is no longer live.');
      else if (node.dataset.state === 'lost') announce('The connection is back.');
      node.dataset.state = state;
      document.body.classList.toggle('lost', state === 'lost');
    }
    write(find('link-text'), text);
  }
}
