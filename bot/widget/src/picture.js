// A picture on its way: made smaller and drawn anew, which leaves behind where and when it was taken; then sent.

const MOST_SIDE_PX = 2_048;
const MOST_BYTES = 5_000_000; // the server's limit
const QUALITY = 0.86;

export const TAKEN = "image/jpeg,image/png,image/webp";

/** The picture as a JPEG, upright; throws for what is no picture. @param {Blob} file @returns {Promise<Blob>} */
export async function shrink(file) {
  if (!TAKEN.split(",").includes(file.type)) throw new Error("no picture");
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, MOST_SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  brush.fillStyle = "#fff"; // a JPEG lets nothing through
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!made || made.size > MOST_BYTES) throw new Error("no picture of a size to send");
  return made;
}

/** The server's answer; throws when none came. @param {string} origin @param {string} session */
export async function upload(origin, session, id, picture) {
  const answer = await fetch(`${origin}/widget/pictures`, {
    method: "POST",
    headers: { Authorization: `Bearer ${session}`, "X-Message-Id": id, "Content-Type": picture.type },
    body: picture,
  });
  return answer.json();
}
