// The button in the corner, and how much is unread.
import { drawing, make } from "./dom.js";

export class Launcher {
  /** @param {ReturnType<import("./words.js").wordsIn>} words @param {() => void} onPress */
  constructor(words, onPress) {
    this.words = words;
    this.badge = make("span", { class: "badge", "data-prevenant": "badge", "aria-hidden": "true", hidden: true });
    this.element = make(
      "button",
      {
        type: "button", class: "launcher", "data-prevenant": "launcher", "aria-haspopup": "dialog",
        onclick: onPress,
      },
      make("span", { class: "letter", "aria-hidden": "true" }, "P"),
      make("span", { class: "cross", "aria-hidden": "true" }, drawing(["M6 9.5l6 6 6-6"], 24)),
      this.badge,
    );
  }

  /** @param {{isOpen: boolean, unread: number}} state */
  show({ isOpen, unread }) {
    const { openChat, closeChat, unread: count } = this.words;
    this.badge.hidden = !unread || isOpen;
    this.badge.textContent = unread > 9 ? "9+" : String(unread);
    this.element.setAttribute("aria-expanded", String(isOpen));
    this.element.setAttribute("aria-label", isOpen ? closeChat : unread ? `${openChat}, ${count(unread)}` : openChat);
  }

  focus() {
    this.element.focus({ preventScroll: true });
  }
}
