// One message -> elements. Every text is a text node, every address is checked.
import { drawCards } from "./cards.js";
import { isFitting, link, linked, make, open, safeAddress } from "./dom.js";
import { dayLabel, isSameDay } from "./moments.js";
import { drawTimeline } from "./timeline.js";

/**
 * @param {HTMLElement} element
 * @param {import("./conversation.js").Message} message
 * @param {import("./conversation.js").Message|undefined} before
 * @param {import("./conversation.js").Conversation} conversation
 * @param {ReturnType<import("./words.js").wordsIn>} words
 */
export function drawMessage(element, message, before, conversation, words) {
  const isOurs = message.direction === "out";
  Object.assign(element.dataset, { direction: message.direction, position: message.position ?? "", state: message.state });
  if (message.kind) element.dataset.kind = message.kind;
  if (message.author) element.dataset.author = message.author;
  if (message.language) element.lang = message.language;
  const use = (button) => press(button, conversation);
  const parts = [
    !before || !isSameDay(before.at, message.at) ? make("p", { class: "day" }, dayLabel(message.at, words)) : null,
    isOurs && message.author
      ? make("p", { class: "author" }, message.author, make("span", { class: "unseen" }, ": "))
      : make("span", { class: "unseen" }, `${isOurs ? words.assistant : words.you}: `),
    message.text ? make("p", { class: "text" }, linked(message.text)) : null,
    message.isPicture && !message.image_url ? make("p", { class: "text" }, words.image) : null,
    message.timeline ? drawTimeline(message.timeline, words) : null,
    message.ownPicture || safeAddress(message.image_url) ? drawPicture(message, conversation, words) : null,
    message.cards?.length ? drawCards(message.cards, words, use) : null,
    message.quick_replies?.length ? drawReplies(message, conversation, words, use) : null,
    message.direction === "in" ? drawState(message, conversation, words) : null,
  ];
  element.replaceChildren(...parts.filter(Boolean));
}

/** What an empty conversation shows: a greeting, and a few things to ask. */
export function drawWelcome(conversation, words) {
  const starters = words.starters.map(([title, payload]) => ({ title, payload }));
  return make("div", { class: "welcome" },
    make("p", { class: "hello" }, words.hello),
    make("p", { class: "intro" }, words.intro),
    make("div", { class: "replies", role: "group", "aria-label": words.replies },
      ...starters.map((each) => replyButton(each, conversation, false, (button) => press(button, conversation)))));
}

function press({ title, payload, url }, conversation) {
  const address = safeAddress(url);
  if (address && isFitting(address, conversation.config.origin)) conversation.enterFitting(address);
  else if (address) open(address);
  else if (payload) conversation.say({ payload, title });
}

function drawReplies(message, conversation, words, use) {
  const isUsed = !conversation.isOpen(message);
  return make("div", { class: "replies", "data-replies": message.id, role: "group", "aria-label": words.replies },
    ...message.quick_replies.map((each) => replyButton(each, conversation, isUsed, use)));
}

/** What leads somewhere is a link, and stays one: it answers nothing, so it is never used up. */
function replyButton(reply, { config }, isUsed, use) {
  const address = safeAddress(reply.url);
  const enter = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own was asked for
    event.preventDefault();
    use(reply);
  };
  if (address) return link(address, { class: "reply", onclick: isFitting(address, config.origin) && enter }, reply.title);
  return make("button", { type: "button", class: "reply", disabled: isUsed, onclick: () => use(reply) }, reply.title);
}

/** A path is a picture of this conversation, at our server, which lets no page but the shop's have it. */
function drawPicture(message, { config }, words) {
  const address = message.ownPicture || new URL(message.image_url, config.origin).href;
  const crossorigin = !message.ownPicture && message.image_url.startsWith("/") && "anonymous";
  return make("img", { class: "picture", src: address, alt: message.image_alt || words.image, loading: "lazy", referrerpolicy: "no-referrer",
    crossorigin });
}

function drawState(message, conversation, words) {
  if (message.state === "kept") return null;
  if (message.state === "here") return make("p", { class: "state" }, words.onlyHere);
  if (message.state === "waiting") return make("p", { class: "state" }, words.waiting);
  return make("p", { class: "state failed" }, words.failed, " ",
    make("button", { type: "button", class: "again", onclick: () => conversation.sayAgain(message.id) }, words.again));
}
