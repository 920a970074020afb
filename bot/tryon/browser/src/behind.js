// What lies behind something that is taken away, guessed from around it: Telea's fast marching, as cv2.inpaint does it.

const REACH = 5; // px
const FAR = 1e6;
const [KNOWN, BAND, INSIDE] = [0, 1, 2];
const BESIDE = [[-1, 0], [0, -1], [1, 0], [0, 1]];

/**
 * The colours with those of `wanted` guessed. Bytes, 4 a pixel; the fourth is left as it is.
 * @param {Uint8ClampedArray} colours @param {Uint8Array} unknown 1 where they say nothing of what lies behind
 * @param {Uint8Array} wanted 1 where it will be seen; of the rest of `unknown` as much is guessed as lies on the way
 * @returns {Uint8ClampedArray}
 */
export function guessBehind(colours, unknown, wanted, width, height) {
  const out = new Uint8ClampedArray(colours);
  const [columns, rows] = [width + 2, height + 2]; // with a rim, as OpenCV has it
  const inside = new Uint8Array(columns * rows);
  for (let y = 0; y < height; y++) inside.set(unknown.subarray(y * width, (y + 1) * width), (y + 1) * columns + 1);
  const band = without(grow(inside, columns, rows, true), inside);
  clearRim(band, columns, rows);
  const state = inside.map((is, at) => (is ? INSIDE : band[at] ? BAND : KNOWN));
  const times = new Float32Array(columns * rows).fill(FAR);
  band.forEach((is, at) => is && (times[at] = 0));
  timeOutside(inside, band, times, columns, rows);
  let left = wanted.reduce((one, other) => one + other, 0);
  march(queueOf(band, times), state, times, columns, rows, (at) => {
    paint(out, width, state, times, columns, rows, at);
    if (wanted[(Math.floor(at / columns) - 1) * width + (at % columns) - 1]) left -= 1;
    return left > 0;
  });
  return out;
}

/** How far outside of the hole its surroundings lie, below 0: the gradient at its edge asks for it. */
function timeOutside(inside, band, times, columns, rows) {
  let around = inside;
  for (let step = 0; step < REACH; step++) around = grow(around, columns, rows, false);
  const outside = without(without(around, inside), band);
  clearRim(outside, columns, rows);
  const state = outside.map((is) => (is ? INSIDE : KNOWN));
  march(queueOf(band, times), state, times, columns, rows, () => true);
  outside.forEach((is, at) => is && (times[at] = -times[at]));
}

/** From the queue inwards, whatever is nearest first, for as long as `visit` says. */
function march(queue, state, times, columns, rows, visit) {
  while (queue.size) {
    const at = queue.pop();
    state[at] = KNOWN;
    const [row, column] = [Math.floor(at / columns), at % columns];
    for (const [down, along] of BESIDE) {
      const [y, x] = [row + down, column + along];
      if (y <= 0 || x <= 0 || y > rows - 2 || x > columns - 2) continue;
      const next = y * columns + x;
      if (state[next] !== INSIDE) continue;
      const [up, low, left, right] = [next - columns, next + columns, next - 1, next + 1];
      times[next] = Math.min(
        solve(up, left, state, times), solve(low, left, state, times), solve(up, right, state, times), solve(low, right, state, times),
      );
      if (!visit(next)) return;
      state[next] = BAND;
      queue.push(next);
    }
  }
}

function solve(one, other, state, times) {
  const [a, b] = [times[one], times[other]];
  if (state[one] !== INSIDE && state[other] !== INSIDE) {
    return Math.abs(a - b) >= 1 ? 1 + Math.min(a, b) : (a + b + Math.sqrt(2 - (a - b) ** 2)) / 2;
  }
  if (state[one] !== INSIDE) return 1 + a;
  return state[other] !== INSIDE ? 1 + b : 1 + Math.min(a, b);
}

/** One pixel by those that are known around it: nearer ones, along the way in, count for more. */
function paint(out, width, state, times, columns, rows, at) {
  const [row, column] = [Math.floor(at / columns), at % columns];
  const [slopeX, slopeY] = [slopeOf(state, times, at, 1), slopeOf(state, times, at, columns)];
  const [own, across, down] = [new Float64Array(3), new Float64Array(3), new Float64Array(3)];
  let weights = 1e-20;
  for (let k = Math.max(1, row - REACH); k <= Math.min(rows - 2, row + REACH); k++) {
    const y = row - k;
    const [high, low] = [k - 1 + (k === 1 ? 1 : 0), k - 1 - (k === rows - 2 ? 1 : 0)]; // as OpenCV counts at the edges
    for (let l = Math.max(1, column - REACH); l <= Math.min(columns - 2, column + REACH); l++) {
      const x = column - l;
      const near = k * columns + l;
      const far = x * x + y * y;
      if (state[near] === INSIDE || far > REACH * REACH || !far) continue;
      const along = x * slopeX + y * slopeY;
      const weight = Math.abs((Math.abs(along) <= 0.01 ? 1e-6 : along) / (far * Math.sqrt(far) * (1 + Math.abs(times[near] - times[at]))));
      weights += weight;
      const left = l - 1 + (l === 1 ? 1 : 0);
      const right = l - 1 - (l === columns - 2 ? 1 : 0);
      const here = 4 * (high * width + left);
      const [hasRight, hasLeft] = [state[near + 1] !== INSIDE, state[near - 1] !== INSIDE];
      const [hasLow, hasHigh] = [state[near + columns] !== INSIDE, state[near - columns] !== INSIDE];
      const timesX = hasRight && hasLeft ? 2 * x : hasRight || hasLeft ? x : 0;
      const timesY = hasLow && hasHigh ? 2 * y : hasLow || hasHigh ? y : 0;
      const toX = 4 * (high * width + right + (hasRight ? 1 : 0));
      const fromX = hasLeft ? here - 4 : here;
      const toY = 4 * ((low + (hasLow ? 1 : 0)) * width + left);
      const fromY = hasHigh ? here - 4 * width : here;
      for (let each = 0; each < 3; each++) {
        own[each] += weight * out[here + each];
        if (timesX) across[each] -= weight * timesX * (out[toX + each] - out[fromX + each]);
        if (timesY) down[each] -= weight * timesY * (out[toY + each] - out[fromY + each]);
      }
    }
  }
  const to = 4 * ((row - 1) * width + column - 1);
  for (let each = 0; each < 3; each++) {
    const [x, y] = [across[each], down[each]];
    out[to + each] = Math.round(own[each] / weights + (x + y) / (Math.sqrt(x * x + y * y) + 1e-20) + 0.5);
  }
}

function slopeOf(state, times, at, step) {
  const [hasNext, hasLast] = [state[at + step] !== INSIDE, state[at - step] !== INSIDE];
  if (hasNext && hasLast) return (times[at + step] - times[at - step]) / 2;
  if (hasNext) return times[at + step] - times[at];
  return hasLast ? times[at] - times[at - step] : 0;
}

/** Dilated by a pixel: by a cross, or by a square. */
function grow(plane, columns, rows, isCross) {
  const out = new Uint8Array(plane);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      if (!plane[at]) continue;
      for (let down = -1; down <= 1; down++) {
        for (let along = -1; along <= 1; along++) {
          if (isCross && down && along) continue;
          const [y, x] = [row + down, column + along];
          if (y >= 0 && x >= 0 && y < rows && x < columns) out[y * columns + x] = 1;
        }
      }
    }
  }
  return out;
}

function without(plane, less) {
  return plane.map((is, at) => (is && !less[at] ? 1 : 0));
}

function clearRim(plane, columns, rows) {
  for (let x = 0; x < columns; x++) plane[x] = plane[(rows - 1) * columns + x] = 0;
  for (let y = 0; y < rows; y++) plane[y * columns] = plane[(y + 1) * columns - 1] = 0;
}

function queueOf(band, times) {
  const queue = new Queue(times);
  band.forEach((is, at) => is && queue.push(at));
  return queue;
}

/** Places, the soonest first; of equal ones whichever came first. */
class Queue {
  constructor(times) {
    Object.assign(this, { times, heap: [], count: 0 });
  }

  get size() {
    return this.heap.length;
  }

  push(place) {
    const item = { place, time: this.times[place], came: this.count++ };
    let at = this.heap.push(item) - 1;
    for (let up = (at - 1) >> 1; at && isBefore(item, this.heap[up]); at = up, up = (at - 1) >> 1) this.heap[at] = this.heap[up];
    this.heap[at] = item;
  }

  pop() {
    const [first, last] = [this.heap[0], this.heap.pop()];
    if (!this.heap.length) return first.place;
    let at = 0;
    for (;;) {
      let low = 2 * at + 1;
      if (low >= this.heap.length) break;
      if (low + 1 < this.heap.length && isBefore(this.heap[low + 1], this.heap[low])) low += 1;
      if (!isBefore(this.heap[low], last)) break;
      this.heap[at] = this.heap[low];
      at = low;
    }
    this.heap[at] = last;
    return first.place;
  }
}

function isBefore(one, other) {
  return one.time < other.time || (one.time === other.time && one.came < other.came);
}
