// The panel's frame: who speaks here, the state of the line, the place of the messages, and where one writes.
import { drawing, make } from "./dom.js";
import { makeComposer } from "./composer.js";
import { FittingRoom } from "./fitting.js";
import { makeGoOn } from "./goon.js";
import { Rating } from "./rating.js";

export class Panel {
  /**
   * @param {{conversation: import("./conversation.js").Conversation, config: import("./config.js").Config,
   *   words: ReturnType<import("./words.js").wordsIn>, onClose: () => void, load: () => Promise<any>}} parts
   */
  constructor({ conversation, config, words, onClose, load }) {
    Object.assign(this, { conversation, words, onClose, load });
    this.isOpen = false;
    this.end = make("button", { type: "button", class: "plain end", hidden: true, onclick: () => this.#sayGoodbye() }, words.end);
    this.banner = make("p", { class: "banner", role: "status", hidden: true });
    this.list = make("div", { class: "list" });
    this.typing = make("div", { class: "typing", "data-prevenant": "typing", hidden: true },
      make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i")),
      make("span", { class: "unseen" }, words.typing));
    this.rating = new Rating(conversation, words, () => this.#leave());
    this.composer = makeComposer(words, {
      onSend: (text) => conversation.say({ text }),
      onPicture: (file) => void conversation.sayPicture(file),
    });
    this.fitting = new FittingRoom(config.origin, words, {
      onPicture: (shown) => this.#showWorn(shown),
      onLeave: () => this.#leave(),
    });
    this.element = make(
      "section",
      {
        class: "panel", "data-prevenant": "panel", role: "dialog", "aria-labelledby": "prevenant-title",
        "aria-describedby": "prevenant-notice", hidden: true, onkeydown: (event) => this.#onKey(event),
      },
      this.#makeHeader(config.title),
      this.banner,
      this.list,
      make("div", { role: "status" }, this.typing),
      this.rating.element,
      this.composer.element,
      this.fitting.element,
    );
    conversation.addEventListener("state", () => this.#show());
    conversation.addEventListener("added", () => this.#followTalk());
    conversation.addEventListener("fitting", ({ detail }) => this.fitting.enter(detail));
    conversation.addEventListener("unfit", () => this.#say(words.unfit));
    conversation.addEventListener("slow", () => this.#say(words.slow));
  }

  /** @param {boolean} isQuiet after a page change: the focus stays on the page */
  open(isQuiet) {
    this.element.hidden = false;
    this.isOpen = true;
    this.#followPhone();
    this.#show();
    if (!isQuiet) this.composer.focus();
    if (!this.isFilled) void this.#fill();
  }

  close() {
    if (this.fitting.isOpen) this.fitting.leave();
    this.element.hidden = true;
    this.isOpen = false;
    this.#followPhone();
  }

  async #fill() {
    this.isFilled = true;
    this.list.replaceChildren(make("p", { class: "loading" }, this.words.loading));
    try {
      const { mountList } = await this.load();
      this.list.replaceChildren();
      mountList(this.list, this.conversation, this.words, () => this.composer.focus());
    } catch {
      this.isFilled = false;
      const retry = make("button", { type: "button", class: "plain", onclick: () => this.#fill() }, this.words.retry);
      this.list.replaceChildren(make("p", { class: "loading" }, this.words.notLoaded, " ", retry));
    }
  }

  #makeHeader(title) {
    return make(
      "header",
      { class: "head" },
      make("span", { class: "mark", "aria-hidden": "true" }, "P"),
      make("h2", { id: "prevenant-title" }, title),
      make("button", { type: "button", class: "close", "aria-label": this.words.closeChat, onclick: () => this.onClose() },
        drawing(["M6 6l12 12", "M18 6L6 18"])),
      make("p", { class: "notice", id: "prevenant-notice" }, this.words.automated),
      makeGoOn(this.conversation, this.words),
      this.end,
    );
  }

  #show() {
    const { isOnline, isReady, isTyping } = this.conversation;
    this.#say(isOnline ? "" : isReady ? this.words.lost : this.words.connecting);
    this.typing.hidden = !isTyping || !isOnline;
    this.end.hidden = !this.conversation.canEnd;
    this.rating.show();
  }

  #followTalk() {
    this.rating.leave();
    this.#show();
  }

  /** The bot says the last word, and asks how it was when nothing is open. */
  #sayGoodbye() {
    this.conversation.say({ payload: "/goodbye", title: this.words.endSaid });
    this.composer.focus();
  }

  /** What was tried on, and the way on from there. */
  #showWorn({ picture, product, colour, name, size, byAi }) {
    const payload = `/add_to_cart${JSON.stringify({ product, ...(colour && { colour }) })}`;
    const words = byAi ? this.words.wornByAi(name) : this.words.worn(name);
    this.conversation.showOwn(picture, words, size, [{ title: this.words.addWorn, payload }]);
  }

  /** To where one writes, but not so that a phone shows its keyboard. */
  #leave() {
    if (window.matchMedia("(hover: hover)").matches) this.composer.focus();
    else /** @type {HTMLElement} */ (this.element.querySelector(".close")).focus();
  }

  #say(text) {
    this.banner.hidden = !text;
    if (this.banner.textContent !== text) this.banner.textContent = text;
  }

  #onKey(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      if (this.fitting.isOpen) this.fitting.leave();
      else this.onClose();
    } else if (event.key === "Tab" && isSheet() && !this.fitting.isOpen) {
      this.#keepFocusInside(event);
    }
  }

  /** On a phone the panel is the page: what lies behind cannot be reached. */
  #followPhone() {
    const covers = this.isOpen && isSheet();
    this.element.toggleAttribute("aria-modal", covers);
    if (covers) this.element.setAttribute("aria-modal", "true");
    document.documentElement.style.overflow = covers ? "hidden" : "";
  }

  #keepFocusInside(event) {
    const first = /** @type {HTMLElement} */ (this.element.querySelector(".close"));
    const last = this.composer.last();
    const focused = /** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement;
    const goal = event.shiftKey && focused === first ? last : !event.shiftKey && focused === last ? first : null;
    if (!goal) return;
    event.preventDefault();
    goal.focus();
  }
}

function isSheet() {
  return window.matchMedia("(max-width: 30rem)").matches;
}
