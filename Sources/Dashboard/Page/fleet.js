// The proxies that share the store. Where it keeps no register, this one alone is known.

import { read } from './api.js';
import { element, find, replace } from './dom.js';

export async function showFleet(status, flag) {
  const place = find('fleet');
  let document;
  try { document = await read.proxies(); } catch (refusal) {
    return replace(place, element('p', { class: 'quiet' }, `Who else runs is not known: ${refusal.message}`));
  }
  if (!document.registered) {
    const own = { killed_locally: status.flag_source.local_kill != null, draining: status.draining };
    return replace(place, list([item('This proxy', status.listen.join(', '), stateWords(own))]),
      element('p', { class: 'quiet' }, 'A flag file keeps no register of other proxies.'));
  }
  replace(place, list(document.proxies.map((proxy) => {
    const revision = proxy.revisions[flag.name];
    const words = stateWords(proxy);
    if (revision != null && revision !== flag.revision) words.push(`at revision ${revision}`);
    return item(proxy.name, `${proxy.admin}, ${proxy.version}`, words);
  })));
}

function stateWords({ silent, killed_locally: isKilled, draining }) {
  if (silent) return ['silent: nobody knows what it does'];
  const words = [];
  if (isKilled) words.push('killed on its own');
  if (draining) words.push('draining');
  return words.length ? words : ['serves'];
}

const list = (items) => element('ul', { class: 'list' }, items);

function item(name, about, words) {
  const isOdd = words.length > 1 || words[0] !== 'serves';
  return element('li', { class: isOdd ? 'odd' : null },
    element('strong', {}, name), element('span', {}, words.join(', ')), element('small', {}, about));
}
