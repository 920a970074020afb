// Arithmetic on pixels, as OpenCV does it on the server. Planes are Float32Array, rows one after the other.
import { makeBrush } from "./photo.js";

/**
 * A square of the picture: its pixel (u, v) is the picture's `origin + u * across + v * down`, between pixels by weight.
 * @typedef {{origin: number[], across: number[], down: number[]}} Frame
 */

/** Red, green, blue of a square, each as `tone` says of 0 to 255; black outside. @param {ImageData} picture @param {Frame} frame @returns {Float32Array} */
export function cut({ data, width, height }, { origin, across, down }, side, tone) {
  const out = new Float32Array(side * side * 3);
  for (let v = 0, place = 0; v < side; v++) {
    for (let u = 0; u < side; u++, place += 3) {
      const x = origin[0] + u * across[0] + v * down[0];
      const y = origin[1] + u * across[1] + v * down[1];
      const left = Math.floor(x);
      const top = Math.floor(y);
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let corner = 0; corner < 4; corner++) {
        const column = left + (corner & 1);
        const row = top + (corner >> 1);
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        const weight = (corner & 1 ? x - left : 1 - x + left) * (corner >> 1 ? y - top : 1 - y + top);
        const at = 4 * (row * width + column);
        red += weight * data[at];
        green += weight * data[at + 1];
        blue += weight * data[at + 2];
      }
      out[place] = tone(red);
      out[place + 1] = tone(green);
      out[place + 2] = tone(blue);
    }
  }
  return out;
}

/** Lightness, 0 to 255, of a part of the picture. @param {ImageData} picture @returns {Plane} */
export function readGrey(picture, left, top, width, height) {
  const values = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    let at = 4 * ((top + y) * picture.width + left);
    for (let x = 0; x < width; x++, at += 4, to++) {
      values[to] = Math.round(0.299 * picture.data[at] + 0.587 * picture.data[at + 1] + 0.114 * picture.data[at + 2]);
    }
  }
  return { values, width, height };
}

/** @typedef {{values: Float32Array, width: number, height: number}} Plane */

/** The plane at another, smaller size, each pixel the mean of what it covers. @param {Plane} plane @returns {Plane} */
export function shrinkPlane({ values, width, height }, toWidth, toHeight) {
  const wide = new Float32Array(toWidth * height);
  average(values, width, toWidth, (row, x) => row * width + x, (row, x) => row * toWidth + x, height, wide);
  const out = new Float32Array(toWidth * toHeight);
  average(wide, height, toHeight, (column, y) => y * toWidth + column, (column, y) => y * toWidth + column, toWidth, out);
  return { values: out, width: toWidth, height: toHeight };
}

function average(from, length, toLength, readAt, writeAt, lines, out) {
  const step = length / toLength;
  for (let to = 0; to < toLength; to++) {
    const start = to * step;
    const end = Math.min(length, start + step);
    for (let line = 0; line < lines; line++) {
      let sum = 0;
      for (let at = Math.floor(start); at < end; at++) sum += (Math.min(at + 1, end) - Math.max(at, start)) * from[readAt(line, at)];
      out[writeAt(line, to)] = sum / (end - start);
    }
  }
}

/** A picture's colours at another, smaller size, 0 to 1, as a network takes them. @param {ImageData} picture */
export function shrinkColours(picture, side) {
  const out = new Float32Array(side * side * 3);
  for (let each = 0; each < 3; each++) {
    const values = new Float32Array(picture.width * picture.height);
    for (let at = 0; at < values.length; at++) values[at] = picture.data[4 * at + each];
    const small = shrinkPlane({ values, width: picture.width, height: picture.height }, side, side).values;
    for (let at = 0; at < small.length; at++) out[3 * at + each] = small[at] / 255;
  }
  return out;
}

/** The plane so many times smaller, each pixel the mean of a square; what is missing at the far edges is 0. */
export function shrinkBy(values, width, height, times, channels) {
  const [wide, high] = [Math.ceil(width / times), Math.ceil(height / times)];
  const out = new Float32Array(wide * high * channels);
  for (let y = 0, from = 0; y < height; y++) {
    const row = Math.floor(y / times) * wide;
    for (let x = 0; x < width; x++) {
      const to = (row + Math.floor(x / times)) * channels;
      for (let each = 0; each < channels; each++, from++) out[to + each] += values[from];
    }
  }
  for (let at = 0; at < out.length; at++) out[at] /= times * times;
  return { values: out, width: wide, height: high };
}

/** The plane made softer by a bell of `sigma` pixels; `channels` values a pixel. @returns {Float32Array} */
export function soften(values, width, height, sigma, channels = 1) {
  const reach = Math.max(1, Math.round(3 * sigma));
  const bell = Float32Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-((at - reach) ** 2) / (2 * sigma * sigma)));
  const sum = bell.reduce((one, other) => one + other);
  for (let at = 0; at < bell.length; at++) bell[at] /= sum;
  const across = blurLines(values, width, height, width * channels, channels, bell, reach, channels);
  return blurLines(across, height, width, channels, width * channels, bell, reach, channels);
}

function blurLines(from, length, lines, lineStep, step, bell, reach, channels) {
  const out = new Float32Array(from.length);
  const spots = Int32Array.from({ length: length + 2 * reach }, (_, at) => mirror(at - reach, length) * step);
  for (let line = 0; line < lines; line++) {
    for (let channel = 0; channel < channels; channel++) {
      const start = line * lineStep + channel;
      for (let at = 0; at < length; at++) {
        let sum = 0;
        for (let each = 0; each < bell.length; each++) sum += bell[each] * from[start + spots[at + each]];
        out[start + at * step] = sum;
      }
    }
  }
  return out;
}

/** The mean of the square that reaches so far around each pixel; the edge is a mirror. @returns {Float32Array} */
export function meanAround(values, width, height, reach) {
  const across = meanLines(values, width, height, width, 1, reach);
  return meanLines(across, height, width, 1, width, reach);
}

function meanLines(from, length, lines, lineStep, step, reach) {
  const out = new Float32Array(from.length);
  const spots = Int32Array.from({ length: length + 2 * reach }, (_, at) => mirror(at - reach, length) * step);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    let sum = 0;
    for (let each = 0; each < 2 * reach; each++) sum += from[start + spots[each]];
    for (let at = 0; at < length; at++) {
      sum += from[start + spots[at + 2 * reach]];
      out[start + at * step] = sum / (2 * reach + 1);
      sum -= from[start + spots[at]];
    }
  }
  return out;
}

/** The largest of the square that reaches so far around each pixel. @returns {Float32Array} */
export function mostAround(values, width, height, reach) {
  const across = mostLines(values, width, height, width, 1, reach);
  return mostLines(across, height, width, 1, width, reach);
}

function mostLines(from, length, lines, lineStep, step, reach) {
  const out = new Float32Array(from.length);
  for (let line = 0; line < lines; line++) {
    for (let at = 0; at < length; at++) {
      let most = 0;
      for (let each = Math.max(0, at - reach); each <= Math.min(length - 1, at + reach); each++) most = Math.max(most, from[line * lineStep + each * step]);
      out[line * lineStep + at * step] = most;
    }
  }
  return out;
}

/** A square plane as large as the picture, between pixels by weight. @returns {Float32Array} */
export function stretch(values, side, width, height) {
  const out = new Float32Array(width * height);
  const [columns, rows] = [spread(side, width), spread(side, height)];
  for (let y = 0, to = 0; y < height; y++) {
    const [top, low, down] = rows[y];
    for (let x = 0; x < width; x++, to++) {
      const [left, right, along] = columns[x];
      const above = values[top * side + left] * (1 - along) + values[top * side + right] * along;
      const below = values[low * side + left] * (1 - along) + values[low * side + right] * along;
      out[to] = above * (1 - down) + below * down;
    }
  }
  return out;
}

/** For each place of a longer line the two of a shorter one that it lies between, and how near it is to the second. */
function spread(from, to) {
  return Array.from({ length: to }, (_, at) => {
    const spot = Math.min(from - 1, Math.max(0, ((at + 0.5) * from) / to - 0.5));
    const left = Math.floor(spot);
    return [left, Math.min(from - 1, left + 1), spot - left];
  });
}

/** He, Sun and Tang's filter: `values` smoothed where `guide` is smooth, with its edges elsewhere. @returns {Float32Array} */
export function followEdges(guide, values, width, height, reach, eps) {
  const mean = (plane) => meanAround(plane, width, height, reach);
  const [meanGuide, meanValues] = [mean(guide), mean(values)];
  const [both, squares] = [mean(guide.map((each, at) => each * values[at])), mean(guide.map((each) => each * each))];
  const slope = both.map((each, at) => (each - meanGuide[at] * meanValues[at]) / (squares[at] - meanGuide[at] ** 2 + eps));
  const [slopes, starts] = [mean(slope), mean(meanValues.map((each, at) => each - slope[at] * meanGuide[at]))];
  return slopes.map((each, at) => each * guide[at] + starts[at]);
}

/** The place inside that stands for one outside: the edge is a mirror. */
export function mirror(at, length) {
  if (length === 1) return 0;
  const turn = Math.abs(at) % (2 * (length - 1));
  return turn < length ? turn : 2 * (length - 1) - turn;
}

/** How much of each pixel a drawing covers, 0 to 1. @param {(brush: OffscreenCanvasRenderingContext2D) => void} draw @returns {Float32Array} */
export function drawArea(width, height, draw) {
  const brush = makeBrush(width, height);
  draw(brush);
  const { data } = brush.getImageData(0, 0, width, height);
  const out = new Float32Array(width * height);
  for (let at = 0; at < out.length; at++) out[at] = data[4 * at + 3] / 255;
  return out;
}

/** A closed outline, filled. @param {OffscreenCanvasRenderingContext2D} brush @param {number[][]} points */
export function fill(brush, points) {
  brush.beginPath();
  for (const [x, y] of points) brush.lineTo(x + 0.5, y + 0.5); // a canvas counts from a pixel's corner
  brush.fill();
}

/** The value below which `percent` of the values lie. @param {Float32Array|number[]} values */
export function percentile(values, percent) {
  const sorted = Float32Array.from(values).sort();
  const at = (percent / 100) * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

/** Light, 0 to 1, of each step of an sRGB picture. */
export const LIGHT_OF = Float32Array.from({ length: 256 }, (_, step) => {
  const value = step / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/** The step, 0 to 255, of light. */
export function stepOf(light) {
  const clipped = Math.min(1, Math.max(0, light));
  return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055));
}
