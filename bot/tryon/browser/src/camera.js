// The shopper's camera as a mirror: each frame is drawn with the glasses on. Frames live as long as they are shown.
import { wearGlasses } from "./face.js";
import { findLiveReason } from "./gates.js";
import { faceOf, findFaces, readFace, readMesh } from "./person.js";
import { makeBrush } from "./photo.js";

const WIDE_PX = 640;
const LOOK_AGAIN_MS = 1_000; // for who else is there
const CALM_PX = 0.012; // of a face's width: what moves less is the network's tremor
const WANTED = { video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };

export class Mirror {
  /**
   * @param {HTMLCanvasElement} canvas where it is shown
   * @param {import("./networks.js").Networks} networks
   * @param {{front: () => import("./face.js").Front, onReason: (reason: string) => void, onEnd: () => void}} asked
   *   `onEnd`: the camera went by itself
   */
  constructor(canvas, networks, { front, onReason, onEnd }) {
    Object.assign(this, { networks, front, onReason, onEnd });
    this.shown = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.video = document.createElement("video");
    Object.assign(this.video, { muted: true, playsInline: true });
  }

  /** Ask for the camera and show it; throws where there is none or it is refused. */
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia(WANTED);
    this.stream.getVideoTracks()[0].addEventListener("ended", () => {
      this.stop();
      this.onEnd();
    });
    this.video.srcObject = this.stream;
    await this.video.play().catch((error) => {
      this.stop(); // it is on already
      throw error;
    });
    Object.assign(this, { isOn: true, mesh: null, people: [], lookedAt: -Infinity });
    void this.#follow();
  }

  /** Let the camera go. */
  stop() {
    this.isOn = false;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
  }

  /** The frame that is there now, as a mirror shows it, in the camera's own size up to 1024 px. @returns {ImageData} */
  take() {
    return this.#read(1024);
  }

  async #follow() {
    while (this.isOn) {
      if (this.video.videoWidth) await this.#show(this.#read(WIDE_PX));
      await new Promise((done) => requestAnimationFrame(done));
    }
  }

  async #show(frame) {
    await this.#look(frame);
    if (!this.isOn) return;
    const reason = findLiveReason({ faces: this.people, mesh: this.mesh });
    this.onReason(reason);
    const drawn = this.mesh && reason !== "several_people" ? wearGlasses(frame, this.mesh, this.front()) : frame;
    const { canvas } = this.shown;
    if (canvas.width !== drawn.width || canvas.height !== drawn.height) Object.assign(canvas, { width: drawn.width, height: drawn.height });
    this.shown.putImageData(drawn, 0, 0);
  }

  /** Whom the frame shows: near where the face was, and everywhere from time to time. */
  async #look(frame) {
    const isLost = !this.mesh;
    let found = null;
    if (isLost || performance.now() - this.lookedAt > LOOK_AGAIN_MS) {
      const [first, ...others] = await findFaces(frame, this.networks);
      const [face, mesh] = first ? await readFace(frame, first, this.networks) : [null, null];
      this.people = face ? [face, ...others] : [];
      this.lookedAt = performance.now();
      found = mesh;
    }
    if (isLost) this.mesh = found;
    else {
      const mesh = this.people.length ? await readMesh(frame, faceOf(this.mesh), this.networks) : null;
      this.mesh = mesh && calm(this.mesh, mesh);
    }
  }

  #read(side) {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, side / Math.max(videoWidth, videoHeight));
    const [width, height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
    if (this.brush?.canvas.width !== width || this.brush.canvas.height !== height) this.brush = makeBrush(width, height);
    this.brush.setTransform(-1, 0, 0, 1, width, 0); // as a mirror has it
    this.brush.drawImage(this.video, 0, 0, width, height);
    return this.brush.getImageData(0, 0, width, height);
  }
}

/** The new mesh, held back where it hardly moves: glasses on a still face stand still. @param {number[][]} before @param {number[][]} now */
export function calm(before, now) {
  const width = Math.hypot(now[454][0] - now[234][0], now[454][1] - now[234][1]);
  const moved = now.reduce((sum, point, each) => sum + Math.hypot(point[0] - before[each][0], point[1] - before[each][1]), 0) / now.length;
  const share = Math.min(1, 0.25 + moved / (CALM_PX * width));
  return now.map((point, each) => point.map((value, axis) => before[each][axis] + share * (value - before[each][axis])));
}
