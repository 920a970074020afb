// The networks, the same files as the server's, run by LiteRT in this page. Each is fetched when it is first needed.
import { Tensor, loadAndCompile, loadLiteRt } from "@litertjs/core";
import { Refusal } from "./refusal.js";

const FILES = {
  faces: { file: "face_detection_full_range_sparse.tflite", side: 192 },
  nearFaces: { file: "face_detection_short_range.tflite", side: 128 },
  face: { file: "face_landmark.tflite", side: 192 },
  bodies: { file: "pose_detection.tflite", side: 224 },
  body: { file: "pose_landmark_full.tflite", side: 256 },
  person: { file: "selfie_segmentation.tflite", side: 256 },
};
const RUNTIME = ["litert_wasm_internal.js", "litert_wasm_compat_internal.js"]; // one of them is what LiteRT loads

/** @typedef {keyof typeof FILES} NetworkName */

export class Networks {
  /** @param {string} parts where the runtime lies @param {string} models where the networks lie */
  constructor(parts, models) {
    this.parts = parts;
    this.models = models;
    this.opened = new Map();
  }

  /** Fetch the runtime and these networks, side by side; Refusal where they cannot be had, another error where this browser cannot run them. @param {NetworkName[]} names */
  async open(...names) {
    this.runtime ??= this.#start();
    await Promise.all([this.runtime, ...names.map((name) => this.#model(name))]);
  }

  /** The side of the square that it takes. @param {NetworkName} name */
  sideOf(name) {
    return FILES[name].side;
  }

  /** What the network says of a square, its outputs in their order. @param {NetworkName} name @param {Float32Array} square @returns {Promise<Float32Array[]>} */
  async run(name, square) {
    await this.open(name);
    const model = await this.#model(name);
    const { side } = FILES[name];
    const input = new Tensor(square, [1, side, side, 3]);
    try {
      const outputs = await model.run(input);
      return [...outputs].map((each) => {
        const values = Float32Array.from(each.toTypedArray());
        each.delete();
        return values;
      });
    } finally {
      input.delete();
    }
  }

  #start() {
    const starting = startRuntime(this.parts);
    starting.catch(() => {
      this.runtime = null; // the next try fetches it again
    });
    return starting;
  }

  async #load(address) {
    const [bytes] = await Promise.all([fetchBytes(address), this.runtime]);
    return loadAndCompile(bytes, { accelerator: "wasm" });
  }

  #model(name) {
    if (!this.opened.has(name)) {
      const opening = this.#load(this.models + FILES[name].file);
      opening.catch(() => this.opened.delete(name)); // the next try fetches it again
      this.opened.set(name, opening);
    }
    return this.opened.get(name);
  }
}

/** @param {string} address @returns {Promise<Uint8Array>} */
async function fetchBytes(address) {
  const answer = await fetch(address).catch(() => null);
  const bytes = answer?.ok ? await answer.arrayBuffer().catch(() => null) : null;
  if (!bytes) throw new Refusal("not_fetched");
  return new Uint8Array(bytes);
}

/** LiteRT, telling nothing on the console: every tensor of a sparse network is worth a line to it. */
async function startRuntime(parts) {
  window.Module = { print() {}, printErr() {} };
  try {
    await loadLiteRt(parts);
  } catch (error) {
    await Promise.all(RUNTIME.map((name) => requireReachable(parts + name)));
    throw error;
  }
}

/** LiteRT does not tell what it could not fetch from what this browser cannot run. @param {string} address */
async function requireReachable(address) {
  const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) throw new Refusal("not_fetched");
}
