// Trying on, inside the chat: the page of the link lies over the conversation until it is left. Its picture comes here
// from this browser's own memory and goes nowhere else.
import { make } from "./dom.js";

const SHOWN = "prevenant-try-on"; // the page's word for a picture that it made

export class FittingRoom {
  /**
   * @param {string} origin where the pages for trying on are: our server's
   * @param {ReturnType<import("./words.js").wordsIn>} words
   * @param {{onPicture: (shown: {picture: Blob, product: string, colour: string, name: string, size: string, byAi: boolean}) => void, onLeave: () => void}} listeners
   */
  constructor(origin, words, { onPicture, onLeave }) {
    Object.assign(this, { origin, words, onPicture, onLeave });
    this.back = make("button", { type: "button", class: "plain", onclick: () => this.leave() }, words.backToChat);
    this.place = make("div", { class: "fitting-page" });
    // Behind the page's last button one is at the first of ours again.
    const end = make("span", { tabindex: "0", onfocus: () => this.back.focus() });
    this.element = make("div", { class: "fitting", "data-prevenant": "fitting", hidden: true }, this.back, this.place, end);
    window.addEventListener("message", (event) => this.#hear(event));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {string} address a page of our server's */
  enter(address) {
    this.frame = make("iframe", { src: address, title: this.words.fitting, allow: "camera", referrerpolicy: "no-referrer" });
    this.place.replaceChildren(this.frame);
    this.#cover(true);
    this.back.focus();
  }

  /** The page goes, and the camera with it. */
  leave() {
    this.place.replaceChildren();
    this.frame = null;
    this.#cover(false);
    this.onLeave();
  }

  #cover(isOver) {
    this.element.hidden = !isOver;
    for (const each of this.element.parentElement.children) if (each !== this.element) each.toggleAttribute("inert", isOver);
  }

  #hear({ source, origin, data }) {
    if (!this.frame || source !== this.frame.contentWindow || origin !== this.origin) return;
    if (data?.type !== SHOWN || !(data.picture instanceof Blob)) return;
    const [product, colour, name, size] = [data.product, data.colour, data.name, data.size].map((each) => String(each ?? ""));
    this.leave();
    this.onPicture({ picture: data.picture, product, colour, name, size, byAi: data.byAi === true });
  }
}
