// What glasses and hats share, as bot/tryon/placing.py has it: a face's own axes, a picture put into its place, shadow, the
// room's light. Work is done in a `room`, the part of the photo that changes.
import { faceArea } from "./gates.js";
import { LIGHT_OF, percentile, shrinkBy, soften } from "./pixels.js";

const [LEFT_TEMPLE, RIGHT_TEMPLE, FOREHEAD, CHIN] = [127, 356, 10, 152];
export const THROUGH_SKIN = [0.85, 1.0, 1.05]; // red light comes through it more than blue
const LIGHT_SAMPLES_PX = 96;
const SOFTER_BY = 0.25; // a picture is kept softened in such steps: the camera asks for it again and again

/** @typedef {{values: Float32Array, width: number, height: number, times: number}} Soft so many times smaller than it was */

/** @typedef {{values: Float32Array, width: number, height: number, softened: Map<number, Soft>}} CutOut RGBA, 0 to 1, premultiplied */

/** @typedef {{origin: number[], x: number[], y: number[], scale: number}} Place its axes in px of the photo for each of the cut-out's own */

/** @typedef {{left: number, top: number, width: number, height: number}} Room */

/** @param {ImageData} picture @returns {CutOut} */
export function makeCutOut({ data, width, height }) {
  const values = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] / 255;
    for (let each = 0; each < 3; each++) values[at + each] = (data[at + each] / 255) * alpha;
    values[at + 3] = alpha;
  }
  return { values, width, height, softened: new Map() };
}

/** Along the eyes, down the nose, out of the face (units), and its width. @param {number[][]} mesh */
export function faceAxes(mesh) {
  const across = minus(mesh[RIGHT_TEMPLE], mesh[LEFT_TEMPLE]);
  const width = Math.hypot(...across);
  const along = across.map((each) => each / width);
  const slanted = minus(mesh[CHIN], mesh[FOREHEAD]);
  const shared = dot(slanted, along);
  const upright = slanted.map((each, axis) => each - along[axis] * shared);
  const down = upright.map((each) => each / Math.hypot(...upright));
  const ahead = [0, 1, 2].map((axis) => {
    const [one, other] = [(axis + 1) % 3, (axis + 2) % 3];
    return along[other] * down[one] - along[one] * down[other];
  });
  return { along, down, ahead, width };
}

/** A point of the cut-out, in the photo. @param {Place} place */
export function at({ origin, x, y }, [u, v]) {
  return [0, 1].map((axis) => origin[axis] + u * x[axis] + v * y[axis]);
}

/** The corners of the cut-out, in the photo. @param {CutOut} cutOut @param {Place} place */
export function cornersOf({ width, height }, place) {
  return [[0, 0], [width, 0], [0, height], [width, height]].map((each) => at(place, each));
}

/** The part of the photo that holds these points, and so much around them. @returns {Room} */
export function roomAround(photo, points, reach) {
  const [left, top] = [0, 1].map((axis) => Math.max(0, Math.floor(Math.min(...points.map((each) => each[axis]))) - reach));
  const [right, bottom] = [photo.width, photo.height].map((most, axis) =>
    Math.min(most, Math.ceil(Math.max(...points.map((each) => each[axis]))) + reach));
  return { left, top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

/** The cut-out in its place, smoothed before it is made smaller. @param {CutOut} cutOut @param {Place} place @param {Room} room */
export function lay(cutOut, place, room) {
  const { x, y, origin, scale } = place;
  const from = scale < 1 ? softened(cutOut, 0.45 / scale) : { ...cutOut, times: 1 };
  const turn = x[0] * y[1] - x[1] * y[0];
  const out = new Float32Array(4 * room.width * room.height);
  for (let row = 0, to = 0; row < room.height; row++) {
    for (let column = 0; column < room.width; column++, to += 4) {
      const dx = room.left + column - origin[0];
      const dy = room.top + row - origin[1];
      const u = ((dx * y[1] - dy * y[0]) / turn + 0.5) / from.times - 0.5;
      const v = ((dy * x[0] - dx * x[1]) / turn + 0.5) / from.times - 0.5;
      if (u > -1 && v > -1 && u < from.width && v < from.height) pick(from.values, from.width, from.height, u, v, 4, out, to);
    }
  }
  return out;
}

/** The plane moved by so much, nothing coming in. @param {Room} room */
export function move(values, { width, height }, dx, dy) {
  const moved = new Float32Array(values.length);
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++, to++) pick(values, width, height, column - dx, row - dy, 1, moved, to);
  }
  return moved;
}

/** How much of each pixel is covered. @returns {Float32Array} */
export function alphaOf(worn) {
  return Float32Array.from({ length: worn.length / 4 }, (_, each) => worn[4 * each + 3]);
}

/** The light of a premultiplied pixel's colour. */
export function lightAt(worn, at, each) {
  return LIGHT_OF[Math.round(255 * Math.min(1, Math.max(0, worn[4 * at + each] / Math.max(worn[4 * at + 3], 1e-4))))];
}

/** A pixel anew, where any of its colours changes by more than rounding. */
export function mix(data, at, fresh) {
  for (let each = 0; each < 3; each++) if (Math.abs(fresh[each] - data[at + each]) > 1) return data.set(fresh, at);
}

/** Between pixels by weight; nothing outside. */
function pick(from, width, height, u, v, channels, out, to) {
  const left = Math.floor(u);
  const top = Math.floor(v);
  for (let corner = 0; corner < 4; corner++) {
    const column = left + (corner & 1);
    const row = top + (corner >> 1);
    if (column < 0 || row < 0 || column >= width || row >= height) continue;
    const weight = (corner & 1 ? u - left : 1 - u + left) * (corner >> 1 ? v - top : 1 - v + top);
    for (let each = 0; each < channels; each++) out[to + each] += weight * from[channels * (row * width + column) + each];
  }
}

/** The cut-out as soft as a bell of `sigma` pixels makes it; smaller first, which blurs, too, and spares most of the work. @returns {Soft} */
function softened(cutOut, sigma) {
  const step = Math.max(1, Math.round(sigma / SOFTER_BY));
  if (!cutOut.softened.has(step)) cutOut.softened.set(step, softenSmaller(cutOut, step * SOFTER_BY));
  return cutOut.softened.get(step);
}

function softenSmaller(cutOut, sigma) {
  const times = Math.max(1, Math.floor(sigma / 1.5));
  const done = (times ** 2 - 1) / 4; // the spread of a mean of squares, and of picking between larger pixels
  const small = times > 1 ? shrinkBy(cutOut.values, cutOut.width, cutOut.height, times, 4) : cutOut;
  const values = soften(small.values, small.width, small.height, Math.sqrt(sigma ** 2 - done) / times, 4);
  return { values, width: small.width, height: small.height, times };
}

/** How bright the room is, by the face: what is worn in the dark does not shine. @param {ImageData} photo @param {number[][]} mesh */
export function roomLight(photo, mesh) {
  const [low, high] = [Math.min, Math.max].map((choose) => [0, 1].map((axis) => Math.round(choose(...mesh.map((point) => point[axis])))));
  const scale = Math.min(1, LIGHT_SAMPLES_PX / Math.max(1, high[0] - low[0], high[1] - low[1]));
  const [width, height] = [0, 1].map((axis) => Math.max(1, Math.round((high[axis] - low[axis]) * scale)));
  const area = faceArea(mesh.map((point) => [0, 1].map((axis) => (point[axis] - low[axis]) * scale)), width, height);
  const means = [];
  for (let y = 0, each = 0; y < height; y++) {
    for (let x = 0; x < width; x++, each++) {
      const [column, row] = [Math.round(low[0] + x / scale), Math.round(low[1] + y / scale)];
      if (area[each] <= 0.5 || column < 0 || row < 0 || column >= photo.width || row >= photo.height) continue;
      const spot = 4 * (row * photo.width + column);
      means.push((LIGHT_OF[photo.data[spot]] + LIGHT_OF[photo.data[spot + 1]] + LIGHT_OF[photo.data[spot + 2]]) / 3);
    }
  }
  const bright = means.length ? percentile(means, 80) : 0.4;
  return 0.35 + (0.65 * Math.min(0.35, Math.max(0, bright - 0.05))) / 0.35;
}

function minus(one, other) {
  return one.map((each, axis) => each - other[axis]);
}

function dot(one, other) {
  return one.reduce((sum, each, axis) => sum + each * other[axis], 0);
}
