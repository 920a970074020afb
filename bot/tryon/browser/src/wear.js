// A photo and a pair of glasses or a hat -> the picture with its strip. Refusal where the photo will not do.
import { wearGlasses } from "./face.js";
import { findReason } from "./gates.js";
import { wearHat } from "./hat.js";
import { label } from "./label.js";
import { findWearer } from "./person.js";
import { Refusal } from "./refusal.js";

/** Who is in the photo, having passed the gates. @param {ImageData} photo @param {import("./networks.js").Networks} networks @param {import("./gates.js").Mode} mode */
export async function check(photo, networks, mode) {
  const person = await findWearer(photo, networks, mode);
  const reason = findReason(photo, person, mode);
  if (reason) throw new Refusal(reason);
  return person;
}

/** @param {ImageData} photo @param {import("./person.js").Person} person @param {import("./face.js").Front|import("./hat.js").Hat} piece @param {string} words @returns {Promise<Blob>} */
export function wear(photo, person, piece, words) {
  return label(piece.mode === "hat" ? wearHat(photo, person, piece) : wearGlasses(photo, person.mesh, piece), words);
}
