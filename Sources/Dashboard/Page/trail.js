// The audit trail: who changed what, when, from where and why.

import { read } from './api.js';
import { element, find, replace } from './dom.js';
import { moment, percent, time } from './words.js';

const verbs = {
  kill: 'killed', restore: 'restored', allow: 'allowed', deny: 'denied', forget: 'gave back to their bucket',
  found: 'found', deleted: 'found deleted',
};

export async function showTrail(flag) {
  const place = find('trail');
  let trail;
  try { trail = await read.audit(flag); } catch (refusal) {
    return replace(place, quiet(`The trail cannot be read: ${refusal.message}`));
  }
  const { entries, unreadable } = trail;
  replace(place,
    entries.length > 0
      ? element('ol', { class: 'list trail' }, entries.map(entry)) : quiet('Nobody has changed anything yet.'),
    unreadable > 0 ? quiet(`${unreadable} lines of the trail cannot be read.`) : null);
}

const quiet = (text) => element('p', { class: 'quiet' }, text);

function entry({ at, action, by, from, reason, users, before, after, revision }) {
  const seconds = moment(at);
  return element('li', { class: action === 'kill' ? 'killed' : null },
    element('time', { datetime: at }, seconds == null ? at : time(seconds)),
    element('span', {}, element('strong', {}, by ?? 'somebody'), ' ', what(action, before, after, users)),
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
