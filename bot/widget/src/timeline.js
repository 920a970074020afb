// An order's way to the customer: what went wrong first, then each step in the reader's own time.
import { link, make, safeAddress } from "./dom.js";
import { momentLabel } from "./moments.js";

const STATES = ["done", "current", "upcoming", "problem"];

/** @param {any} timeline @param {any} words */
export function drawTimeline(timeline, words) {
  return make("div", { class: "timeline", "data-prevenant": "timeline" },
    timeline.alert ? make("p", { class: "alert" }, timeline.alert) : null,
    make("p", { class: "timeline-title" }, timeline.title),
    make("ol", { class: "steps" }, ...(timeline.steps ?? []).map((each) => drawStep(each, words))),
    drawCarrier(timeline, words));
}

function drawStep(step, words) {
  const state = STATES.includes(step.state) ? step.state : "upcoming";
  const moment = momentLabel(step.at, words.language, state === "upcoming");
  return make("li", { class: `step ${state}`, "aria-current": state === "current" ? "step" : null },
    make("p", { class: "step-title" }, step.title, make("span", { class: "unseen" }, ` (${words[state]})`)),
    moment ? make("time", { datetime: step.at }, moment) : null,
    step.detail ? make("p", { class: "step-detail" }, step.detail) : null);
}

function drawCarrier({ carrier, tracking_number: number, tracking_url: url }, words) {
  if (!carrier && !number) return null;
  const address = safeAddress(url);
  const shown = number ? (address ? link(address, { class: "tracking" }, number) : make("span", { class: "tracking" }, number)) : null;
  return make("p", { class: "carrier" }, carrier ? `${carrier} ` : null,
    number ? make("span", { class: "unseen" }, `${words.tracking}: `) : null, shown);
}
