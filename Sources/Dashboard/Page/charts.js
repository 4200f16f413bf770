// The charts of both cohorts, with one time axis and one selected time.

import { proxyNow, read } from './api.js';
import { Chart, pointedShare, shownBin } from './chart.js';
import { element, find, replace } from './dom.js';
import { Marks, Series } from './series.js';
import { milliseconds, number, percent, share, time } from './words.js';

const ranges = [
  { name: '15 min', seconds: 900, resolution: 1 },
  { name: '2 h', seconds: 7200, resolution: 60 },
  { name: '24 h', seconds: 86_400, resolution: 60 },
  { name: '7 days', seconds: 604_800, resolution: 60 },
];
/** The least width of a bin; narrower ones show noise. */
const pixelsPerBin = 4;
const refreshMilliseconds = 30_000;

const quantile = (name) => ({
  title: `Latency ${name}`, smallest: 1, format: milliseconds, value: (figures) => figures[name],
});
const measures = [
  { title: 'Requests per second', smallest: 1, format: number, value: ({ requests }, seconds) => requests / seconds },
  {
    title: 'Errors', smallest: 0.01, format: share,
    value: ({ requests, errors }) => (requests > 0 ? errors / requests : null),
  },
  quantile('p50'), quantile('p95'), quantile('p99'),
];

export class Charts {
  #flag = null;
  #range = ranges[0];
  #seconds = null;
  #minutes = null;
  #marks = null;
  #charts = measures.map((measure) => new Chart(measure));
  /** The selected position on the time axis, from 0 to 1; null: the latest. */
  #selected = null;

  constructor() {
    replace(find('charts'), this.#charts.map(({ node }) => node));
    this.#begin(null);
    find('ranges').append(...ranges.map((range) => this.#rangeChoice(range)));
    find('charts').addEventListener('pointermove', (event) => this.#point(event));
    find('charts').addEventListener('pointerleave', () => this.#select(null));
    find('moment').addEventListener('input', ({ target }) =>
      this.#select(target.value >= 100 ? null : target.value / 100));
    find('moment').addEventListener('blur', ({ target }) => {
      target.value = 100;
      this.#select(null);
    });
    find('table').addEventListener('toggle', () => this.#draw());
    setInterval(() => this.#draw(), 1000);
    setInterval(() => this.#range.resolution === 60 && this.#fetch(this.#range), refreshMilliseconds);
  }

  #begin(flag) {
    this.#flag = flag;
    this.#seconds = new Series(ranges[0].seconds + 60);
    this.#minutes = new Series(ranges.at(-1).seconds + 3600);
    this.#marks = new Marks();
  }

  /** Shows another flag, or the same after a break. */
  show(flag) {
    if (flag !== this.#flag) this.#begin(flag);
    this.#fetch(ranges[0]);
    if (this.#range.resolution === 60) this.#fetch(this.#range);
  }

  /** Adds windows of one second from the stream. */
  add(document) {
    if (document.flag === this.#flag) this.#take(document, this.#seconds);
  }

  #take(document, series, from) {
    series.add(document, from);
    this.#marks.add(document.marks);
  }

  async #fetch({ resolution, seconds }) {
    const flag = this.#flag;
    const series = this.#seriesOf(resolution);
    const start = proxyNow() - seconds;
    // Fetches only what is missing, and the end, which may have grown.
    const from = series.covers(start) ? series.end - 2 * resolution : start;
    // Without windows on the proxy, the charts begin with the stream.
    const document = await read.windows(flag, resolution, from).catch(() => null);
    if (!document || flag !== this.#flag) return;
    this.#take(document, series, from);
    this.#draw();
  }

  #seriesOf(resolution) { return resolution === 1 ? this.#seconds : this.#minutes; }

  #rangeChoice(range) {
    const input = element('input', { type: 'radio', name: 'range', value: range.name, checked: range === this.#range });
    input.addEventListener('change', () => {
      this.#range = range;
      if (range.resolution === 60) this.#fetch(range);
      this.#draw();
    });
    return element('label', {}, input, element('span', {}, range.name));
  }

  #point(event) {
    const plot = event.target.closest?.('svg.plot');
    if (!plot) return;
    const position = pointedShare(plot, event.clientX);
    this.#select(position >= 0 && position <= 1 ? position : null);
  }

  #select(position) {
    this.#selected = position;
    this.#draw();
  }

  /** What to draw, in at most `count` bins. */
  #view(count) {
    const { resolution, seconds } = this.#range;
    const size = Math.max(1, Math.ceil(seconds / count / resolution)) * resolution;
    // The present second or minute is not complete.
    const to = (Math.floor(proxyNow() / resolution) - 1) * resolution;
    // Bins keep their position as time passes; only the last one grows.
    const from = Math.ceil((to - seconds) / size) * size;
    const bins = this.#seriesOf(resolution).bins(from, to, size);
    const at = this.#selected == null ? null : Math.min(bins.length - 1, Math.floor(this.#selected * bins.length));
    return { bins, marks: this.#marks.between(from, to), from, to, at };
  }

  #draw() {
    const width = this.#charts[0].node.clientWidth || 400;
    const view = this.#view(Math.max(30, Math.floor(width / pixelsPerBin)));
    for (const chart of this.#charts) chart.draw(view);
    this.#describeMoment(view);
    if (find('table').open) this.#drawTable();
  }

  #describeMoment(view) {
    const bin = shownBin(view);
    const figures = bin == null ? 'no requests' : this.#charts.map((chart, index) => `${measures[index].title}: `
      + `legacy ${chart.text(bin, 'legacy')}, unified ${chart.text(bin, 'unified')}`).join('; ');
    find('moment').setAttribute('aria-valuetext', bin ? `${time(bin.at, true)}. ${figures}` : figures);
  }

  #drawTable() {
    const view = this.#view(15);
    const titles = measures.flatMap(({ title }) => [`${title}, legacy`, `${title}, unified`]);
    const texts = (bin) => this.#charts.flatMap((chart) => [chart.text(bin, 'legacy'), chart.text(bin, 'unified')]);
    const row = (bin) => element('tr', {},
      element('th', { scope: 'row' }, time(bin.at, this.#range.resolution === 1)),
      texts(bin).map((text) => element('td', {}, text)));
    const head = ['From', ...titles].map((title) => element('th', { scope: 'col' }, title));
    const mark = ({ at, enabled, percentage, by }) => element('li', {},
      `${time(at, true)}: ${enabled ? percent(percentage) : 'killed'}${by ? ` by ${by}` : ''}`);
    replace(find('table-place'),
      element('table', { class: 'figures' },
        element('thead', {}, element('tr', {}, head)),
        element('tbody', {}, view.bins.filter(Boolean).reverse().map(row))),
      view.marks.length ? element('ul', { class: 'quiet' }, view.marks.map(mark)) : null);
  }
}
