// The lists at the end of the page: both cohorts in figures, the audit trail, the proxies.

import { read } from './api.js';
import { element, find, replace } from './dom.js';
import { count, milliseconds, moment, percent, share, time } from './words.js';

const quiet = (text) => element('p', { class: 'quiet' }, text);

const list = (items) => element('ul', { class: 'list' }, items);

// Figures

const compared = [
  ['Requests', ({ requests }) => count(requests)],
  ['Left out', ({ left_out: value }) => count(value)],
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
  ['Status 5xx', ({ requests_by_status: by }) => count(by['5xx'])],
  ['Failed attempts', ({ errors }) => count(errors.connect + errors.timeout + errors.reset + errors.bad_answer)],
  ['p50', ({ total_ms: total }) => milliseconds(total.p50)],
  ['p95', ({ total_ms: total }) => milliseconds(total.p95)],
  ['p99', ({ total_ms: total }) => milliseconds(total.p99)],
];

/** The comparison, or the counters since the start without one. */
export function showFigures(comparison, status, flag) {
  if (comparison) return draw(compared, comparison.legacy, comparison.unified, 'Since the last change of the split');
  const [legacy, unified] = status?.cohorts.filter((cohort) => cohort.flag === flag) ?? [];
  if (legacy && unified) draw(counted, legacy, unified, 'Since the start of this proxy');
}

function draw(rows, legacy, unified, caption) {
  replace(find('figures'), element('table', { class: 'figures' },
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, element('td', {}),
      ['legacy', 'unified'].map((name) => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, rows.map(([title, text]) => element('tr', {}, element('th', { scope: 'row' }, title),
      element('td', {}, text(legacy)), element('td', {}, text(unified)))))));
}

// The audit trail

const verbs = {
  kill: 'killed', restore: 'restored', allow: 'allowed', deny: 'denied', forget: 'returned to the bucket:',
  found: 'found', deleted: 'found deleted',
};

export async function showTrail(flag) {
  const node = find('trail');
  let trail;
  try { trail = await read.audit(flag); } catch (refusal) {
    return replace(node, quiet(`The audit trail cannot be read: ${refusal.message}`));
  }
  const { entries, unreadable } = trail;
  replace(node,
    entries.length > 0 ? element('ol', { class: 'list trail' }, entries.map(entry)) : quiet('No changes yet.'),
    unreadable > 0 ? quiet(`${count(unreadable)} lines of the audit trail cannot be read.`) : null);
}

function entry({ at, action, by, from, reason, users, before, after, revision }) {
  const seconds = moment(at);
  return element('li', { class: action === 'kill' ? 'killed' : null },
    element('time', { datetime: at }, seconds == null ? at : time(seconds)),
    element('span', {}, element('strong', {}, by ?? 'unknown'), ' ', what(action, before, after, users)),
    reason ? element('q', {}, reason) : null,
    element('small', {}, `revision ${revision}${from ? `, ${from}` : ''}`));
}

function what(action, before, after, users) {
  const verb = verbs[action];
  if (verb && users?.length) return `${verb} ${users.join(', ')}`;
  if (verb && action !== 'found') return verb;
  const from = before ? `${percent(before.percentage)} \u2192 ` : '';
  return `${verb ?? 'set'} ${from}${percent(after.percentage)}${after.enabled ? '' : ', killed'}`;
}

// The proxies that share the store

export async function showFleet(status, flag) {
  const node = find('fleet');
  let document;
  try { document = await read.proxies(); } catch (refusal) {
    return replace(node, quiet(`The list of proxies cannot be read: ${refusal.message}`));
  }
  if (!document.registered) {
    const own = { killed_locally: status.flag_source.local_kill != null, draining: status.draining };
    return replace(node, list([item('This proxy', status.listen.join(', '), stateWords(own))]),
      quiet('With a flag file, proxies do not know each other.'));
  }
  replace(node, list(document.proxies.map((proxy) => {
    const revision = proxy.revisions[flag.name];
    const words = stateWords(proxy);
    if (revision != null && revision !== flag.revision) words.push(`at revision ${revision}`);
    return item(proxy.name, `${proxy.admin}, ${proxy.version}`, words);
  })));
}

function stateWords({ silent, killed_locally: isKilled, draining }) {
  if (silent) return ['silent: state unknown'];
  const words = [];
  if (isKilled) words.push('killed locally');
  if (draining) words.push('draining');
  return words.length ? words : ['running'];
}

function item(name, about, words) {
  const isOdd = words.length > 1 || words[0] !== 'running';
  return element('li', { class: isOdd ? 'odd' : null },
    element('strong', {}, name), element('span', {}, words.join(', ')), element('small', {}, about));
}
