// Where the customer writes: grows with the text; Enter sends, Shift+Enter breaks the line.
import { drawing, make } from "./dom.js";

const MOST_CHARACTERS = 4_000; // the server's limit
const TALLEST_PX = 132;

/** @param {ReturnType<import("./words.js").wordsIn>} words @param {(text: string) => void} onSend */
export function makeComposer(words, onSend) {
  const field = /** @type {HTMLTextAreaElement} */ (make("textarea", {
    rows: 1, maxlength: MOST_CHARACTERS, placeholder: words.placeholder, "aria-label": words.yourMessage,
    enterkeyhint: "send", autocomplete: "off", "data-prevenant": "input",
  }));
  const button = /** @type {HTMLButtonElement} */ (make("button", { type: "submit", class: "send", "aria-label": words.send },
    drawing(["M5 12h13", "M12.5 6.5L18 12l-5.5 5.5"])));
  const element = make("form", { class: "composer" }, field, button);

  function fit() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, TALLEST_PX)}px`;
    element.toggleAttribute("data-empty", !field.value.trim());
  }

  function send() {
    const text = field.value.trim();
    field.focus();
    if (!text) return;
    field.value = "";
    fit();
    onSend(text);
  }

  element.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  field.addEventListener("input", fit);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  fit();
  return { element, focus: () => field.focus({ preventScroll: true }), last: () => button };
}
