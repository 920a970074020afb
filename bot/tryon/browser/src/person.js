// A photo -> who stands in it. The same steps as bot/tryon/person.py, number for number; points are pixels of the photo.
import { cut, shrinkColours } from "./pixels.js";

const FACE_AT_LEAST = 0.6;
const BODY_AT_LEAST = 0.5;
const LEFT_EYE = 33; // of the mesh; the picture's left
const RIGHT_EYE = 263;

/**
 * @typedef {{box: number[], eyes: number[][], score: number}} Face `box` x, y, width, height; the picture's left eye first
 * @typedef {{points: number[][], seen: number[], score: number}} Body
 * @typedef {{faces: Face[], mesh: number[][]|null, body: Body|null, mask: Float32Array|null, maskSide: number}} Person
 *   `mask` is what is person, 0 to 1, on a square of `maskSide`; null where the face was enough
 */

/** The faces and the first one's mesh; body and mask where there is none. @param {ImageData} photo @param {import("./networks.js").Networks} networks @returns {Promise<Person>} */
export async function findWearer(photo, networks) {
  const faces = await findFaces(photo, networks);
  const mesh = faces.length ? await readMesh(photo, faces[0], networks) : null;
  if (mesh) return { faces, mesh, body: null, mask: null, maskSide: 0 };
  const maskSide = networks.sideOf("person");
  const [mask] = await networks.run("person", shrinkColours(photo, maskSide));
  return { faces, mesh, body: faces.length ? null : await findBody(photo, networks), mask, maskSide };
}

/** Faces, the largest first. One that fills the picture is seen by the second network only. */
export async function findFaces(photo, networks) {
  let found = await find(photo, networks, "faces", anchorsOf(192, [[4, 1]]), FACE_AT_LEAST);
  if (!found.length) found = await find(photo, networks, "nearFaces", anchorsOf(128, [[8, 2], [16, 6]]), FACE_AT_LEAST);
  const faces = found.map(({ box, points, score }) => ({ box, eyes: points.slice(0, 2), score }));
  return faces.sort((one, other) => other.box[2] - one.box[2]);
}

async function findBody(photo, networks) {
  const found = await find(photo, networks, "bodies", anchorsOf(224, [[8, 2], [16, 2], [32, 6]]), BODY_AT_LEAST);
  return found.length ? readBody(photo, found[0], networks) : null;
}

/** Each found thing, the surest first. */
async function find(photo, networks, name, anchors, least) {
  const side = Math.max(photo.width, photo.height);
  const shift = [(side - photo.width) / 2, (side - photo.height) / 2];
  const into = networks.sideOf(name);
  const step = side / into;
  const frame = { origin: [-shift[0], -shift[1]], across: [step, 0], down: [0, step] };
  const [raw, scores] = await networks.run(name, cut(photo, frame, into, (value) => Math.round(value) / 127.5 - 1));
  const each = raw.length / scores.length;
  const found = [];
  for (let at = 0; at < scores.length; at++) {
    const score = 1 / (1 + Math.exp(-scores[at]));
    if (score <= least) continue;
    const place = (index) => [0, 1].map((axis) => (raw[at * each + index + axis] / into + anchors[2 * at + axis]) * side - shift[axis]);
    const size = [2, 3].map((axis) => (raw[at * each + axis] / into) * side);
    const middle = place(0);
    const points = [];
    for (let index = 4; index < each; index += 2) points.push(place(index));
    found.push({ box: [middle[0] - size[0] / 2, middle[1] - size[1] / 2, ...size], points, score });
  }
  return dropRepeated(found.sort((one, other) => other.score - one.score));
}

/** Of boxes that lie on each other the surest. */
function dropRepeated(found) {
  const kept = [];
  for (const each of found) if (!kept.some((other) => overlap(each.box, other.box) > 0.3)) kept.push(each);
  return kept;
}

function overlap([ax, ay, aw, ah], [bx, by, bw, bh]) {
  const wide = Math.max(0, Math.min(ax + aw, bx + bw) - Math.max(ax, bx));
  const high = Math.max(0, Math.min(ay + ah, by + bh) - Math.max(ay, by));
  return (wide * high) / (aw * ah + bw * bh - wide * high);
}

/** Where the network's boxes are counted from, 0 to 1. */
function anchorsOf(side, layers) {
  const anchors = [];
  for (const [stride, times] of layers) {
    const cells = Math.floor(side / stride);
    for (let cell = 0; cell < cells * cells; cell++) {
      for (let time = 0; time < times; time++) anchors.push(((cell % cells) + 0.5) / cells, (Math.floor(cell / cells) + 0.5) / cells);
    }
  }
  return anchors;
}

/** The square of `out` pixels around a centre, turned by `turn` (radians, clockwise). @returns {import("./pixels.js").Frame} */
function frameOf(centre, side, turn, out) {
  const across = [(Math.cos(turn) * side) / out, (Math.sin(turn) * side) / out];
  const down = [-across[1], across[0]];
  return { origin: [0, 1].map((axis) => centre[axis] - (out / 2) * (across[axis] + down[axis])), across, down };
}

/** Points of the square in the photo; depth in its pixels. */
function back(values, step, count, { origin, across, down }) {
  const size = Math.hypot(...across);
  return Array.from({ length: count }, (_, index) => {
    const [u, v, depth] = [0, 1, 2].map((each) => values[index * step + each]);
    return [...[0, 1].map((axis) => origin[axis] + u * across[axis] + v * down[axis]), depth * size];
  });
}

/** The 468 points of a face; null where there is none after all. @param {Face} face */
export async function readMesh(photo, face, networks) {
  const [[left, top, width, height], [one, other]] = [face.box, face.eyes];
  const side = networks.sideOf("face");
  const turn = Math.atan2(other[1] - one[1], other[0] - one[0]);
  const frame = frameOf([left + width / 2, top + height / 2], 1.5 * Math.max(width, height), turn, side);
  const [points, sure] = await networks.run("face", cut(photo, frame, side, (value) => Math.round(value) / 255));
  return sure[0] > 0 ? back(points, 3, 468, frame) : null; // a logit
}

/** Where a face is that had this mesh a moment ago. @param {number[][]} mesh @returns {Face} */
export function faceOf(mesh) {
  const [low, high] = [Math.min, Math.max].map((pick) => [0, 1].map((axis) => pick(...mesh.map((point) => point[axis]))));
  return { box: [...low, high[0] - low[0], high[1] - low[1]], eyes: [mesh[LEFT_EYE], mesh[RIGHT_EYE]], score: 1 };
}

async function readBody(photo, { points: [centre, reach] }, networks) {
  const side = networks.sideOf("body");
  const turn = Math.PI / 2 - Math.atan2(centre[1] - reach[1], reach[0] - centre[0]);
  const frame = frameOf(centre, 2.5 * Math.hypot(reach[0] - centre[0], reach[1] - centre[1]), turn, side);
  const outputs = await networks.run("body", cut(photo, frame, side, (value) => Math.round(value) / 255));
  const raw = outputs.find((each) => each.length === 195);
  const seen = Array.from({ length: 33 }, (_, index) => 1 / (1 + Math.exp(-Math.min(raw[5 * index + 3], raw[5 * index + 4]))));
  return { points: back(raw, 5, 33, frame), seen, score: outputs.find((each) => each.length === 1)[0] };
}
