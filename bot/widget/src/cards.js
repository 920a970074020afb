// Product cards: one stands alone, several form a row that scrolls.
import { drawing, link, make, safeAddress } from "./dom.js";

/** @param {any[]} cards @param {any} words @param {(button: any) => void} use */
export function drawCards(cards, words, use) {
  const row = make("ul", { class: "cards", "data-count": cards.length }, ...cards.map((each) => drawCard(each, words, use)));
  if (cards.length === 1) return row;
  row.tabIndex = 0;
  row.setAttribute("aria-label", words.products);
  const turn = (direction) => row.scrollBy({ left: direction * row.clientWidth * 0.8, behavior: motion() });
  return make("div", { class: "carousel" }, row,
    arrow(words.previous, "M14.5 6l-6 6 6 6", () => turn(-1)), arrow(words.next, "M9.5 6l6 6-6 6", () => turn(1)));
}

function drawCard(card, words, use) {
  const address = safeAddress(card.url);
  const picture = safeAddress(card.image_url);
  const title = address ? link(address, {}, card.title) : card.title;
  return make("li", { class: "card", "data-prevenant": "card" },
    picture ? make("img", { src: picture, alt: "", loading: "lazy", referrerpolicy: "no-referrer" }) : null,
    make("div", { class: "card-words" },
      make("h3", { class: "card-title" }, title),
      card.subtitle ? make("p", { class: "card-subtitle" }, card.subtitle) : null,
      card.price_text ? make("p", { class: "card-price" }, card.price_text) : null,
      card.note ? make("p", { class: "card-note" }, make("span", { class: "unseen" }, `${words.why} `), card.note) : null,
      card.buttons?.length ? make("div", { class: "card-buttons" }, ...card.buttons.map((each) => cardButton(each, card, use))) : null));
}

/** Several cards have buttons of one title: the product is told along, after it. */
function cardButton(button, card, use) {
  return make("button", { type: "button", class: "reply", "aria-description": card.title, onclick: () => use(button) }, button.title);
}

function arrow(label, path, onPress) {
  return make("button", { type: "button", class: "arrow", "aria-label": label, onclick: onPress }, drawing([path], 18));
}

function motion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
