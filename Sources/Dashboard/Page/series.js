// What was counted over time. Windows come more than once (a proxy of the fleet may tell later), so they are kept by
// their moment.

const cohorts = ['legacy', 'unified'];

export class Series {
  #windows = new Map();
  #seconds;
  /** Since when everything is there. */
  #since = Infinity;

  /** Keeps that many seconds. */
  constructor(seconds) { this.#seconds = seconds; }

  /** Whether nothing is missing since then, up to the end. */
  covers(from) { return this.#since <= from; }

  /** `from`: the document tells all since then. */
  add(document, from = Infinity) {
    this.#since = Math.min(this.#since, from);
    for (const window of document.windows) this.#windows.set(window.at, window);
    const oldest = this.end - this.#seconds;
    for (const [at] of this.#windows) if (at < oldest) this.#windows.delete(at);
  }

  /** The end of the latest window; 0 without any. */
  get end() {
    let end = 0;
    for (const window of this.#windows.values()) end = Math.max(end, window.at + window.seconds);
    return end;
  }

  /** Sums over parts of `size` seconds; null for parts before anything was counted. The last one may be shorter. */
  bins(from, to, size) {
    const count = Math.ceil((to - from) / size);
    const bins = Array.from({ length: count }, (_, index) =>
      emptyBin(from + index * size, Math.min(size, to - from - index * size)));
    let first = Infinity;
    for (const window of this.#windows.values()) {
      first = Math.min(first, window.at);
      const bin = bins[Math.floor((window.at - from) / size)];
      if (!bin || window.at < from) continue;
      for (const cohort of cohorts) addFigures(bin[cohort], window[cohort]);
    }
    return bins.map((bin) => (bin.at + bin.seconds <= first ? null : bin));
  }
}

/** Changes of the flag, each once however often it is told. */
export class Marks {
  #marks = new Map();

  add(marks) {
    for (const mark of marks) this.#marks.set(`${mark.at} ${mark.revision} ${mark.local}`, mark);
  }

  between(from, to) {
    return [...this.#marks.values()].filter(({ at }) => at >= from && at <= to).sort((a, b) => a.at - b.at);
  }
}

function emptyBin(at, seconds) {
  const figures = () => ({ requests: 0, errors: 0, p50: null, p95: null, p99: null });
  return { at, seconds, legacy: figures(), unified: figures() };
}

/** Quantiles of several windows are weighted by their requests: close enough for a line, exact in the table above. */
function addFigures(sum, added) {
  const total = sum.requests + added.requests;
  for (const quantile of ['p50', 'p95', 'p99']) {
    const value = added[quantile + '_ms'];
    if (value == null || total === 0) continue;
    sum[quantile] = sum[quantile] == null ? value : (sum[quantile] * sum.requests + value * added.requests) / total;
  }
  sum.requests = total;
  sum.errors += added.errors;
}
