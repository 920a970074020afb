// A photo and who was found in it -> the first reason why nothing can be tried on, glasses or a hat. As bot/tryon/gates.py has it.
import { hasRoomForHat } from "./hat.js";
import { PASSER_BY } from "./person.js";
import { drawArea, fill, mirror, percentile, readGrey, shrinkPlane } from "./pixels.js";

const DARKEST = 42; // the median of a face's lightness, 0 to 255: dark skin is no dark room
const DARKEST_IN_A_LIT_ROOM = 20;
const LIT_ROOM = 110; // what a twentieth of the photo is lighter than
const LEAST_SHARP = 0.15; // the steepest edges, a pixel, by the contrast
const LOOKED_AT_PX = 256;
const A_PERSON_AT_LEAST = 0.1; // of the picture
const LEAST_FACE_PX = 64;
const LEAST_SIDE_PX = 200;
const MOST_TURNED = 0.55;
export const FACE_OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
  136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/** @typedef {"glasses"|"hat"} Mode */

/** Why this photo will not do, or "". @param {ImageData} photo @param {import("./person.js").Person} person @param {Mode} mode */
export function findReason(photo, person, mode = "glasses") {
  if (Math.min(photo.width, photo.height) < LEAST_SIDE_PX) return "too_small";
  return whom(photo, person) || light(photo, person) || seenFace(person, mode);
}

/** Why the glasses cannot be shown while the camera runs, or "": it is lit and sharp as it is. @param {import("./person.js").Person} person */
export function findLiveReason(person) {
  if (!person.faces.length) return "no_face";
  return isCrowd(person.faces) ? "several_people" : seenFace(person, "glasses");
}

function isCrowd(faces) {
  return faces.length > 1 && faces[1].box[2] > PASSER_BY * faces[0].box[2];
}

function whom(photo, person) {
  if (isCrowd(person.faces)) return "several_people";
  if (person.faces.length || (person.body && person.body.score >= 0.5)) return "";
  const isSomebody = person.mask.reduce((one, other) => one + other) / person.mask.length > A_PERSON_AT_LEAST;
  return isSomebody && isBlurred(lookAt(photo, person)) ? "blurred" : "no_person";
}

function light(photo, person) {
  const part = lookAt(photo, person);
  const inside = isTurnedAway(person) ? lightnessIn(photo, person.faces[0].box) : part.grey.values.filter((_, at) => part.area[at] > 0.5);
  const isSomebody = isTurnedAway(person) || !part.isEverything;
  if (inside.length && isSomebody && isTooDark(photo, percentile(inside, 50))) return "too_dark";
  return isBlurred(part) ? "blurred" : "";
}

/** Whether a face is seen that no mesh fits: black clothes below it are no dark room. */
function isTurnedAway({ faces, mesh }) {
  return faces.length > 0 && !mesh;
}

/** What of a box lies in the photo: empty where nothing does. */
function lightnessIn(photo, [x, y, wide, high]) {
  const [left, top] = [x, y].map((each) => Math.max(0, Math.round(each)));
  const [right, bottom] = [Math.min(photo.width, Math.round(x + wide)), Math.min(photo.height, Math.round(y + high))];
  return right > left && bottom > top ? readGrey(photo, left, top, right - left, bottom - top).values : [];
}

function isTooDark(photo, lightness) {
  if (lightness >= DARKEST || lightness < DARKEST_IN_A_LIT_ROOM) return lightness < DARKEST;
  return percentile(readGrey(photo, 0, 0, photo.width, photo.height).values, 95) <= LIT_ROOM;
}

function seenFace({ faces, mesh }, mode) {
  if (!faces.length) return "no_face";
  if (faces[0].box[2] < LEAST_FACE_PX) return "too_small";
  if (!mesh) return "no_face";
  if (turnOf(mesh) > MOST_TURNED) return "sideways";
  return mode === "hat" && !hasRoomForHat(mesh) ? "head_cut" : "";
}

/** 0 for a face that looks at us, 1 for a profile. @param {number[][]} mesh */
function turnOf(mesh) {
  const [left, right] = [234, 454].map((each) => Math.hypot(mesh[each][0] - mesh[1][0], mesh[each][1] - mesh[1][1]));
  return Math.abs(left - right) / Math.max(left + right, 1e-6);
}

/** The lightness of the smallest box around the face, the person where there is no mesh, or everything; and which of it is meant. */
function lookAt(photo, person) {
  const { width, height } = photo;
  if (person.mesh) return lookAtFace(photo, person.mesh);
  const whole = personArea(person, width, height);
  const box = boxOf(whole, width, height);
  if (!box) return { grey: readGrey(photo, 0, 0, width, height), area: whole.fill(1), isEverything: true };
  const [left, top, wide, high] = box;
  const area = new Float32Array(wide * high);
  for (let y = 0; y < high; y++) area.set(whole.subarray((top + y) * width + left, (top + y) * width + left + wide), y * wide);
  return { grey: readGrey(photo, left, top, wide, high), area, isEverything: false };
}

/** The same of a face; no more of the photo is looked at than the box that it fills. */
function lookAtFace(photo, mesh) {
  const outline = FACE_OVAL.map((each) => mesh[each]);
  const [left, top] = [0, 1].map((axis) => Math.max(0, Math.floor(Math.min(...outline.map((point) => point[axis])))));
  const [right, bottom] = [photo.width, photo.height].map((most, axis) =>
    Math.min(most, Math.ceil(Math.max(...outline.map((point) => point[axis]))) + 2));
  const [wide, high] = [Math.max(1, right - left), Math.max(1, bottom - top)];
  const part = faceArea(mesh.map(([x, y]) => [x - left, y - top]), wide, high);
  const box = boxOf(part, wide, high);
  if (!box) return { grey: readGrey(photo, 0, 0, photo.width, photo.height), area: new Float32Array(photo.width * photo.height).fill(1), isEverything: true };
  const area = new Float32Array(box[2] * box[3]);
  for (let y = 0; y < box[3]; y++) {
    const from = (box[1] + y) * wide + box[0];
    area.set(part.subarray(from, from + box[2]), y * box[2]);
  }
  return { grey: readGrey(photo, left + box[0], top + box[1], box[2], box[3]), area, isEverything: false };
}

/** Which pixels are the face. @param {number[][]} mesh */
export function faceArea(mesh, width, height) {
  return drawArea(width, height, (brush) => fill(brush, FACE_OVAL.map((each) => mesh[each])));
}

function personArea({ mask, maskSide }, width, height) {
  const area = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * maskSide) / height) * maskSide;
    for (let x = 0; x < width; x++, at++) area[at] = mask[row + Math.floor((x * maskSide) / width)];
  }
  return area;
}

function boxOf(area, width, height) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (area[at] <= 0.5) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0 ? null : [left, top, right - left + 1, bottom - top + 1];
}

/** Whether no edge is sharp in one direction. */
function isBlurred({ grey }) {
  const scale = Math.min(1, LOOKED_AT_PX / Math.max(grey.width, grey.height));
  const size = [grey.width, grey.height].map((each) => Math.max(1, Math.round(each * scale)));
  const small = shrinkPlane(grey, size[0], size[1]);
  const contrast = Math.max(percentile(small.values, 95) - percentile(small.values, 5), 1);
  const steepest = [true, false].map((isAcross) => percentile(slopes(small, isAcross), 98));
  return Math.min(...steepest) / contrast < LEAST_SHARP;
}

/** Sobel's, a quarter: steps of lightness a pixel. */
function slopes({ values, width, height }, isAcross) {
  const out = new Float32Array(values.length);
  const at = (x, y) => values[mirror(y, height) * width + mirror(x, width)];
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      let sum = 0;
      for (const [side, weight] of [[-1, 1], [0, 2], [1, 1]]) {
        sum += weight * (isAcross ? at(x + 1, y + side) - at(x - 1, y + side) : at(x + side, y + 1) - at(x + side, y - 1));
      }
      out[to] = Math.abs(sum) / 4;
    }
  }
  return out;
}
