// A face's mesh and a pair of glasses -> the photo with them on. The same geometry and light as bot/tryon/face.py.
import { faceArea } from "./gates.js";
import { LIGHT_OF, drawArea, percentile, shrinkBy, soften, stepOf } from "./pixels.js";

const [BRIDGE, LEFT_TEMPLE, RIGHT_TEMPLE, FOREHEAD, CHIN, LEFT_EAR, RIGHT_EAR] = [168, 127, 356, 10, 152, 234, 454];
const SHADOW = 0.34;
const THROUGH_SKIN = [0.85, 1.0, 1.05]; // red light comes through it more than blue
const LIGHT_SAMPLES_PX = 96;
const SOFTER_BY = 0.25; // a front is kept softened in such steps: the camera asks for it again and again

/** @typedef {{values: Float32Array, width: number, height: number, times: number}} Soft so many times smaller than it was */

/**
 * @typedef {{values: Float32Array, width: number, height: number, bridge: number[], arm: number[], share: number,
 *   softened: Map<number, Soft>}} Front RGBA, 0 to 1, premultiplied; `arm` sRGB, 0 to 1
 */

/** A front from its picture and what the server says of it. @param {ImageData} picture @returns {Front} */
export function makeFront({ data, width, height }, { bridge, arm, share }) {
  const values = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] / 255;
    for (let each = 0; each < 3; each++) values[at + each] = (data[at + each] / 255) * alpha;
    values[at + 3] = alpha;
  }
  return { values, width, height, bridge, arm, share, softened: new Map() };
}

/** The photo with the glasses on: arms behind the face's edge, a shadow, the front over it. @param {ImageData} photo @param {number[][]} mesh @param {Front} front */
export function wearGlasses(photo, mesh, front) {
  const place = seat(mesh, front);
  const room = roomAround(photo, mesh, front, place);
  const worn = lay(front, place, room);
  const skin = skinIn(mesh, room);
  const shadow = cast(worn, place, room);
  const arms = drawArms(mesh, front, place, room);
  const bright = roomLight(photo, mesh);
  const arm = front.arm.map((each) => LIGHT_OF[Math.floor(each * 255)] * 0.6);
  const fresh = new Float32Array(3);
  const out = new ImageData(new Uint8ClampedArray(photo.data), photo.width, photo.height);
  for (let y = 0, at = 0; y < room.height; y++) {
    for (let x = 0; x < room.width; x++, at++) {
      const alpha = worn[4 * at + 3];
      const dark = shadow[at] * skin[at] * SHADOW;
      const side = arms[at] * skin[at];
      if (alpha + dark + side < 1e-4) continue;
      const spot = 4 * ((room.top + y) * photo.width + room.left + x);
      for (let each = 0; each < 3; each++) {
        const colour = LIGHT_OF[Math.round(255 * Math.min(1, Math.max(0, worn[4 * at + each] / Math.max(alpha, 1e-4))))];
        const behind = LIGHT_OF[photo.data[spot + each]] * (1 - dark * THROUGH_SKIN[each]);
        fresh[each] = stepOf((behind * (1 - side) + arm[each] * side) * (1 - alpha) + colour * bright * alpha);
      }
      mix(out.data, spot, fresh);
    }
  }
  return out;
}

/** A pixel anew, where any of its colours changes by more than rounding. */
function mix(data, at, fresh) {
  for (let each = 0; each < 3; each++) if (Math.abs(fresh[each] - data[at + each]) > 1) return data.set(fresh, at);
}

/** Where the front sits: its axes in px of the photo for each of its own, and the face's width. */
function seat(mesh, front) {
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
  const scale = (width * front.share) / front.width;
  const spot = [0, 1].map((axis) => mesh[BRIDGE][axis] + 0.045 * width * ahead[axis] + 0.03 * width * down[axis]);
  const [x, y] = [along, down].map((axis) => [axis[0] * scale, axis[1] * scale]);
  const origin = [0, 1].map((axis) => spot[axis] - front.bridge[0] * x[axis] - front.bridge[1] * y[axis]);
  return { origin, x, y, scale, width, down };
}

/** A point of the front, in the photo. */
function at({ origin, x, y }, [u, v]) {
  return [0, 1].map((axis) => origin[axis] + u * x[axis] + v * y[axis]);
}

/** The part of the photo that the glasses, their arms and their shadow lie in. */
function roomAround(photo, mesh, front, place) {
  const corners = [[0, 0], [front.width, 0], [0, front.height], [front.width, front.height]].map((each) => at(place, each));
  const points = [...corners, mesh[LEFT_EAR], mesh[RIGHT_EAR]];
  const reach = Math.ceil(0.2 * place.width) + 3;
  const [left, top] = [0, 1].map((axis) => Math.max(0, Math.floor(Math.min(...points.map((each) => each[axis]))) - reach));
  const [right, bottom] = [photo.width, photo.height].map((most, axis) =>
    Math.min(most, Math.ceil(Math.max(...points.map((each) => each[axis]))) + reach));
  return { left, top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

/** The front in its place, smoothed before it is made smaller. */
function lay(front, place, room) {
  const { x, y, origin, scale } = place;
  const from = scale < 1 ? softened(front, 0.45 / scale) : { ...front, times: 1 };
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

/** The front as soft as a bell of `sigma` pixels makes it; smaller first, which blurs, too, and spares most of the work. @returns {Soft} */
function softened(front, sigma) {
  const step = Math.max(1, Math.round(sigma / SOFTER_BY));
  if (!front.softened.has(step)) front.softened.set(step, softenSmaller(front, step * SOFTER_BY));
  return front.softened.get(step);
}

function softenSmaller(front, sigma) {
  const times = Math.max(1, Math.floor(sigma / 1.5));
  const done = (times ** 2 - 1) / 4; // the spread of a mean of squares, and of picking between larger pixels
  const small = times > 1 ? shrinkBy(front.values, front.width, front.height, times, 4) : front;
  const values = soften(small.values, small.width, small.height, Math.sqrt(sigma ** 2 - done) / times, 4);
  return { values, width: small.width, height: small.height, times };
}

function skinIn(mesh, room) {
  const moved = mesh.map(([x, y]) => [Math.round(x) - room.left, Math.round(y) - room.top]);
  return soften(faceArea(moved, room.width, room.height), room.width, room.height, 1.2);
}

/** The front's shadow: a little lower, softer. */
function cast(worn, { width, down }, room) {
  const alpha = Float32Array.from({ length: room.width * room.height }, (_, each) => worn[4 * each + 3]);
  const [dx, dy] = [0.015 * width, 0.04 * width * down[1]];
  const moved = new Float32Array(alpha.length);
  for (let row = 0, to = 0; row < room.height; row++) {
    for (let column = 0; column < room.width; column++, to++) pick(alpha, room.width, room.height, column - dx, row - dy, 1, moved, to);
  }
  return soften(moved, room.width, room.height, Math.max(1, 0.022 * width));
}

/** Both arms, from the hinge to the ear. */
function drawArms(mesh, front, place, room) {
  const height = front.bridge[1] - 0.02 * front.width;
  return drawArea(room.width, room.height, (brush) => {
    brush.lineWidth = Math.max(1, Math.round(0.022 * place.width));
    brush.lineCap = "round";
    brush.translate(0.5 - room.left, 0.5 - room.top);
    for (const [share, ear] of [[0.015, LEFT_EAR], [0.985, RIGHT_EAR]]) {
      const end = [mesh[ear][0], mesh[ear][1] - 0.13 * place.width];
      brush.beginPath();
      for (const [x, y] of [at(place, [share * front.width, height]), end]) brush.lineTo(x, y);
      brush.stroke();
    }
  });
}

/** How bright the room is, by the face: glasses in the dark do not shine. */
function roomLight(photo, mesh) {
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
