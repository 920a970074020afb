// A record's points, dragged or moved by arrow keys. The number fields hold them and are all that is sent; without
// this file they are typed.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR_PX = 10;
const SLEEVE = { cuff_outer: ["shoulder", 0.09, 0.14], cuff_inner: ["armpit", 0.04, 0.05] }; // from where, by its size

const board = document.querySelector("svg.points");
const form = document.querySelector("form.corrections");
if (board && form) begin();

function begin() {
  const points = [...board.querySelectorAll(".point")];
  board.setAttribute("role", "group");
  board.setAttribute("aria-label", board.dataset.group);
  document.querySelectorAll(".with-script").forEach((each) => { each.hidden = false; });
  document.querySelectorAll(".without-script").forEach((each) => { each.hidden = true; });
  points.forEach(makeMovable);
  form.addEventListener("input", (event) => {
    if (event.target.id === "sleeves") setSleeves(event.target.checked);
    drawAll(points);
  });
  form.addEventListener("reset", () => setTimeout(() => { drawAll(points); showSleeves(); }));
  for (const kind of ["focusin", "focusout"]) {
    form.addEventListener(kind, ({ target }) => {
      const row = target.closest("[data-row]");
      if (row) pointOf(row.dataset.row).classList.toggle("chosen", kind === "focusin");
    });
  }
  drawAll(points);
  showSleeves();
}

function makeMovable(point) {
  let held = null;
  point.setAttribute("tabindex", "0");
  point.setAttribute("role", "button");
  point.setAttribute("aria-roledescription", board.dataset.kind);
  point.addEventListener("pointerdown", (event) => {
    const [x, y] = read(point);
    const at = locate(event);
    held = [x - at.x, y - at.y];
    point.setPointerCapture(event.pointerId);
    point.focus();
    event.preventDefault();
  });
  point.addEventListener("pointermove", (event) => {
    if (!held) return;
    const at = locate(event);
    move(point, at.x + held[0], at.y + held[1]);
  });
  for (const end of ["pointerup", "pointercancel"]) point.addEventListener(end, () => { held = null; });
  point.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const far = event.shiftKey ? FAR_PX : 1;
    const [x, y] = read(point);
    move(point, x + far * step[0], y + far * step[1]);
  });
}

function locate(event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(board.getScreenCTM().inverse());
}

function move(point, x, y) {
  const { width, height } = board.viewBox.baseVal;
  write(point.dataset.point, Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height));
  drawAll([point]);
}

function read(point) {
  return fieldsOf(point.dataset.point).map((each) => (each.value.trim() ? Number(each.value.replace(",", ".")) : NaN));
}

function write(name, x, y) {
  const [across, down] = fieldsOf(name);
  across.value = String(Math.round(x * 10) / 10);
  down.value = String(Math.round(y * 10) / 10);
}

function drawAll(points) {
  for (const point of points) {
    const [x, y] = read(point);
    const isThere = Number.isFinite(x) && Number.isFinite(y);
    point.classList.toggle("gone", !isThere);
    if (!isThere) continue;
    point.setAttribute("transform", `translate(${x} ${y})`);
    point.setAttribute("aria-label", `${point.dataset.label}: ${Math.round(x)}, ${Math.round(y)}`);
  }
  const there = [...board.querySelectorAll(".point")].map(read).filter((at) => at.every(Number.isFinite));
  board.querySelector(".outline").setAttribute("points", there.map((at) => at.join(",")).join(" "));
}

function setSleeves(has) {
  const { width, height } = board.viewBox.baseVal;
  for (const [cuff, [from, across, down]] of Object.entries(SLEEVE)) {
    for (const [side, sign] of [["left", -1], ["right", 1]]) {
      const name = `${cuff}_${side}`;
      if (!has) for (const field of fieldsOf(name)) field.value = "";
      else {
        const [x, y] = read(pointOf(`${from}_${side}`));
        write(name, Math.min(Math.max(x + sign * across * width, 0), width), Math.min(y + down * height, height));
      }
    }
  }
  showSleeves();
}

function showSleeves() {
  const box = document.getElementById("sleeves");
  if (!box) return;
  form.querySelectorAll('[data-row^="cuff_"]').forEach((each) => { each.hidden = !box.checked; });
}

function fieldsOf(name) {
  return [form.elements[`x_${name}`], form.elements[`y_${name}`]];
}

function pointOf(name) {
  return board.querySelector(`[data-point="${name}"]`);
}
