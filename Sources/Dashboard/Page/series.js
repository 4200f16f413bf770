// Counts over time. Windows may arrive more than once (another proxy of the fleet may report later), so they are
// stored by their time.

const cohorts = ['legacy', 'unified'];

export class Series {
  #windows = new Map();
  #seconds;
  /** The time since which nothing is missing. */
  #since = Infinity;

  /** Keeps this many seconds. */
  constructor(seconds) { this.#seconds = seconds; }

  /** Whether nothing is missing from that time to the end. */
  covers(from) { return this.#since <= from; }

  /** `from`: the document is complete since that time. */
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

  /** Sums over bins of `size` seconds; null for bins before the first window. The last bin may be shorter. */
  bins(from, to, size) {
    const count = Math.ceil((to - from) / size);
    const bins = Array.from({ length: count }, (_, index) =>
      emptyBin(from + index * size, Math.min(size, to - from - index * size)));
    let first = Infinity;
    for (const window of this.#windows.values()) {
      first = Math.min(first, window.at);
      for (const [bin, part] of overlaps(window, bins, from, size)) {
        for (const cohort of cohorts) addFigures(bin[cohort], window[cohort], part);
      }
    }
    return bins.map((bin) => (bin.at + bin.seconds <= first ? null : bin));
  }
}

/** Changes of the flag, each once. */
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

/** The bins that a window overlaps, with its share in each: windows do not begin on the second. */
function overlaps(window, bins, from, size) {
  const end = window.at + window.seconds;
  const found = [];
  for (let index = Math.max(0, Math.floor((window.at - from) / size)); index < bins.length; index += 1) {
    const start = from + index * size;
    if (start >= end) break;
    const shared = Math.min(end, start + size) - Math.max(window.at, start);
    if (shared > 0) found.push([bins[index], shared / window.seconds]);
  }
  return found;
}

/** Weights quantiles by requests: accurate enough for a line. */
function addFigures(sum, added, part) {
  const requests = added.requests * part;
  const total = sum.requests + requests;
  for (const quantile of ['p50', 'p95', 'p99']) {
    const value = added[quantile + '_ms'];
    if (value == null || total === 0) continue;
    sum[quantile] = sum[quantile] == null ? value : (sum[quantile] * sum.requests + value * requests) / total;
  }
  sum.requests = total;
  sum.errors += added.errors * part;
}
