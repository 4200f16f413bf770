// The table of guardrails: values, differences, intervals and verdicts.

import { element, find, replace, shape } from './dom.js';
import { ratioWords, verdictShape } from './verdict.js';
import { duration, milliseconds, number, share, signed, unknown } from './words.js';

/** `scaled` and `unit` write differences: `+0.42` and ` points`; `over` names the member with the threshold. */
const ofShares = { value: share, scaled: (value) => number(value * 100), unit: '\u00a0points', sign: 1 };
const kinds = {
  error_rate: { ...ofShares, title: 'Errors', about: 'share of failed requests' },
  slow_requests: {
    ...ofShares, title: 'Slow requests', about: 'slower than legacy\u2019s p95', over: 'slow_ms',
  },
  slowest_requests: {
    ...ofShares, title: 'Slowest requests', about: 'slower than legacy\u2019s p99', over: 'slowest_ms',
  },
  mean_latency: {
    title: 'Mean latency', about: 'of a request', value: milliseconds, scaled: number, unit: '\u00a0ms', sign: 1,
  },
  conversations_created: {
    title: 'Conversations created', about: 'per request; fewer is worse', value: number,
    scaled: (value) => number(value * 100), unit: '\u00a0%', sign: -1,
  },
};
const shortages = {
  one_cohort_only: 'only one cohort has traffic', few_requests: 'too few requests', few_users: 'too few users',
  nothing_measured: 'no measurements yet', not_reported: 'the servers do not report it',
};

export function showGuardrails(comparison) {
  const place = find('guardrails');
  if (!comparison?.guardrails?.length) {
    return replace(place, element('p', { class: 'quiet' }, 'No comparison yet.'));
  }
  const ratio = ratioWords(comparison);
  const columns = ['Guardrail', 'Legacy', 'Unified', 'Difference', 'Interval and margin', 'Verdict'];
  replace(place,
    element('table', { class: 'guardrails', role: 'table' },
      element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' },
        columns.map((name) => element('th', { scope: 'col', role: 'columnheader' }, name)))),
      element('tbody', { role: 'rowgroup' }, comparison.guardrails.map((state) => row(state, comparison)))),
    element('p', { class: 'quiet' }, 'Bars show the confidence interval of the difference, for all guardrails '
      + 'together. Further right is worse; the shaded area is beyond the margin.'),
    ratio ? element('p', { class: comparison.sample_ratio.off ? 'warning' : 'quiet' }, ratio) : null);
}

function row(state, comparison) {
  const kind = kinds[state.name] ?? { ...ofShares, title: state.name, about: '' };
  const cell = (label, ...content) => element('td', { role: 'cell', 'data-label': label }, ...content);
  return element('tr', { role: 'row', 'data-verdict': state.verdict },
    element('th', { scope: 'row', role: 'rowheader' }, kind.title, element('small', {}, about(kind, comparison))),
    cell('Legacy', kind.value(state.legacy)),
    cell('Unified', kind.value(state.unified)),
    cell('Difference', ...difference(state, kind)),
    cell('Interval', intervalBar(turned(state, kind.sign), sentence(state, kind))),
    cell('Verdict', element('span', { class: 'verdict-cell' }, verdictShape(state.verdict), state.verdict),
      element('small', {}, reason(state, kind))));
}

/** With the threshold in force, once there is one. */
function about(kind, comparison) {
  const threshold = kind.over && comparison[kind.over];
  return threshold == null ? kind.about : `${kind.about}: over ${milliseconds(threshold)}`;
}

const size = (value, { scaled, unit }) => scaled(value) + unit;

const change = (value, { scaled, unit }) => (value == null ? unknown : signed(value, scaled(value)) + unit);

const range = ({ lower, upper }, { scaled, unit }) =>
  `${signed(lower, scaled(lower))} to ${signed(upper, scaled(upper))}${unit}`;

function difference(state, kind) {
  const text = change(state.difference, kind);
  return state.lower == null || state.upper == null ? [text] : [text, element('small', {}, range(state, kind))];
}

/** Turns the values so that larger is worse. */
function turned({ lower, difference, upper, margin }, sign) {
  const turn = (value) => (value == null ? null : sign * value);
  const [low, high] = sign > 0 ? [lower, upper] : [upper, lower];
  return { lower: turn(low), difference: turn(difference), upper: turn(high), margin };
}

function sentence(state, kind) {
  if (state.lower == null || state.upper == null) return `No interval yet; margin ${size(state.margin, kind)}`;
  const difference = `${change(state.difference, kind)}, ${range(state, kind)}`;
  return `${difference}, margin ${size(state.margin, kind)}: ${state.verdict}`;
}

/** Why there is no verdict, and when to expect one. */
function reason(state, kind) {
  if (state.verdict === 'absent') return state.advice ?? shortages.not_reported;
  if (state.verdict !== 'undecided') return `margin ${size(state.margin, kind)}`;
  const parts = [];
  if (state.shortage) parts.push(shortages[state.shortage] ?? state.shortage);
  if (state.seconds_to_verdict != null) parts.push(`verdict in about ${duration(state.seconds_to_verdict)}`);
  if (state.detectable != null) parts.push(`detectable: ${size(state.detectable, kind)}`);
  return parts.join('; ') || `margin ${size(state.margin, kind)}`;
}

/** Of the bar. */
const width = 220;
const height = 34;
const middle = 17;

/**
 * The difference as a picture: the interval, and the margin beyond which unified is worse. All values in one unit, and
 * larger is worse.
 */
function intervalBar({ lower, difference, upper, margin }, words) {
  const reach = 1.15 * Math.max(1.6 * margin, Math.abs(lower ?? 0), Math.abs(upper ?? 0), Math.abs(difference ?? 0));
  const x = (value) => width / 2 + (value / (reach || 1)) * (width / 2);
  const edge = x(margin);
  return shape('svg', { class: 'interval', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': words },
    shape('rect', { class: 'beyond', x: edge, y: 3, width: width - edge, height: height - 6, rx: 3 }),
    shape('line', { class: 'axis', x1: 0, x2: width, y1: middle, y2: middle }),
    shape('line', { class: 'zero', x1: x(0), x2: x(0), y1: 6, y2: height - 6 }),
    shape('line', { class: 'margin', x1: edge, x2: edge, y1: 2, y2: height - 2 }),
    lower == null || upper == null ? null : shape('rect',
      { class: 'range', x: x(lower), y: middle - 5, width: Math.max(3, x(upper) - x(lower)), height: 10, rx: 5 }),
    difference == null ? null : shape('circle', { class: 'middle', cx: x(difference), cy: middle, r: 4 }));
}
