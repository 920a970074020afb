// A photo -> who stands in it; points are pixels of the photo. The steps of bot/tryon/looking.py, number for number, but
// for three: bodies are not counted, and none is guessed from the mask (several people are told by their faces alone); and a
// small face is read twice, as the network sees one in somebody's whole figure where a photo shows it from afar.
import { cut, percentile, shrinkColours } from "./pixels.js";

const FACE_AT_LEAST = 0.6;
const BODY_AT_LEAST = 0.5;
const BODY_PERHAPS = 0.2;
const SOMEBODY = 0.1; // of the photo is person, where a body counts that was hardly found
export const PASSER_BY = 0.35; // of the first one's size: smaller ones are not counted
const FURTHER = 2; // where no face is seen, a look is taken from so many times as far
const NEARER = 4; // a second look is at squares so many times as wide as the first face
const LEAST_BESIDE = 0.5; // of the first face's width
const SMALL_PX = 128; // a face that is read twice
const STAYS = 0.93; // of its size is left at the second reading: faces keep .96 and more, a figure that was none .87
const HEAD = 11; // so many of a body's points are the head's
const [LEFT_SHOULDER, RIGHT_SHOULDER] = [11, 12];
const FACE_ANCHORS = anchorsOf(192, [[4, 1]]);
const NEAR_FACE_ANCHORS = anchorsOf(128, [[8, 2], [16, 6]]);
const LEFT_EYE = 33; // of the mesh; the picture's left
const RIGHT_EYE = 263;

/**
 * @typedef {{box: number[], eyes: number[][], score: number}} Face `box` x, y, width, height; the picture's left eye first
 * @typedef {{points: number[][], seen: number[], score: number}} Body
 * @typedef {{faces: Face[], mesh: number[][]|null, body: Body|null, mask: Float32Array|null, maskSide: number}} Person
 *   `mask` is what is person, 0 to 1, on a square of `maskSide`; null where the face was enough
 */

/** The faces and the first one's mesh; what is person for a hat, or where there is no mesh; a body where there is no face. @param {ImageData} photo @param {import("./networks.js").Networks} networks @param {import("./gates.js").Mode} mode @returns {Promise<Person>} */
export async function findWearer(photo, networks, mode) {
  const first = await findFaces(photo, networks);
  let faces = first.length ? bySize([...first, ...(await lookBeside(photo, first, networks))]) : first;
  const [largest, seen] = faces.length ? await readFace(photo, faces[0], networks) : [null, null];
  if (largest) faces = [largest, ...faces.slice(1)];
  if (seen && mode === "glasses") return { faces, mesh: seen, body: null, mask: null, maskSide: 0 };
  const maskSide = networks.sideOf("person");
  const [mask] = await networks.run("person", shrinkColours(photo, maskSide));
  if (faces.length) return { faces, mesh: seen, body: null, mask, maskSide };
  const body = await findBody(photo, networks, mask);
  faces = body ? await lookAtHead(photo, body, networks) : faces;
  return { faces, mesh: faces.length ? await readMesh(photo, faces[0], networks) : null, body, mask, maskSide };
}

/** A face and its mesh, if it has one. A small one is as large as the second reading says where that sees much less. @returns {Promise<[Face, number[][]|null]>} */
export async function readFace(photo, face, networks) {
  const mesh = await readMesh(photo, face, networks);
  if (!mesh || face.box[2] >= SMALL_PX) return [face, mesh];
  const first = faceOf(mesh);
  const again = await readMesh(photo, first, networks);
  if (!again) return [face, null];
  return faceOf(again).box[2] < STAYS * first.box[2] ? [faceOf(again), again] : [face, mesh];
}

/** Faces, the largest first. One that fills the picture is seen by the second network only, or from further away. */
export async function findFaces(photo, networks) {
  let found = await find(photo, networks, "faces", FACE_ANCHORS, FACE_AT_LEAST);
  if (!found.length) found = await find(photo, networks, "nearFaces", NEAR_FACE_ANCHORS, FACE_AT_LEAST);
  return bySize(found.length ? found.map(faceIn) : await lookNearer(photo, [further(photo)], [], networks));
}

/** Left, top and side of the square that shows the photo at half its size. */
function further({ width, height }) {
  const side = FURTHER * Math.max(width, height);
  return [(width - side) / 2, (height - side) / 2, side];
}

function faceIn({ box, points, score }) {
  return { box, eyes: points.slice(0, 2), score };
}

function bySize(faces) {
  return faces.sort((one, other) => other.box[2] - one.box[2]);
}

/** Faces beside the largest that one look at the whole photo misses. Nothing where it shows a crowd already. */
async function lookBeside(photo, faces, networks) {
  if (faces.length > 1 && faces[1].box[2] > PASSER_BY * faces[0].box[2]) return [];
  return lookNearer(photo, squaresBeside(photo, faces[0].box), faces, networks);
}

/** The face of a body that is turned to us and has none yet. @returns {Promise<Face[]>} */
async function lookAtHead(photo, { points, score }, networks) {
  const across = points[LEFT_SHOULDER][0] - points[RIGHT_SHOULDER][0];
  if (score < BODY_AT_LEAST || across <= 0) return [];
  const [x, y] = [0, 1].map((axis) => points.slice(0, HEAD).reduce((sum, each) => sum + each[axis], 0) / HEAD);
  const side = 1.6 * across;
  return bySize(await lookNearer(photo, [[x - side / 2, y - side / 2, side]], [], networks));
}

/** Left, top and side of the squares in which somebody beside a face would have theirs. */
function squaresBeside({ width, height }, [x, y, wide, high]) {
  return [[0, x], [x + wide, width]].flatMap(([start, end]) => {
    const room = end - start;
    if (room < LEAST_BESIDE * wide) return [];
    const side = Math.max(NEARER * wide, room / 1.5);
    const top = Math.min(Math.max(0, y + high / 2 - side / 2), Math.max(0, height - side));
    const lefts = start === 0 ? [0, end - side] : [width - side, start];
    return lefts.slice(0, room <= side ? 1 : 2).map((left) => [left, top, side]);
  });
}

/** Faces in squares of the photo that are none of the known ones, and that the network of the mesh takes for faces. */
async function lookNearer(photo, squares, known, networks) {
  const faces = [...known];
  for (const square of squares) {
    for (const face of (await find(photo, networks, "faces", FACE_ANCHORS, FACE_AT_LEAST, square)).map(faceIn)) {
      if (!faces.some((each) => isSame(face, each)) && (await readMesh(photo, face, networks))) faces.push(face);
    }
  }
  return faces.slice(known.length);
}

function isSame({ box: one }, { box: other }) {
  const apart = [0, 1].map((axis) => one[axis] + one[axis + 2] / 2 - other[axis] - other[axis + 2] / 2);
  return Math.hypot(...apart) < 0.6 * Math.max(one[2], other[2]);
}

async function findBody(photo, networks, mask) {
  const found = await find(photo, networks, "bodies", anchorsOf(224, [[8, 2], [16, 2], [32, 6]]), BODY_PERHAPS);
  const isSomebody = mask.reduce((one, other) => one + other) / mask.length > SOMEBODY;
  return found.length && (isSomebody || found[0].score > BODY_AT_LEAST) ? readBody(photo, found[0], networks) : null;
}

/** Each found thing of the whole photo, or of a square of it, the surest first. */
async function find(photo, networks, name, anchors, least, square = null) {
  const whole = Math.max(photo.width, photo.height);
  const [left, top, side] = square ?? [(photo.width - whole) / 2, (photo.height - whole) / 2, whole];
  const into = networks.sideOf(name);
  const step = side / into;
  const frame = { origin: [left, top], across: [step, 0], down: [0, step] };
  const [raw, scores] = await networks.run(name, cut(photo, frame, into, (value) => Math.round(value) / 127.5 - 1));
  const each = raw.length / scores.length;
  const found = [];
  for (let at = 0; at < scores.length; at++) {
    const score = 1 / (1 + Math.exp(-scores[at]));
    if (score <= least) continue;
    const place = (index) => [0, 1].map((axis) => (raw[at * each + index + axis] / into + anchors[2 * at + axis]) * side + frame.origin[axis]);
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

/** The middle of several readings, point by point: one alone jumps, and sees a body where there is none. */
async function readBody(photo, { points: [centre, reach] }, networks) {
  const turn = Math.PI / 2 - Math.atan2(centre[1] - reach[1], reach[0] - centre[0]);
  const wide = 2.5 * Math.hypot(reach[0] - centre[0], reach[1] - centre[1]);
  const readings = [];
  for (const size of [0.92, 1, 1.1]) {
    for (const more of [-0.08, 0, 0.08]) readings.push(await readSquare(photo, centre, wide * size, turn + more, networks));
  }
  const middle = (value) => percentile(readings.map(value), 50);
  return {
    points: readings[0].points.map((_, point) => [0, 1, 2].map((axis) => middle((each) => each.points[point][axis]))),
    seen: readings[0].seen.map((_, point) => middle((each) => each.seen[point])),
    score: middle((each) => each.score),
  };
}

async function readSquare(photo, centre, wide, turn, networks) {
  const side = networks.sideOf("body");
  const frame = frameOf(centre, wide, turn, side);
  const outputs = await networks.run("body", cut(photo, frame, side, (value) => Math.round(value) / 255));
  const raw = outputs.find((each) => each.length === 195);
  const seen = Array.from({ length: 33 }, (_, index) => 1 / (1 + Math.exp(-Math.min(raw[5 * index + 3], raw[5 * index + 4]))));
  return { points: back(raw, 5, 33, frame), seen, score: outputs.find((each) => each.length === 1)[0] };
}
