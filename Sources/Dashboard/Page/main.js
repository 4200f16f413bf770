// The dashboard: the stream tells what happens, the parts of the page show it.

import { read } from './api.js';
import { Charts } from './charts.js';
import { Controls } from './controls.js';
import { element, find, replace, write } from './dom.js';
import { showFigures } from './figures.js';
import { showFleet } from './fleet.js';
import { showGuardrails } from './guardrails.js';
import { Link } from './link.js';
import { showNow } from './now.js';
import { Stream } from './stream.js';
import { showTrail } from './trail.js';
import { showVerdict } from './verdict.js';
import { duration } from './words.js';

const fleetMilliseconds = 5000;

/** The flag that is shown, and what is known of it. */
const shown = { name: null, status: null, comparison: null };

const charts = new Charts();
const controls = new Controls(() => refresh());
const stream = new Stream(hear, () => charts.show(shown.name));
const link = new Link(stream, refresh);

const flag = () => shown.status?.flags.find(({ name }) => name === shown.name) ?? null;

function hear(event, document) {
  switch (event) {
    case 'status': showStatus(document); break;
    case 'windows': charts.add(document); break;
    case 'comparison': showComparison(document); break;
    case 'audit': showTrail(shown.name); break;
  }
  link.heard();
}

function showStatus(status) {
  shown.status = status;
  const current = flag();
  if (!current) return;
  showNow(status, current);
  controls.show(current, status.flag_source.local_kill != null);
  if (!shown.comparison) showFigures(null, status, shown.name);
  write(find('about'), `Turnout ${status.version}, up for ${duration(status.uptime_seconds)}, `
    + `${status.connections.open} connections`);
}

function showComparison(comparison) {
  if (comparison && comparison.flag !== shown.name) return;
  shown.comparison = comparison;
  showVerdict(comparison);
  showGuardrails(comparison);
  showFigures(comparison, shown.status, shown.name);
}

/** By request, where nothing comes by itself. */
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
  // The title of the page names it already.
  select.parentElement.hidden = names.length < 2;
  select.addEventListener('change', () => choose(select.value));
}

async function start() {
  let status;
  while (!status) {
    try { status = await read.status(); } catch {
      link.look();
      await new Promise((resume) => setTimeout(resume, 2000));
    }
  }
  const names = status.flags.map(({ name }) => name);
  const wanted = new URLSearchParams(location.search).get('flag');
  const chosen = names.includes(wanted) ? wanted : names[0];
  shown.status = status;
  offerFlags(names, chosen);
  choose(chosen);
  const renewFleet = () => document.hidden || (flag() && showFleet(shown.status, flag()));
  renewFleet();
  setInterval(renewFleet, fleetMilliseconds);
}

start();
