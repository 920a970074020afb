// A file -> its pixels, upright and of bounded size. What else lay in the file is left behind.
import { Refusal } from "./refusal.js";

export const LONG_SIDE_PX = 1024;
const MOST_BYTES = 16_000_000;
const MOST_PIXELS = 50_000_000;

/** The photo as it is meant to be seen. Refusal where it is none that this browser reads. @param {Blob} file @returns {Promise<ImageData>} */
export async function readPhoto(file) {
  if (file.size > MOST_BYTES) throw new Refusal("too_large");
  if (await isBomb(file)) throw new Refusal("too_large");
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Refusal("not_a_photo");
  });
  try {
    if (bitmap.width * bitmap.height > MOST_PIXELS) throw new Refusal("too_large");
    return readPixels(bitmap, LONG_SIDE_PX);
  } finally {
    bitmap.close();
  }
}

/** Whether it is what phones of Apple keep, by its name or kind: few browsers read it. @param {File} file */
export function isHeic(file) {
  return /\.hei[cf]$/i.test(file.name) || /^image\/hei[cf]/.test(file.type);
}

/** The pixels of what can be drawn, its long side at most `side`. @param {ImageBitmap} drawable @param {number} side */
function readPixels(drawable, side) {
  const scale = Math.min(1, side / Math.max(drawable.width, drawable.height));
  const width = Math.max(1, Math.round(drawable.width * scale));
  const height = Math.max(1, Math.round(drawable.height * scale));
  const brush = makeBrush(width, height);
  brush.imageSmoothingQuality = "high";
  brush.drawImage(drawable, 0, 0, width, height);
  return brush.getImageData(0, 0, width, height);
}

/** Whether a PNG says of itself that it holds too many pixels: told before one is unpacked. @param {Blob} file */
async function isBomb(file) {
  const head = new DataView(await file.slice(0, 24).arrayBuffer());
  const isPng = head.byteLength === 24 && head.getUint32(0) === 0x89504e47;
  return isPng && head.getUint32(16) * head.getUint32(20) > MOST_PIXELS;
}

/** A canvas's brush, in memory that is read often. */
export function makeBrush(width, height) {
  const canvas = new OffscreenCanvas(width, height);
  return /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
}
