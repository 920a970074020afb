// A photo and a pair of glasses -> the picture with its strip. Refusal where the photo will not do.
import { wearGlasses } from "./face.js";
import { findReason } from "./gates.js";
import { label } from "./label.js";
import { findWearer } from "./person.js";
import { Refusal } from "./refusal.js";

/** Who is in the photo, having passed the gates. @param {ImageData} photo @param {import("./networks.js").Networks} networks */
export async function check(photo, networks) {
  const person = await findWearer(photo, networks);
  const reason = findReason(photo, person);
  if (reason) throw new Refusal(reason);
  return person;
}

/** @param {ImageData} photo @param {import("./person.js").Person} person @param {import("./face.js").Front} front @param {string} words @returns {Promise<Blob>} */
export function wear(photo, person, front, words) {
  return label(wearGlasses(photo, person.mesh, front), words);
}
