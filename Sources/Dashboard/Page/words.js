// Numbers and times for people: `123,456`, `5.1 ms`, `12.3 %`, `90 points`. A dash stands for unknown values.

export const unknown = '–';
const space = '\u00a0';

const grouped = (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ',');

function digits(value, places) {
  const text = value.toFixed(places);
  const [whole, decimals] = (places > 0 ? text.replace(/\.?0+$/, '') : text).split('.');
  const shown = grouped(whole) + (decimals ? '.' + decimals : '');
  return (shown === '-0' ? '0' : shown).replace('-', '\u2212');
}

/** Three significant digits, with at most three decimals. */
export function number(value) {
  if (value == null || !Number.isFinite(value)) return unknown;
  const size = Math.abs(value);
  return digits(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

export function count(value) {
  return value == null ? unknown : grouped(String(Math.round(value)));
}

/** A value in percent. */
export const percent = (value) => (value == null ? unknown : digits(value, 3) + space + '%');

/** A share from 0 to 1. */
export const share = (value) => (value == null ? unknown : number(value * 100) + space + '%');

/** A difference of percentages. */
export const points = (value) => (value == null ? unknown : digits(value, 3) + space + 'points');

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

/** RFC 3339 to seconds since 1970; null when it is not a time. */
export function moment(text) {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : at / 1000;
}

export function clock(seconds, withSeconds = false) {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  if (withSeconds) options.second = '2-digit';
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', options);
}

/** With the day unless it is today. */
export function time(seconds, withSeconds = false) {
  const date = new Date(seconds * 1000);
  if (date.toDateString() === new Date().toDateString()) return clock(seconds, withSeconds);
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' }) + ' ' + clock(seconds, withSeconds);
}
