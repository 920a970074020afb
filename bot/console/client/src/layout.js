// Where boxes stand: rows as high as their highest box, by what each holds. On a phone one below the other.
const GAP_PX = 34;

const heightOf = (box) => 76 + 40 * box.parts.length + 40 * Math.ceil(box.deeds.length / 2);

export function layOut(boxes, isTall) {
  const rowOf = (box, n) => (isTall ? n : box.row);
  const heights = [];
  boxes.forEach((box, n) => {
    heights[rowOf(box, n)] = Math.max(heights[rowOf(box, n)] ?? 0, heightOf(box) + GAP_PX);
  });
  const topOf = (row) => heights.slice(0, row).reduce((sum, each) => sum + (each ?? 0), 0);
  const placed = boxes.map((box, n) => ({ ...box, x: isTall ? 0 : box.x, y: topOf(rowOf(box, n)) }));
  return { boxes: placed, height: topOf(heights.length) };
}
