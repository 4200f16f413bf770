// A chart with a line for each cohort over time. Unified is thick and ends in a circle, legacy is thin and ends in a
// square, so that they differ without colour.

import { element, replace, shape, write } from './dom.js';
import { clock, percent, time } from './words.js';

const margin = { left: 46, right: 12, top: 10, bottom: 20 };
const height = 150;
const cohorts = ['legacy', 'unified'];

export class Chart {
  #measure;
  #plot = shape('svg', { class: 'plot', role: 'img' });
  #values = { legacy: element('output'), unified: element('output') };
  #view = null;

  /** `measure`: title, `value(figures, seconds)` (null when there is none) and `format(value)`. */
  constructor(measure) {
    this.#measure = measure;
    const readings = cohorts.map((name) =>
      element('span', { class: name }, marker(name), ' ' + name + ' ', this.#values[name]));
    this.node = element('figure', { class: 'chart' },
      element('figcaption', {}, element('span', { class: 'title' }, measure.title), ...readings), this.#plot);
    new ResizeObserver(() => this.#render()).observe(this.#plot);
  }

  /** `view`: bins, marks, from, to, and `at`, the selected bin (null: the latest). */
  draw(view) {
    this.#view = view;
    this.#render();
  }

  /** The value of one bin as text. */
  text(bin, cohort) {
    const value = bin && this.#measure.value(bin[cohort], bin.seconds);
    return value == null ? '–' : this.#measure.format(value);
  }

  #render() {
    const view = this.#view;
    const width = this.#plot.clientWidth;
    if (!view || width === 0) return;
    const lines = cohorts.map((cohort) =>
      view.bins.map((bin) => (bin ? this.#measure.value(bin[cohort], bin.seconds) : null)));
    const ticks = scale(Math.max(0, ...lines.flat().filter((value) => value != null)), this.#measure.smallest);
    const top = ticks.at(-1);
    const x = (at) => margin.left + ((at - view.from) / (view.to - view.from)) * (width - margin.left - margin.right);
    const y = (value) => height - margin.bottom - (value / top) * (height - margin.top - margin.bottom);
    const centre = (index) => x(view.bins[index]?.at + view.bins[index]?.seconds / 2);

    this.#plot.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.#plot.setAttribute('height', height);
    this.#plot.setAttribute('aria-label', this.#summary(view));
    replace(this.#plot,
      ticks.map((value) => this.#gridLine(y(value), width, value)),
      timeTicks(view, width).map((at) => timeLabel(at, x(at))),
      flagMarks(view.marks, x, width - margin.right),
      lines.map((values, index) => line(cohorts[index], values, centre, y)),
      view.at == null ? null : crosshair(view, lines, centre, y));
    this.#showReadings(view);
  }

  #gridLine(y, width, value) {
    return shape('g', { class: 'grid' },
      shape('line', { x1: margin.left, x2: width - margin.right, y1: y, y2: y }),
      shape('text', { x: margin.left - 6, y: y + 4, class: 'tick', 'text-anchor': 'end' },
        this.#measure.format(value)));
  }

  #showReadings(view) {
    const bin = shownBin(view);
    for (const cohort of cohorts) write(this.#values[cohort], this.text(bin, cohort));
  }

  #summary(view) {
    const bin = shownBin(view);
    const when = bin ? ` at ${time(bin.at, true)}` : '';
    return `${this.#measure.title}${when}: legacy ${this.text(bin, 'legacy')}, unified ${this.text(bin, 'unified')}`;
  }
}

/** The sign at the end of a cohort's line, and before its name. */
export function marker(cohort) {
  const form = cohort === 'legacy'
    ? shape('rect', { x: 2, y: 2, width: 8, height: 8 }) : shape('circle', { cx: 6, cy: 6, r: 4.5 });
  const size = { viewBox: '0 0 12 12', width: 12, height: 12 };
  return shape('svg', { class: 'marker ' + cohort, ...size, 'aria-hidden': 'true' }, form);
}

/** The selected bin; by default the last one. */
export function shownBin(view) {
  return view.bins[view.at ?? view.bins.length - 1] ?? null;
}

/** Three or four round values from 0 to above `largest`. */
function scale(largest, smallest) {
  const wanted = Math.max(largest * 1.08, smallest);
  const power = 10 ** Math.floor(Math.log10(wanted / 3));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step * 3 >= wanted);
  const steps = Math.ceil(wanted / step);
  return Array.from({ length: steps + 1 }, (_, index) => index * step);
}

/** Round times, far enough apart to read. */
function timeTicks({ from, to }, width) {
  const room = Math.max(2, Math.floor((width - margin.left) / 90));
  const steps = [60, 120, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800];
  const step = steps.find((seconds) => (to - from) / seconds <= room) ?? 172_800;
  const offset = new Date(from * 1000).getTimezoneOffset() * 60;
  const ticks = [];
  for (let at = Math.ceil((from - offset) / step) * step + offset; at < to; at += step) ticks.push(at);
  return ticks.filter((at) => (at - from) / (to - from) > 0.02 && (to - at) / (to - from) > 0.03);
}

function timeLabel(at, x) {
  return shape('text', { class: 'tick', x, y: height - 5, 'text-anchor': 'middle' }, clock(at));
}

function line(cohort, values, x, y) {
  let path = '';
  let isDown = false;
  let last = null;
  values.forEach((value, index) => {
    if (value == null) return void (isDown = false);
    path += `${isDown ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    if (!isDown) path += 'h0.01';
    isDown = true;
    last = index;
  });
  if (last == null) return null;
  return shape('g', { class: cohort },
    shape('path', { class: 'line', d: path }), point(cohort, x(last), y(values[last])));
}

function point(cohort, x, y) {
  return cohort === 'legacy'
    ? shape('rect', { class: 'point', x: x - 3.5, y: y - 3.5, width: 7, height: 7 })
    : shape('circle', { class: 'point', cx: x, cy: y, r: 4 });
}

/** A line for each change, with its label if the next mark leaves room. */
function flagMarks(marks, x, right) {
  return marks.map((mark, index) => {
    const position = x(mark.at);
    const words = mark.enabled ? percent(mark.percentage) : mark.local ? 'killed here' : 'killed';
    const room = index + 1 < marks.length ? x(marks[index + 1].at) - position : Infinity;
    return shape('g', { class: mark.enabled ? 'mark' : 'mark killed' },
      shape('line', { x1: position, x2: position, y1: margin.top, y2: height - margin.bottom }),
      room > 7 * words.length + 6 ? markLabel(words, position, right) : null);
  });
}

/** The label of a mark, to the left of its line near the end of the chart. */
function markLabel(words, position, right) {
  const isInside = position + 7 * words.length + 4 < right;
  const [x, anchor] = isInside ? [position + 4, 'start'] : [position - 4, 'end'];
  return shape('text', { x, y: margin.top + 9, 'text-anchor': anchor }, words);
}

function crosshair(view, lines, x, y) {
  const at = x(view.at);
  if (!Number.isFinite(at)) return null;
  const points = cohorts.map((cohort, index) => {
    const value = lines[index][view.at];
    return value == null ? null : shape('g', { class: cohort }, point(cohort, at, y(value)));
  });
  return shape('g', { class: 'crosshair' },
    shape('line', { x1: at, x2: at, y1: margin.top, y2: height - margin.bottom }), points);
}

/** The position of a pointer on the time axis, from 0 to 1. */
export function pointedShare(plot, clientX) {
  const box = plot.getBoundingClientRect();
  return (clientX - box.left - margin.left) / (box.width - margin.left - margin.right);
}
