// A face's mesh, what is person, and the picture of a hat -> the photo with it on. The same steps as bot/tryon/head.py.
import { guessBehind } from "./behind.js";
import { LIGHT_OF, followEdges, mostAround, percentile, readGrey, soften, stepOf, stretch } from "./pixels.js";
import { THROUGH_SKIN, alphaOf, cornersOf, faceAxes, lay, lightAt, makeCutOut, mix, move, roomAround, roomLight } from "./placing.js";
import { Refusal } from "./refusal.js";

const HAIRLINE = 10; // these of the mesh
const BROWS = [105, 334];
const CHEEKS = [50, 280];
const ABOVE_BROWS = 0.07; // of the face's width: what stays free between the brows and the hat's front edge
const [HIGHEST, LOWEST] = [-0.12, 0.3]; // of the face's width: where its sides may lie, below the hairline
const [NARROWEST, WIDEST] = [1.1, 1.3]; // of the face's width: a head with its hair, where the rim holds it
const SKULL = 0.42; // of the face's width: what a head reaches above its hairline
const ASIDE = 1.2; // of the face's width: so far from the rim's middle hair is looked for
const MOST_BESIDE = 0.45; // of the hat: more hair than that beside it would not go under it
const AROUND_PX = 12; // of what is guessed, that must be known

/** @typedef {import("./placing.js").CutOut & {mode: "hat", left: number[], right: number[], front: number[]}} Hat where it meets the head at both sides, and where its front ends */

/** @typedef {{along: number[], down: number[], middle: number[], halves: number[], width: number}} Head `middle` of the rim; `halves` the head's reach to its left and right; `width` the face's */

/** A hat from its picture and what the server says of it. @param {ImageData} picture @returns {Hat} */
export function makeHat(picture, { rim_left: left, rim_right: right, rim_front: front }) {
  return { ...makeCutOut(picture), mode: "hat", left, right, front };
}

/** Whether the top of the head is on the photo. @param {number[][]} mesh */
export function hasRoomForHat(mesh) {
  const { down, width } = faceAxes(mesh);
  return mesh[HAIRLINE][1] - down[1] * SKULL * width > 0;
}

/**
 * The photo with the hat on. Refusal where hair, or something worn on the head, reaches far beyond it.
 * @param {ImageData} photo @param {import("./person.js").Person} person with its mesh and mask @param {Hat} hat
 */
export function wearHat(photo, person, hat) {
  const mask = findOutline(photo, person);
  const head = findHead(photo, person.mesh, mask, hat);
  const place = placeOf(head, hat);
  const brim = brimOf(hat);
  const deep = (0.07 + 0.2 * Math.min(brim, 1)) * head.width;
  const room = roomOf(photo, head, hat, place, deep);
  const worn = lay(hat, place, room);
  const alpha = alphaOf(worn);
  const shown = partOf(mask, photo.width, room);
  const beside = findBeside(head, shown, alpha, room);
  if (sum(beside) > MOST_BESIDE * sum(alpha)) throw new Refusal("hat_too_small");
  const bare = takeAway(photo, beside, alpha, room);
  const [fallen, touch] = shadowsOf(alpha, head, deep, room);
  return compose({ photo, room, worn, alpha, shown, bare, fallen, touch, brim, light: lightOf(photo, person.mesh, head) });
}

function compose({ photo, room, worn, alpha, shown, bare, fallen, touch, brim, light }) {
  const out = new ImageData(new Uint8ClampedArray(photo.data), photo.width, photo.height);
  const deepest = 0.3 + 0.18 * Math.min(brim, 1);
  const fresh = new Float32Array(3);
  for (let y = 0, at = 0; y < room.height; y++) {
    for (let x = 0; x < room.width; x++, at++) {
      const seen = Math.min(1, Math.max(0, shown[at])) * (1 - alpha[at]);
      const bright = light(room.left + x);
      for (let each = 0; each < 3; each++) {
        const dark = (1 - fallen[at] * seen * THROUGH_SKIN[each] * deepest) * (1 - touch[at] * seen * THROUGH_SKIN[each] * 0.35);
        const lit = Math.min(1, lightAt(worn, at, each) * bright);
        fresh[each] = stepOf(LIGHT_OF[bare[4 * at + each]] * dark * (1 - alpha[at]) + lit * alpha[at]);
      }
      mix(out.data, 4 * ((room.top + y) * photo.width + room.left + x), fresh);
    }
  }
  return out;
}

/** What is person, its edge where the photo's is. @returns {Float32Array} */
function findOutline(photo, { mask, maskSide }) {
  const { width, height } = photo;
  const grey = readGrey(photo, 0, 0, width, height).values.map((each) => each / 255);
  const rough = stretch(mask, maskSide, width, height).map((each) => Math.min(1, Math.max(0, each)));
  const fine = followEdges(grey, rough, width, height, Math.max(4, Math.floor(width / 60)), 1e-3);
  return fine.map((each) => Math.min(1, Math.max(0, each)));
}

/** Where the hat holds: its front edge stays above the brows, its sides about where the hair begins. @returns {Head} */
function findHead(photo, mesh, mask, hat) {
  const axes = faceAxes(mesh);
  const [along, down, width] = [axes.along.slice(0, 2), axes.down.slice(0, 2), axes.width];
  const brows = middleOf(mesh[BROWS[0]], mesh[BROWS[1]]);
  const hangs = ((hat.front[1] - (hat.left[1] + hat.right[1]) / 2) / (hat.right[0] - hat.left[0])) * 1.2 * width;
  const free = (brows[0] - mesh[HAIRLINE][0]) * down[0] + (brows[1] - mesh[HAIRLINE][1]) * down[1] - ABOVE_BROWS * width - hangs;
  const by = Math.min(LOWEST * width, Math.max(HIGHEST * width, free));
  const middle = [0, 1].map((axis) => mesh[HAIRLINE][axis] + down[axis] * by);
  const [least, most] = [(NARROWEST * width) / 2, (WIDEST * width) / 2];
  const halves = [-1, 1].map((side) => {
    const reached = reach(photo, mask, middle, along.map((each) => side * each), most * 1.2);
    return Math.min(most, Math.max(least, reached));
  });
  return { along, down, middle, halves, width };
}

function middleOf(one, other) {
  return [0, 1].map((axis) => (one[axis] + other[axis]) / 2);
}

/** How far the person goes from a place in a direction, px. */
function reach({ width, height }, mask, start, along, most) {
  let step = 0;
  for (; step < most; step += 0.5) {
    const [x, y] = [0, 1].map((axis) => Math.round(start[axis] + step * along[axis]));
    if (x < 0 || y < 0 || x >= width || y >= height || mask[y * width + x] <= 0.5) return step;
  }
  return step - 0.5;
}

/** How far the hat reaches out of the rim, to the sides or down in front, by half the head's width. */
function brimOf({ left, right, front, width }) {
  const across = right[0] - left[0];
  return Math.max(0, width / across - 1, (2 * (front[1] - left[1])) / across);
}

/** @param {Head} head @param {Hat} hat @returns {import("./placing.js").Place} */
function placeOf({ along, down, middle, halves }, { left, right }) {
  const scale = (halves[0] + halves[1]) / (right[0] - left[0]);
  const [x, y] = [along, down].map((axis) => axis.map((each) => each * scale));
  const seat = middleOf(left, right);
  const origin = [0, 1].map((axis) => middle[axis] + (along[axis] * (halves[1] - halves[0])) / 2 - seat[0] * x[axis] - seat[1] * y[axis]);
  return { origin, x, y, scale };
}

/** The part of the photo that changes: the hat, its shadow, and the hair beside it up to the photo's edge. */
function roomOf(photo, { along, down, middle, width }, hat, place, deep) {
  const sides = [-1, 1].flatMap((side) => [-2, 0.1].map((low) =>
    [0, 1].map((axis) => middle[axis] + width * (side * ASIDE * along[axis] + low * down[axis]))));
  const room = roomAround(photo, [...cornersOf(hat, place), ...sides], Math.ceil(1.8 * deep) + AROUND_PX);
  return { ...room, top: 0, height: room.top + room.height };
}

function partOf(plane, width, room) {
  const out = new Float32Array(room.width * room.height);
  for (let y = 0; y < room.height; y++) {
    const start = (room.top + y) * width + room.left;
    out.set(plane.subarray(start, start + room.width), y * room.width);
  }
  return out;
}

/** What is seen of the person above the rim and outside of the hat. */
function findBeside({ along, down, middle, width }, shown, alpha, room) {
  const grown = mostAround(shown, room.width, room.height, Math.max(1, Math.round(0.02 * width)));
  for (let y = 0, at = 0; y < room.height; y++) {
    for (let x = 0; x < room.width; x++, at++) {
      const [dx, dy] = [room.left + x - middle[0], room.top + y - middle[1]];
      const below = dx * down[0] + dy * down[1];
      const isNear = Math.abs(dx * along[0] + dy * along[1]) < ASIDE * width;
      const above = isNear ? Math.min(1, Math.max(0, 0.5 - below / (0.06 * width))) : 0;
      grown[at] = Math.min(1, Math.max(0, grown[at] * 1.6 - 0.2)) * above * (1 - alpha[at]);
    }
  }
  return grown;
}

/** The room with what lies behind in the place of `beside`, as far as its surroundings tell. Bytes, 4 a pixel. */
function takeAway(photo, beside, alpha, { left, top, width, height }) {
  const colours = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    const start = 4 * ((top + y) * photo.width + left);
    colours.set(photo.data.subarray(start, start + 4 * width), 4 * y * width);
  }
  const gone = Uint8Array.from(beside, (each) => (each > 0.02 ? 1 : 0));
  if (!gone.includes(1)) return colours;
  const filled = guessBehind(colours, gone.map((is, at) => (is || alpha[at] > 0.02 ? 1 : 0)), gone, width, height);
  const share = soften(Float32Array.from(gone), width, height, 1.2);
  return colours.map((each, at) => Math.round(each + (filled[at] - each) * share[at >> 2]));
}

/** The hat's shadow on face and hair: a soft one as deep as its brim, and a narrow one where it touches. */
function shadowsOf(alpha, { down, width }, deep, room) {
  const fallen = new Float32Array(alpha.length);
  for (const share of [0.35, 0.7, 1]) {
    const moved = move(alpha, room, down[0] * deep * share, down[1] * deep * share);
    const soft = soften(moved, room.width, room.height, Math.max(1, 0.25 * deep * share));
    for (let at = 0; at < fallen.length; at++) fallen[at] += soft[at] / 3;
  }
  return [fallen, soften(alpha, room.width, room.height, Math.max(1, 0.018 * width))];
}

/** How bright the hat is in a column: as bright as the face, brighter on the side where the face is. */
function lightOf(photo, mesh, { middle, width }) {
  const bright = roomLight(photo, mesh);
  const [left, right] = CHEEKS.map((each) => lightAround(photo, mesh[each], width));
  const lean = Math.min(0.5, Math.max(-0.5, Math.log(Math.max(right, 1e-3) / Math.max(left, 1e-3))));
  return (column) => bright * Math.exp(0.35 * lean * Math.min(1, Math.max(-1, (column - middle[0]) / width)));
}

/** The middle light of a spot of the face; 1 where it is not on the photo. */
function lightAround(photo, point, width) {
  const [x, y] = point.slice(0, 2).map(Math.round);
  const by = Math.max(1, Math.round(0.06 * width));
  const lights = [];
  for (let row = Math.max(0, y - by); row < Math.min(photo.height, y + by); row++) {
    for (let column = Math.max(0, x - by); column < Math.min(photo.width, x + by); column++) {
      for (let each = 0; each < 3; each++) lights.push(LIGHT_OF[photo.data[4 * (row * photo.width + column) + each]]);
    }
  }
  return lights.length ? percentile(lights, 50) : 1;
}

function sum(values) {
  return values.reduce((one, other) => one + other, 0);
}
