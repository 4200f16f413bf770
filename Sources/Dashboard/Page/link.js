// Whether what is seen is live. A stream that broke off is said clearly, with the age of what stands on the page; the
// status is then asked for, so that the page follows as well as it can.

import { announce, find, write } from './dom.js';
import { ago, duration } from './words.js';

/** The server says something every 2 s, or 5 s where nothing is compared. */
const patienceSeconds = 8;
const askSeconds = 5;
/** Not the clock of the day: that may be set. */
const now = () => performance.now() / 1000;

export class Link {
  #heardAt = now();
  #askedAt = now();
  #isAsking = false;
  #stream;
  #ask;

  /** `ask()` fetches the status, and throws when there is no answer. */
  constructor(stream, ask) {
    this.#stream = stream;
    this.#ask = ask;
    setInterval(() => this.look(), 1000);
  }

  heard() {
    this.#heardAt = now();
    this.look();
  }

  look() {
    const age = now() - this.#heardAt;
    const isLive = this.#stream.isOpen && age < patienceSeconds;
    if (document.hidden || (!isLive && age < 2)) return;
    this.#show(isLive ? 'live' : 'lost', isLive ? 'Live' : `Connection lost: this is ${duration(age)} old`);
    if (!isLive && !this.#isAsking && now() - this.#askedAt > askSeconds) this.#askNow();
  }

  async #askNow() {
    this.#isAsking = true;
    this.#askedAt = now();
    try {
      await this.#ask();
      this.#heardAt = now();
      this.#show('lost', `Not live: asked ${ago(0)}`);
    } catch {
      // It stays lost, and the age tells for how long.
    }
    this.#isAsking = false;
  }

  #show(state, text) {
    const node = find('link');
    if (node.dataset.state !== state) {
      if (state === 'lost') announce('The connection is lost. What the page shows is no longer live.');
      else if (node.dataset.state === 'lost') announce('The connection is back.');
      node.dataset.state = state;
      document.body.classList.toggle('lost', state === 'lost');
    }
    write(find('link-text'), text);
  }
}
