// A face's mesh and a pair of glasses -> the photo with them on. The same geometry and light as bot/tryon/face.py.
import { faceArea } from "./gates.js";
import { LIGHT_OF, drawArea, soften, stepOf } from "./pixels.js";
import { THROUGH_SKIN, alphaOf, at, cornersOf, faceAxes, lay, lightAt, makeCutOut, mix, move, roomAround, roomLight } from "./placing.js";

const [BRIDGE, LEFT_EAR, RIGHT_EAR] = [168, 234, 454];
const SHADOW = 0.34;

/** @typedef {import("./placing.js").CutOut & {mode: "glasses", bridge: number[], arm: number[], share: number}} Front `arm` sRGB, 0 to 1 */

/** A front from its picture and what the server says of it. @param {ImageData} picture @returns {Front} */
export function makeFront(picture, { bridge, arm, share }) {
  return { ...makeCutOut(picture), mode: "glasses", bridge, arm, share };
}

/** The photo with the glasses on: arms behind the face's edge, a shadow, the front over it. @param {ImageData} photo @param {number[][]} mesh @param {Front} front */
export function wearGlasses(photo, mesh, front) {
  const place = seat(mesh, front);
  const room = roomAround(photo, [...cornersOf(front, place), mesh[LEFT_EAR], mesh[RIGHT_EAR]], Math.ceil(0.2 * place.width) + 3);
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
        const behind = LIGHT_OF[photo.data[spot + each]] * (1 - dark * THROUGH_SKIN[each]);
        fresh[each] = stepOf((behind * (1 - side) + arm[each] * side) * (1 - alpha) + lightAt(worn, at, each) * bright * alpha);
      }
      mix(out.data, spot, fresh);
    }
  }
  return out;
}

/** Where the front sits, the face's width, and down the face. */
function seat(mesh, front) {
  const { along, down, ahead, width } = faceAxes(mesh);
  const scale = (width * front.share) / front.width;
  const spot = [0, 1].map((axis) => mesh[BRIDGE][axis] + 0.045 * width * ahead[axis] + 0.03 * width * down[axis]);
  const [x, y] = [along, down].map((axis) => [axis[0] * scale, axis[1] * scale]);
  const origin = [0, 1].map((axis) => spot[axis] - front.bridge[0] * x[axis] - front.bridge[1] * y[axis]);
  return { origin, x, y, scale, width, down };
}

function skinIn(mesh, room) {
  const moved = mesh.map(([x, y]) => [Math.round(x) - room.left, Math.round(y) - room.top]);
  return soften(faceArea(moved, room.width, room.height), room.width, room.height, 1.2);
}

/** The front's shadow: a little lower, softer. */
function cast(worn, { width, down }, room) {
  const moved = move(alphaOf(worn), room, 0.015 * width, 0.04 * width * down[1]);
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
