// A finished picture -> the same over a strip that says what it is. Nothing of the picture is covered.

const PAPER = "rgb(250 248 244)";
const INK = "rgb(60 55 50)";
const LEAST_SIZE_PX = 6;

/** A PNG of the picture and the strip; nothing else is in it. @param {ImageData} picture @param {string} words @returns {Promise<Blob>} */
export function label(picture, words) {
  const { width, height } = picture;
  const strip = Math.max(28, Math.floor(width / 18));
  const canvas = new OffscreenCanvas(width, height + strip);
  const brush = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  brush.fillStyle = PAPER;
  brush.fillRect(0, height, width, strip);
  brush.putImageData(picture, 0, 0);
  brush.fillStyle = INK;
  let size = Math.floor(strip / 2);
  const write = () => (brush.font = `${size}px system-ui, sans-serif`);
  for (write(); size > LEAST_SIZE_PX && brush.measureText(words).width > 0.94 * width; write()) size -= 1;
  brush.textAlign = "center";
  brush.fillText(words, width / 2, height + (strip + Math.round(0.7 * size)) / 2);
  return canvas.convertToBlob({ type: "image/png" });
}
