// A nudge that comes while the panel is closed: a few words beside the launcher, never over the page's own buttons.
import { drawing, make } from "./dom.js";
import { keep, recall } from "./storage.js";

const DISMISSED = "prevenant-dismissed";
const PRESSABLE = "button, input, select, textarea, summary, [role=button], a[class*=button]";
const MOST_CHARACTERS = 140;

export class Bubble {
  /** @param {ReturnType<import("./words.js").wordsIn>} words @param {{onOpen: () => void}} listeners */
  constructor(words, { onOpen }) {
    this.words = words;
    this.text = make("span", { class: "bubble-text" });
    const read = make("button", { type: "button", class: "bubble-read", onclick: onOpen },
      make("span", { class: "unseen" }, `${words.nudge}: `), this.text);
    const dismiss = make("button", { type: "button", class: "bubble-dismiss", "aria-label": words.dismiss,
      onclick: () => this.#dismiss() }, drawing(["M7 7l10 10", "M17 7L7 17"], 16));
    this.element = make("div", { class: "bubble", "data-prevenant": "bubble", hidden: true }, read, dismiss);
    this.announcer = make("div", { class: "unseen", role: "status" });
    for (const name of ["scroll", "resize"]) {
      window.addEventListener(name, () => this.#placeSoon(), { passive: true, capture: true });
    }
  }

  /** @param {import("./conversation.js").Message|undefined} nudge */
  show(nudge) {
    const isShown = nudge && Number(recall(DISMISSED) || 0) < nudge.position;
    this.nudge = isShown ? nudge : undefined;
    this.element.hidden = !isShown;
    if (!isShown) return;
    if (this.text.textContent !== shorten(nudge.text)) {
      this.text.textContent = shorten(nudge.text);
      this.announcer.textContent = `${this.words.nudge}: ${nudge.text}`;
    }
    this.#place();
  }

  #dismiss() {
    if (this.nudge) keep(DISMISSED, String(this.nudge.position));
    this.show(undefined);
    /** @type {HTMLElement|null} */ (this.element.parentElement?.querySelector(".launcher"))?.focus();
  }

  #placeSoon() {
    if (this.element.hidden || this.frame) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = 0;
      this.#place();
    });
  }

  /** Above the launcher, else beside it, else one line; when all would cover a button of the page, away. */
  #place() {
    for (const where of ["above", "beside", "line", "away"]) {
      this.element.dataset.place = where;
      if (where === "away" || !coversButtons(this.element.getBoundingClientRect())) return;
    }
  }
}

function coversButtons(box) {
  return [...document.querySelectorAll(PRESSABLE)].some((each) => {
    const other = each.getBoundingClientRect();
    const isApart = other.right <= box.left || other.left >= box.right || other.bottom <= box.top || other.top >= box.bottom;
    return !isApart && other.width > 0 && each.checkVisibility?.() !== false;
  });
}

function shorten(text) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS - 1).trimEnd()}…` : line;
}
