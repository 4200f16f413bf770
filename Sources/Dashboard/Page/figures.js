// Both sides since the split was last changed, and the counters since the start where nothing is compared.

import { element, find, replace } from './dom.js';
import { count, milliseconds, share } from './words.js';

const compared = [
  ['Requests', ({ requests }) => count(requests)],
  ['of them left out', ({ left_out: value }) => count(value)],
  ['Users', ({ users, users_exact: isExact }) => (isExact === false ? '~' : '') + count(users)],
  ['Errors', ({ errors }) => count(errors)],
  ['Error rate', ({ error_rate: value }) => share(value)],
  ['Slow requests', ({ slow_share: value }) => share(value)],
  ['Slowest requests', ({ slowest_share: value }) => share(value)],
  ['Conversations created', ({ created }) => count(created)],
  ['Mean', ({ mean_ms: value }) => milliseconds(value)],
  ['p50', ({ p50_ms: value }) => milliseconds(value)],
  ['p95', ({ p95_ms: value }) => milliseconds(value)],
  ['p99', ({ p99_ms: value }) => milliseconds(value)],
  ['p99.9', ({ p999_ms: value }) => milliseconds(value)],
];
const counted = [
  ['Requests', ({ requests }) => count(requests)],
  ['In flight', ({ in_flight: value }) => count(value)],
  ['Answers 5xx', ({ requests_by_status: by }) => count(by['5xx'])],
  ['Failed upstream', ({ errors }) => count(errors.connect + errors.timeout + errors.reset + errors.bad_answer)],
  ['p50', ({ total_ms: total }) => milliseconds(total.p50)],
  ['p95', ({ total_ms: total }) => milliseconds(total.p95)],
  ['p99', ({ total_ms: total }) => milliseconds(total.p99)],
];

export function showFigures(comparison, status, flag) {
  if (comparison) return draw(compared, comparison.legacy, comparison.unified, 'Since the split was last changed');
  const [legacy, unified] = status?.cohorts.filter((cohort) => cohort.flag === flag) ?? [];
  if (legacy && unified) draw(counted, legacy, unified, 'Since this proxy was started');
}

function draw(rows, legacy, unified, caption) {
  replace(find('figures'), element('table', { class: 'figures' },
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, element('td', {}),
      ['legacy', 'unified'].map((name) => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, rows.map(([title, text]) => element('tr', {}, element('th', { scope: 'row' }, title),
      element('td', {}, text(legacy)), element('td', {}, text(unified)))))));
}
