// How was it? Asked once a conversation and day, when it is over; it takes no focus, and can be skipped.
import { drawing, make } from "./dom.js";

const FACE = "M12 3.2a8.8 8.8 0 1 0 0 17.6a8.8 8.8 0 1 0 0-17.6";
const EYES = ["M9 9.6v.9", "M15 9.6v.9"];
const MOUTHS = ["M8.2 16.4q3.8-4.2 7.6 0", "M8.6 15.9q3.4-2 6.8 0", "M8.6 15.2h6.8", "M8.6 14.6q3.4 2 6.8 0", "M8 13.9q4 4.6 8 0"];
const THANKS_MS = 8_000;

export class Rating {
  /**
   * @param {import("./conversation.js").Conversation} conversation
   * @param {ReturnType<import("./words.js").wordsIn>} words
   * @param {() => void} onDone the focus has to go somewhere
   */
  constructor(conversation, words, onDone) {
    Object.assign(this, { conversation, words, onDone });
    this.said = make("p", { class: "rating-said", role: "status" });
    this.send = make("button", { type: "submit", class: "rating-send", disabled: true }, words.rate);
    this.form = make("form", { class: "rating-form", onsubmit: (event) => this.#onSubmit(event), onchange: () => this.#onChoice() },
      make("div", { class: "faces", role: "radiogroup", "aria-label": words.howWasIt },
        ...words.ratings.map((title, index) => face(title, index + 1))),
      make("div", { class: "rating-row" },
        make("button", { type: "button", class: "plain", onclick: () => this.#skip() }, words.skip), this.send));
    this.element = make("div", { class: "rating", "data-prevenant": "rating" }, this.said, this.form);
    this.#hide();
  }

  /** As the conversation stands: asked when it is over, gone when it goes on. */
  show() {
    const isAsked = this.conversation.asksRating;
    if (isAsked === this.isAsked || (this.isThanking && !isAsked)) return;
    this.isAsked = isAsked;
    if (!isAsked) return this.#hide();
    this.form.reset();
    this.send.disabled = true;
    this.form.hidden = false;
    this.#say(this.words.howWasIt);
  }

  /** The customer goes on talking: no more thanks. */
  leave() {
    if (this.isThanking) this.#hide();
  }

  #onChoice() {
    this.send.disabled = false;
  }

  async #onSubmit(event) {
    event.preventDefault();
    const stars = Number(new FormData(this.form).get("stars"));
    if (!stars || this.isSending) return;
    this.isSending = true;
    const isKept = await this.conversation.rate(stars).catch(() => false);
    this.isSending = false;
    if (isKept) this.#thank();
    else this.#say(this.words.notRated);
  }

  #thank() {
    this.isThanking = true;
    this.isAsked = false;
    this.form.hidden = true;
    this.#say(this.words.rated);
    this.onDone();
    this.timer = window.setTimeout(() => this.#hide(), THANKS_MS);
  }

  #skip() {
    this.conversation.skipRating();
    this.onDone();
  }

  #say(text) {
    window.clearTimeout(this.timer);
    this.element.classList.remove("unseen");
    this.said.textContent = text;
  }

  /** The live region stays in the page: what is put into it is read out. */
  #hide() {
    window.clearTimeout(this.timer);
    this.isThanking = this.isAsked = false;
    this.form.hidden = true;
    this.said.textContent = "";
    this.element.classList.add("unseen");
  }
}

function face(title, stars) {
  return make("label", { class: "face" },
    make("input", { type: "radio", name: "stars", value: stars }),
    drawing([FACE, ...EYES, MOUTHS[stars - 1]], 30), make("span", {}, title));
}
