// Pairs of glasses and hats, fetched once each.
import { makeFront } from "./face.js";
import { makeHat } from "./hat.js";
import { makeBrush } from "./photo.js";
import { Refusal } from "./refusal.js";

const kept = new Map();

/** A colour may be none, or have a slash in it. @param {{slug: string, colour: string}} pair */
export function addressOf(pair) {
  return `${location.pathname}/front?${new URLSearchParams({ slug: pair.slug, colour: pair.colour })}`;
}

/** What is put on of it. Refusal where it cannot be had. @returns {Promise<import("./face.js").Front|import("./hat.js").Hat>} */
export async function openFront(pair) {
  const address = addressOf(pair);
  if (!kept.has(address)) kept.set(address, await fetchFront(address));
  return kept.get(address);
}

async function fetchFront(address) {
  const answer = await fetch(address).catch(() => null);
  if (answer?.status === 410) throw new Refusal("link_invalid");
  if (answer?.status === 404) throw new Refusal("gone_front");
  if (!answer?.ok) throw new Refusal("no_front");
  const bitmap = await createImageBitmap(await answer.blob(), { premultiplyAlpha: "none" });
  const brush = makeBrush(bitmap.width, bitmap.height);
  brush.drawImage(bitmap, 0, 0);
  bitmap.close();
  const picture = brush.getImageData(0, 0, brush.canvas.width, brush.canvas.height);
  const said = JSON.parse(answer.headers.get("X-Front"));
  return said.mode === "hat" ? makeHat(picture, said) : makeFront(picture, said);
}
