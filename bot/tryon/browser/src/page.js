// The page of a try-on link: camera or photo, which pair or hat, the picture. What is read here stays in this page's memory.
import { Mirror } from "./camera.js";
import { addressOf, openFront } from "./fronts.js";
import { Networks } from "./networks.js";
import { isHeic, readPhoto } from "./photo.js";
import { Refusal } from "./refusal.js";
import { check, wear } from "./wear.js";

const LIVE_REASON_AFTER_MS = 700; // somebody who blinks is told nothing
const REFUSAL_STAYS_MS = 5_000; // before the mirror speaks again
const told = JSON.parse(element("page").textContent);
const networks = new Networks(told.parts, told.parts);
const isHat = told.mode === "hat"; // a photo only: what is person is not looked for in every frame
let pair = told.pairs[0];
let front = null; // of the pair, for the mirror
let heldUntil = 0; // what was refused is read first
let subject = null; // the photo, and who is in it: for the next pair; the picture, and of which pair it is

function element(id) {
  return /** @type {any} */ (document.getElementById(id));
}

function say(words) {
  if (element("told").textContent !== words) element("told").textContent = words;
}

/** Show these parts of the page, and no others that come and go. */
function show(...ids) {
  for (const id of ["stage", "mirror", "picture", "live", "made"]) element(id).hidden = !ids.includes(id);
  element("ways").hidden = ids.includes("live");
}

/**
 * Do it, with the buttons off; what will not do is said in a sentence.
 * @param {() => Promise<HTMLElement|void>} task gives what is focused then, where the buttons before are gone
 */
async function work(task, words = told.words.working) {
  const before = document.activeElement;
  let next = null;
  heldUntil = 0;
  setBusy(true);
  say(words);
  try {
    next = await task();
  } catch (error) {
    say(error instanceof Refusal ? told.reasons[error.reason] : told.words.failed);
    heldUntil = performance.now() + REFUSAL_STAYS_MS;
    if (!(error instanceof Refusal)) throw error;
  } finally {
    setBusy(false);
  }
  (next ?? /** @type {any} */ (before)).focus({ preventScroll: true }); // a button that is off has none
}

function setBusy(isBusy) {
  for (const id of ["camera", "photo", "take"]) element(id).disabled = isBusy;
}

// -- a photo ---------------------------------------------------------------------------------------------------------

element("photo").addEventListener("change", () => {
  const [file] = element("photo").files;
  element("photo").value = "";
  if (!file) return;
  letCameraGo();
  void work(async () => {
    subject = null;
    show();
    element("other").hidden = true;
    await tryOn(await readPhoto(file).catch((error) => {
      element("other").hidden = !isHeic(file); // the server reads it
      throw error;
    }));
  });
});

async function tryOn(photo) {
  subject = { photo, person: await check(photo, networks, told.mode) };
  await draw();
}

/** The picture of whom we have, in the chosen pair, whichever that is in the end. */
async function draw() {
  const [worn, whom] = [pair, subject];
  const made = await wear(whom.photo, whom.person, await openFront(worn), told.words.label);
  if (whom !== subject) return;
  if (worn !== pair) return draw(); // another was chosen meanwhile
  const { picture, keep } = { picture: element("picture"), keep: element("keep") };
  if (picture.src) URL.revokeObjectURL(picture.src);
  picture.src = keep.href = URL.createObjectURL(made);
  keep.download = `${worn.slug}.png`;
  picture.alt = worn.alt;
  Object.assign(whom, { made, worn });
  await picture.decode();
  const isFirst = picture.hidden;
  show("stage", "picture", "made");
  element("show").hidden = window.parent === window;
  say(told.words.done);
  if (isFirst) element("made").scrollIntoView({ block: "nearest" }); // in the chat's small window it lies below
}

// -- the camera ------------------------------------------------------------------------------------------------------

let quietUntil = 0;
const mirror = new Mirror(element("mirror"), networks, {
  front: () => front,
  onReason(reason) {
    if (!reason) quietUntil = performance.now() + LIVE_REASON_AFTER_MS;
    if (element("take").disabled || performance.now() < heldUntil) return;
    if (!reason) say(told.words.live);
    else if (performance.now() > quietUntil) say(told.live[reason]);
  },
  onEnd() {
    show();
    say(told.reasons.no_camera);
    element("camera").focus();
  },
});

element("camera").addEventListener("click", () => work(async () => {
  front = await openChosen();
  await networks.open("faces", "nearFaces", "face");
  await mirror.start().catch(() => {
    throw new Refusal("no_camera");
  });
  subject = null;
  show("stage", "mirror", "live");
  front = await openChosen(); // another may have been chosen while the camera started
  return element("take");
}, told.words.starting));

/** The front of the pair that is chosen in the end. */
async function openChosen() {
  const chosen = pair;
  const opened = await openFront(chosen);
  return chosen === pair ? opened : openChosen();
}

element("take").addEventListener("click", () => work(async () => {
  await tryOn(mirror.take());
  mirror.stop();
  return window.parent === window ? element("keep") : element("show");
}));

element("stop").addEventListener("click", () => {
  letCameraGo();
  show();
  say("");
  element("camera").focus();
});

function letCameraGo() {
  if (mirror.isOn) mirror.stop();
}

window.addEventListener("pagehide", () => { // a page that comes back has no camera
  if (!mirror.isOn) return;
  letCameraGo();
  show();
  say("");
});

// -- which pair ------------------------------------------------------------------------------------------------------

function listPairs() {
  const row = element("pairs").querySelector(".row");
  row.append(...told.pairs.map((each, index) => {
    const choice = Object.assign(document.createElement("input"), { type: "radio", name: "pair", value: String(index), checked: index === 0 });
    choice.addEventListener("change", () => choose(each));
    const glasses = Object.assign(document.createElement("img"), { alt: "", loading: "lazy" });
    const colour = Object.assign(document.createElement("span"), { textContent: each.colourName });
    const label = Object.assign(document.createElement("label"), { className: "pair" });
    label.append(choice, glasses, each.name, " ", colour);
    return label;
  }));
  element("pairs").hidden = told.pairs.length < 2;
}

/** After what the first picture needs. */
function drawPairs() {
  for (const [index, glasses] of element("pairs").querySelectorAll("img").entries()) glasses.src = addressOf(told.pairs[index]);
}

/** Whether it is the product whose size the page was told. */
function isAsked({ slug }) {
  return slug === told.pairs[0].slug;
}

/** The words about the pair that is chosen: the chat takes “add it” for the one that was asked about. */
function name(chosen) {
  element("title").textContent = document.title = chosen.title;
  element("mirror").setAttribute("aria-label", chosen.mirror);
  element("size").hidden = !isAsked(chosen);
  element("other-size").hidden = isAsked(chosen);
  element("add").hidden = chosen !== told.pairs[0];
  element("add-other").hidden = chosen === told.pairs[0];
  element("add-other").textContent = window.parent === window ? told.words.addNamed : told.words.addShown;
}

function choose(chosen) {
  pair = chosen;
  name(chosen);
  if (mirror.isOn) {
    void work(async () => {
      const opened = await openFront(chosen);
      if (chosen === pair) front = opened;
    });
  } else if (subject) void work(drawOther);
}

/** No picture stays that seems to be of what was refused; whom we have stays, for the next choice. */
async function drawOther() {
  await draw().catch((error) => {
    show();
    throw error;
  });
}

// -- beyond this page ------------------------------------------------------------------------------------------------

/** The picture goes to the chat that holds this page, inside this browser, which gives it to the origins that are named alone. */
element("show").addEventListener("click", () => {
  const { made: picture, worn } = subject;
  const { product, colour, name } = worn;
  const size = isAsked(worn) ? told.size : "";
  const shown = { type: "prevenant-try-on", picture, product, colour, name, size };
  for (const origin of [location.origin, ...told.chats]) window.parent.postMessage(shown, origin);
  say(told.words.sent);
});

element("agree").addEventListener("click", async () => {
  element("agree").disabled = true;
  const [headers, body] = [{ "Content-Type": "application/json" }, JSON.stringify({ version: told.otherVersion })];
  const answer = await fetch(`${location.pathname}/agree`, { method: "POST", headers, body }).catch(() => null);
  if (answer?.ok) location.assign((await answer.json()).page);
  else if (answer?.status === 409) location.reload(); // its words changed meanwhile: they are asked anew
  else if (answer?.status === 404) say(told.reasons.link_invalid);
  else {
    say(told.words.failed);
    element("agree").disabled = false;
  }
});

function offerServer() {
  for (const id of ["ways", "pairs", "promise"]) element(id).hidden = true;
  element("other").hidden = false;
  say("");
}

async function start() {
  listPairs();
  element("ways").hidden = false;
  element("camera").hidden = isHat || !navigator.mediaDevices?.getUserMedia;
  try {
    await Promise.all([networks.open("faces", "face", ...(isHat ? ["person"] : [])), openFront(pair).catch(() => null)]);
    drawPairs();
  } catch (error) {
    if (!(error instanceof Refusal)) return offerServer(); // no WebAssembly, or too old a browser
    drawPairs();
    say(told.reasons[error.reason]); // the next press fetches it again
  }
}

void start();
