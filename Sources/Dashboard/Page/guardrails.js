// The table of guardrails: what is compared, by how much it differs, and what follows.

import { element, find, replace } from './dom.js';
import { intervalBar } from './interval.js';
import { ratioWords, verdictShape } from './verdict.js';
import { duration, milliseconds, number, share, signed, unknown } from './words.js';

/** `scaled` and `unit` tell differences: `+0.42` and ` points`; `over` names the member with the reference. */
const ofShares = { value: share, scaled: (value) => number(value * 100), unit: '\u00a0points', sign: 1 };
const kinds = {
  error_rate: { ...ofShares, title: 'Errors', about: 'share of requests that failed' },
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
    title: 'Conversations created', about: 'for each request; fewer is worse', value: number,
    scaled: (value) => number(value * 100), unit: '\u00a0%', sign: -1,
  },
};
const shortages = {
  one_cohort_only: 'only one side has traffic', few_requests: 'too few requests yet', few_users: 'too few users yet',
  nothing_measured: 'nothing measured yet',
};

export function showGuardrails(comparison) {
  const place = find('guardrails');
  if (!comparison?.guardrails?.length) {
    return replace(place, element('p', { class: 'quiet' }, 'Nothing has been compared yet.'));
  }
  const ratio = ratioWords(comparison);
  const columns = ['Guardrail', 'Legacy', 'Unified', 'Difference', 'Interval and margin', 'Verdict'];
  replace(place,
    element('table', { class: 'guardrails', role: 'table' },
      element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' },
        columns.map((name) => element('th', { scope: 'col', role: 'columnheader' }, name)))),
      element('tbody', { role: 'rowgroup' }, comparison.guardrails.map((state) => row(state, comparison)))),
    element('p', { class: 'quiet' }, 'The bar holds the difference with all certainty that was asked for; '
      + 'to the right is worse, and beyond the mark too much.'),
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

/** With the reference in force, once there is one. */
function about(kind, comparison) {
  const reference = kind.over && comparison[kind.over];
  return reference == null ? kind.about : `${kind.about}: over ${milliseconds(reference)}`;
}

const size = (value, { scaled, unit }) => scaled(value) + unit;

const change = (value, { scaled, unit }) => (value == null ? unknown : signed(value, scaled(value)) + unit);

const range = ({ lower, upper }, { scaled, unit }) =>
  `${signed(lower, scaled(lower))} to ${signed(upper, scaled(upper))}${unit}`;

function difference(state, kind) {
  const text = change(state.difference, kind);
  return state.lower == null || state.upper == null ? [text] : [text, element('small', {}, range(state, kind))];
}

/** So that larger is worse. */
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

/** Why it is not decided, and until when. */
function reason(state, kind) {
  if (state.verdict !== 'undecided') return `margin ${size(state.margin, kind)}`;
  const parts = [];
  if (state.shortage) parts.push(shortages[state.shortage] ?? state.shortage);
  if (state.seconds_to_verdict != null) parts.push(`about ${duration(state.seconds_to_verdict)} to go`);
  if (state.detectable != null) parts.push(`could show ${size(state.detectable, kind)}`);
  return parts.join('; ') || `margin ${size(state.margin, kind)}`;
}
