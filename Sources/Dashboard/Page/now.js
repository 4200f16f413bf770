// What is in force: the percentage, kills, and the last change.

import { proxyNow } from './api.js';
import { announce, element, find, replace, write } from './dom.js';
import { ago, duration, moment, percent } from './words.js';

/** The state of the flag on this proxy. */
export function stateOf(status, flag) {
  const { flag_source: source } = status;
  if (source.local_kill) return 'killed-here';
  if (source.store_lost) return 'store-lost';
  return flag.enabled ? 'on' : 'killed';
}

const states = {
  on: 'On',
  killed: 'Killed',
  'killed-here': 'Killed on this proxy',
  'store-lost': 'Off: the flag store was away too long',
};

let announced = null;

export function showNow(status, flag) {
  const state = stateOf(status, flag);
  const effective = flag.enabled ? flag.percentage : 0;
  write(find('now-title'), flag.name);
  write(find('share'), percent(effective));
  document.body.dataset.state = state;
  const kept = `everyone goes to legacy; a restore brings ${percent(flag.percentage)} back`;
  write(find('share-words'), flag.enabled ? 'of users go to unified' : kept);
  find('track').style.setProperty('--share', `${effective}%`);
  document.title = `${percent(effective)} ${flag.enabled ? '' : 'killed '}– Turnout`;
  replace(find('state'), element('strong', { class: 'badge ' + state }, states[state]),
    ` revision ${flag.revision}, generation ${status.generation}`);
  write(find('changed'), changedWords(flag));
  showWarnings(status, flag);
  const words = flag.enabled ? `${percent(effective)} of users go to unified` : 'Killed: everyone goes to legacy';
  if (announced != null && announced !== words) announce(words);
  announced = words;
}

function changedWords(flag) {
  const at = moment(flag.updated_at);
  const who = flag.updated_by ? ` by ${flag.updated_by}` : '';
  const why = flag.reason ? `: \u201c${flag.reason}\u201d` : '';
  if (at == null && !who && !why) return 'The last change has no author.';
  return `Changed${at == null ? '' : ' ' + ago(Math.max(0, proxyNow() - at))}${who}${why}`;
}

/** What a user has to know before changing anything. */
function showWarnings(status, flag) {
  const source = status.flag_source;
  const texts = [];
  if (source.local_kill) {
    const { by, reason } = source.local_kill;
    const who = by ? ` by ${by}` : '';
    const why = reason ? `: \u201c${reason}\u201d` : '';
    const stored = flag.stored_enabled ? 'The stored flag is on' : 'The stored flag is off, too';
    texts.push(`Only this proxy is killed${who}${why}. ${stored}.`);
  }
  if (!source.valid) {
    const since = source.stale_seconds ? ` for ${duration(source.stale_seconds)}` : '';
    const what = source.away ? 'The flag store cannot be read' : 'The flag store holds invalid flags';
    const effect = source.store_lost ? 'everyone goes to legacy' : 'the last good flags stay in force';
    texts.push(`${what}${since}; ${effect}. ${source.error ?? ''}`);
  }
  if (status.draining) texts.push('This proxy is draining: it finishes its last requests and then stops.');
  const node = find('warnings');
  if ([...node.children].map((child) => child.textContent).join('\n') === texts.join('\n')) return;
  replace(node, texts.map((text) => element('p', { class: 'warning', role: 'status' }, text)));
}
