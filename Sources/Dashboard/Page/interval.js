// The difference of one guardrail as a picture: the interval, and the margin beyond which unified is worse. To the
// right is always worse.

import { shape } from './dom.js';

const width = 220;
const height = 34;
const middle = 17;

/** `lower`, `difference`, `upper` and `margin` in one unit, all so that larger is worse. */
export function intervalBar({ lower, difference, upper, margin }, words) {
  const reach = 1.15 * Math.max(1.6 * margin, Math.abs(lower ?? 0), Math.abs(upper ?? 0), Math.abs(difference ?? 0));
  const x = (value) => width / 2 + (value / (reach || 1)) * (width / 2);
  const edge = x(margin);
  return shape('svg', { class: 'interval', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': words },
    shape('rect', { class: 'beyond', x: edge, y: 3, width: width - edge, height: height - 6, rx: 3 }),
    shape('line', { class: 'axis', x1: 0, x2: width, y1: middle, y2: middle }),
    shape('line', { class: 'zero', x1: x(0), x2: x(0), y1: 6, y2: height - 6 }),
    shape('line', { class: 'margin', x1: edge, x2: edge, y1: 2, y2: height - 2 }),
    lower == null || upper == null ? null : shape('rect',
      { class: 'range', x: x(lower), y: middle - 5, width: Math.max(3, x(upper) - x(lower)), height: 10, rx: 5 }),
    difference == null ? null : shape('circle', { class: 'middle', cx: x(difference), cy: middle, r: 4 }));
}
