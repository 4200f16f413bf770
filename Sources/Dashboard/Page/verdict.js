// The verdict of the comparison, as words and shape.

import { announce, element, find, replace, shape, write } from './dom.js';
import { count, duration, moment, number, share, time } from './words.js';

const words = {
  harmful: 'Yes: harmful', safe: 'No: safe', undecided: 'Undecided', nothing: 'Nothing to compare',
  none: 'Unknown',
};
const forms = {
  // A triangle with a bar, a disc with a tick, a ring with dots: distinct without colour.
  harmful: ['M12 2 23 21H1Z', 'M12 9v6M12 18v.01'],
  safe: ['M12 1a11 11 0 1 0 0 22a11 11 0 1 0 0-22Z', 'M7 12.5l3.5 3.5L17 9'],
  undecided: ['M12 2.5a9.5 9.5 0 1 0 0 19a9.5 9.5 0 1 0 0-19Z', 'M8.5 12v.01M12 12v.01M15.5 12v.01'],
};
forms.none = forms.nothing = forms.undecided;

/** The shape of a verdict; outlined when there is none. */
export function verdictShape(verdict, size = 20) {
  const [outline, sign] = forms[verdict] ?? forms.none;
  const box = { viewBox: '0 0 24 24', width: size, height: size };
  return shape('svg', { class: 'sign ' + verdict, ...box, 'aria-hidden': 'true' },
    shape('path', { class: 'outline', d: outline }), shape('path', { class: 'inner', d: sign }));
}

/** With traffic in only one cohort there is nothing to decide. */
function verdictOf({ verdict, guardrails }) {
  const isAlone = guardrails.every(({ shortage }) => shortage === 'one_cohort_only');
  return verdict === 'undecided' && isAlone ? 'nothing' : verdict;
}

let announced = null;

/** `comparison`: ComparisonDocument, or null without one. */
export function showVerdict(comparison) {
  const verdict = comparison ? verdictOf(comparison) : 'none';
  const card = find('verdict');
  if (card.dataset.verdict !== verdict || !find('verdict-shape').firstChild) {
    card.dataset.verdict = verdict;
    replace(find('verdict-shape'), verdictShape(verdict, 44));
    write(find('verdict-word'), words[verdict] ?? verdict);
  }
  const sentence = comparison?.sentence ?? 'This proxy has no comparison yet.';
  if (find('sentence').textContent !== sentence.replaceAll('`', '')) replace(find('sentence'), withCommands(sentence));
  write(find('scope'), comparison ? scope(comparison) : '');
  if (announced != null && announced !== verdict) announce(`Is unified worse? ${words[verdict] ?? verdict}`);
  announced = verdict;
}

/** Shows text between backticks as code. */
function withCommands(sentence) {
  return sentence.split('`').map((part, index) => (index % 2 ? element('code', {}, part) : part));
}

function scope({ from, seconds, proxies, silent_proxies: silent }) {
  const parts = [`Since ${time(moment(from) ?? 0)} (${duration(seconds)})`];
  if (proxies > 1) parts.push(`${count(proxies)} proxies`);
  if (silent?.length) parts.push(`without ${silent.join(', ')} (silent)`);
  return parts.join(', ') + '.';
}

/** The sample ratio; null when unknown. */
export function ratioWords({ sample_ratio: ratio }) {
  if (!ratio || ratio.seen == null) return null;
  const seen = `${share(ratio.seen)} of the users seen are in unified, ${share(ratio.expected)} expected`;
  if (ratio.off) return `The split is off: ${seen} (p = ${number(ratio.p)}). Do not trust the comparison.`;
  return ratio.checked ? `The sample ratio is healthy: ${seen}.` : `${seen}; too few users to check the sample ratio.`;
}
