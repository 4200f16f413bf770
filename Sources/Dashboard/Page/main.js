// The dashboard: passes events of the stream to the parts of the page.

import { read } from './api.js';
import { Charts } from './charts.js';
import { Controls } from './controls.js';
import { element, find, replace, write } from './dom.js';
import { showGuardrails } from './guardrails.js';
import { showFigures, showFleet, showTrail } from './lists.js';
import { showNow } from './now.js';
import { Link, Stream } from './stream.js';
import { showVerdict } from './verdict.js';
import { count, duration } from './words.js';

const fleetMilliseconds = 5000;

/** The flag on the page, and its latest documents. */
const shown = { name: null, status: null, comparison: null };

const charts = new Charts();
const controls = new Controls(() => refresh());
const stream = new Stream(onEvent, () => charts.show(shown.name));
const link = new Link(stream, refresh);

const flag = () => shown.status?.flags.find(({ name }) => name === shown.name) ?? null;

function onEvent(event, document) {
  switch (event) {
    case 'status': showStatus(document); break;
    case 'windows': charts.add(document); break;
    case 'comparison': showComparison(document); break;
    case 'audit': showTrail(shown.name); break;
  }
  link.updated();
}

function showStatus(status) {
  shown.status = status;
  const current = flag();
  if (!current) return;
  showNow(status, current);
  controls.show(current, status.flag_source.local_kill != null);
  if (!shown.comparison) showFigures(null, status, shown.name);
  write(find('about'), `Turnout ${status.version}, up for ${duration(status.uptime_seconds)}, `
    + `${count(status.connections.open)} connections`);
}

function showComparison(comparison) {
  if (comparison && comparison.flag !== shown.name) return;
  shown.comparison = comparison;
  showVerdict(comparison);
  showGuardrails(comparison);
  showFigures(comparison, shown.status, shown.name);
}

/** Fetches everything, without the stream. */
async function refresh() {
  showStatus(await read.status());
  const comparison = await read.comparison(shown.name).catch(() => null);
  if (comparison) showComparison(comparison);
}

function choose(name) {
  Object.assign(shown, { name, comparison: null });
  history.replaceState(null, '', '?' + new URLSearchParams({ flag: name }));
  showComparison(null);
  if (shown.status) showStatus(shown.status);
  showTrail(name);
  charts.show(name);
  stream.listen(name);
}

function offerFlags(names, chosen) {
  const select = find('flag');
  replace(select, names.map((name) => element('option', { value: name, selected: name === chosen }, name)));
  select.disabled = names.length < 2;
  // The page title already names a single flag.
  select.parentElement.hidden = names.length < 2;
  select.addEventListener('change', () => choose(select.value));
}

async function start() {
  let status;
  while (!status) {
    try { status = await read.status(); } catch {
      link.check();
      await new Promise((resume) => setTimeout(resume, 2000));
    }
  }
  const names = status.flags.map(({ name }) => name);
  const wanted = new URLSearchParams(location.search).get('flag');
  const chosen = names.includes(wanted) ? wanted : names[0];
  shown.status = status;
  offerFlags(names, chosen);
  choose(chosen);
  const refreshFleet = () => document.hidden || (flag() && showFleet(shown.status, flag()));
  refreshFleet();
  setInterval(refreshFleet, fleetMilliseconds);
}

start();
