// The journeys' editor, where script may run: the server's word while somebody types, and the flow to walk through.
// Every field and every deed is the form's own: without this file it is sent whole, and does the same.
import htmx from "htmx.org/dist/htmx.esm.js";
import { createRoot } from "react-dom/client";
import { Flow } from "./flow.jsx";
import { offerFacts } from "./facts.js";
import { layOut } from "./layout.js";
import "@xyflow/react/dist/base.css";
import "./editor.css";

const MOST_PX = 640;
let root = null;
let drawnIn = null;

function draw() {
  const place = document.getElementById("graph");
  const data = document.getElementById("graph-data");
  if (!place || !data) return;
  if (drawnIn?.parentElement !== place) {
    root?.unmount();
    drawnIn = document.createElement("div"); // without an id: htmx would copy its style, which the content policy refuses
    place.replaceChildren(drawnIn);
    root = createRoot(drawnIn);
    place.hidden = false;
  }
  const isTall = matchMedia("(max-width: 40rem)").matches;
  const { boxes, height } = layOut(JSON.parse(data.dataset.graph), isTall);
  drawnIn.style.height = `${isTall ? height + 40 : Math.min(height + 40, MOST_PX)}px`;
  root.render(<Flow boxes={boxes} isTall={isTall} label={place.ariaLabel ?? ""} open={openField} act={press} />);
}

// Where a box leads: the field, or the part of the form that it stands in.
function openField(place) {
  const field = document.getElementById(`f-${place}`);
  if (!field) return;
  field.closest("details")?.setAttribute("open", "");
  field.scrollIntoView({ block: "center", behavior: still() ? "auto" : "smooth" });
  const input = field.matches("input,select,textarea") ? field : field.querySelector("input,select,textarea,button");
  input?.focus({ preventScroll: true });
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// What a button of the form would send, sent for a box of the flow.
function press(deed) {
  const form = document.getElementById("draft");
  const target = { target: "#draft", select: "#draft", swap: "outerHTML", values: { do: deed }, source: form };
  htmx.ajax("POST", form.getAttribute("action"), target);
}

// The problem is told at the top by the server; beside its field, where somebody looks, it is told again.
function markProblem() {
  const checked = document.getElementById("checked");
  document.querySelectorAll("#draft .wrong").forEach((each) => each.remove());
  document.querySelectorAll("#draft [aria-invalid]").forEach((each) => {
    each.removeAttribute("aria-invalid");
    each.removeAttribute("aria-describedby");
  });
  const place = checked?.dataset.place;
  const field = place && document.getElementById(`f-${place}`);
  if (!field) return;
  const told = document.createElement("span");
  told.className = "wrong";
  told.textContent = checked.querySelector("span")?.textContent ?? "";
  if (field.matches("input,select,textarea")) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", "wrong");
    field.after(told);
  } else field.append(told);
}

htmx.onLoad((part) => {
  offerFacts(part);
  if (part.id === "draft" || part === document.body) draw();
  if (part.id === "draft") part.querySelector("[autofocus]")?.focus();
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.requestConfig?.path.endsWith("/console/drafts/check")) return;
  draw();
  markProblem();
});
