// Numbers and times as people read them. What is not known is a dash.

export const unknown = '–';
const space = '\u00a0';

function digits(value, places) {
  const text = value.toFixed(places);
  const shown = places > 0 ? text.replace(/\.?0+$/, '') : text;
  return (shown === '-0' ? '0' : shown).replace('-', '\u2212');
}

/** With three figures that matter, and as many decimals as that needs, at most three. */
export function number(value) {
  if (value == null || !Number.isFinite(value)) return unknown;
  const size = Math.abs(value);
  return digits(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

export function count(value) {
  return value == null ? unknown : String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A number that is one of percent already. */
export const percent = (value) => (value == null ? unknown : digits(value, 3) + space + '%');

/** A share of 1. */
export const share = (value) => (value == null ? unknown : number(value * 100) + space + '%');

export const milliseconds = (value) =>
  value == null ? unknown : value >= 10_000 ? number(value / 1000) + space + 's' : number(value) + space + 'ms';

export const signed = (value, text) => (value > 0 ? '+' + text : text);

export function duration(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return unknown;
  const units = [[86_400, 'days'], [3600, 'h'], [60, 'min'], [1, 's']];
  const [size, name] = units.find(([unit]) => seconds >= unit * (unit === 1 ? 0 : 1.5)) ?? units[3];
  return Math.round(seconds / size) + space + name;
}

export const ago = (seconds) => (seconds < 2 ? 'just now' : duration(seconds) + ' ago');

/** RFC 3339 to seconds since 1970; null when it is none. */
export function moment(text) {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : at / 1000;
}

export function clock(seconds, withSeconds = false) {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  if (withSeconds) options.second = '2-digit';
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', options);
}

/** With the day where it is not today. */
export function time(seconds, withSeconds = false) {
  const date = new Date(seconds * 1000);
  if (date.toDateString() === new Date().toDateString()) return clock(seconds, withSeconds);
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' }) + ' ' + clock(seconds, withSeconds);
}
