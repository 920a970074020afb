// Where the customer writes: grows with the text; Enter sends, Shift+Enter breaks the line. Pictures are chosen or pasted.
import { drawing, make } from "./dom.js";
import { TAKEN } from "./picture.js";

const MOST_CHARACTERS = 4_000; // the server's limit
const TALLEST_PX = 132;

/**
 * @param {ReturnType<import("./words.js").wordsIn>} words
 * @param {{onSend: (text: string) => void, onPicture: (file: File) => void}} listeners
 */
export function makeComposer(words, { onSend, onPicture }) {
  const field = /** @type {HTMLTextAreaElement} */ (make("textarea", {
    rows: 1, maxlength: MOST_CHARACTERS, placeholder: words.placeholder, "aria-label": words.yourMessage,
    enterkeyhint: "send", autocomplete: "off", "data-prevenant": "input",
  }));
  const button = /** @type {HTMLButtonElement} */ (make("button", { type: "submit", class: "send", "aria-label": words.send },
    drawing(["M5 12h13", "M12.5 6.5L18 12l-5.5 5.5"])));
  const files = /** @type {HTMLInputElement} */ (make("input", { type: "file", accept: TAKEN, hidden: true, "data-prevenant": "picture" }));
  const attach = make("button", { type: "button", class: "attach", "aria-label": words.sendPicture, title: words.sendPicture,
    onclick: () => files.click() }, drawing(["M4 6.5h16v11H4z", "M4.5 16l4.5-4.5 3.5 3.5 2.5-2.5 4.5 4", "M15.5 9.5v.1"], 22));
  const element = make("form", { class: "composer" }, field, files, attach, button);

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
  files.addEventListener("change", () => {
    if (files.files?.[0]) onPicture(files.files[0]);
    files.value = "";
  });
  field.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.files[0];
    if (!pasted) return;
    event.preventDefault();
    onPicture(pasted);
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
