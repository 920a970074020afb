// Loaded on first opening: deep-chat keeps the list of messages; what is in each is drawn by our own code.
//
// deep-chat reads message texts as Markdown and lets every address through, javascript: included, so it is
// given no text at all: only our own element with a message's id, which then draws itself.
import "deep-chat";
import { dress, make } from "./dom.js";
import listCss from "./list.css";
import { drawMessage, drawWelcome } from "./message.js";
import tokensCss from "./tokens.css";

const FONT = "var(--sans)"; // the shop's, where it set one
const NAME = "prevenant-message";

/**
 * @param {HTMLElement} place
 * @param {import("./conversation.js").Conversation} conversation
 * @param {ReturnType<import("./words.js").wordsIn>} words
 * @param {() => void} focusBox
 */
export function mountList(place, conversation, words, focusBox) {
  defineElement();
  const chat = /** @type {any} */ (document.createElement("deep-chat"));
  // Without a font of our own, deep-chat adds a style sheet of another host to the page.
  Object.assign(chat.style, { fontFamily: FONT, position: "absolute", inset: "0", width: "100%", height: "100%", border: "0", background: "none" });
  chat.connect = { websocket: true, handler: (_body, signals) => signals.onOpen() };
  chat.inputAreaStyle = { display: "none" }; // the composer hands texts to the conversation, not to deep-chat
  chat.displayLoadingBubble = false;
  chat.scrollButton = false;
  dress(chat.shadowRoot, tokensCss + listCss);
  chat.shadowRoot.host.drawPart = (element) => draw(element);
  chat.onComponentRender = prepare;
  // On a busy machine deep-chat renders a second time, and tells nobody: that list is empty.
  new MutationObserver(prepare).observe(chat.shadowRoot.getElementById("container"), { childList: true });
  let isFollowing = false;
  place.append(chat);

  function prepare() {
    const log = chat.shadowRoot.getElementById("messages");
    if (!log || log.hasAttribute("role")) return;
    log.setAttribute("role", "log");
    log.setAttribute("aria-label", words.conversation);
    log.tabIndex = 0;
    fill();
    log.setAttribute("aria-live", "polite");
    if (!isFollowing) follow();
  }

  function follow() {
    isFollowing = true;
    conversation.addEventListener("added", ({ detail }) => add(detail));
    conversation.addEventListener("changed", ({ detail }) => refresh(detail.id));
    conversation.addEventListener("reset", fill);
    conversation.addEventListener("state", welcome);
  }

  function fill() {
    chat.clearMessages(false);
    if (conversation.hasEarlier) show("earlier", "ai");
    welcome();
    for (const each of conversation.messages.values()) show(each.id, roleOf(each));
    chat.scrollToBottom();
  }

  function add(message) {
    if (conversation.messages.size === 1) fill();
    else show(message.id, roleOf(message));
    for (const group of chat.shadowRoot.querySelectorAll("[data-replies]")) {
      const isOpen = group.dataset.replies === message.id;
      if (!isOpen && group.contains(chat.shadowRoot.activeElement)) moveFocus();
      for (const button of group.querySelectorAll("button")) button.disabled = !isOpen;
    }
    reveal(chat.shadowRoot.querySelector(selectorOf(message.id)));
  }

  /** Off a button that goes dead: to where one writes, but not so that a phone shows its keyboard. */
  function moveFocus() {
    if (window.matchMedia("(hover: hover)").matches) focusBox();
    else chat.shadowRoot.getElementById("messages").focus({ preventScroll: true });
  }

  /** The end of the list; of a message that is taller than it, the beginning. */
  function reveal(element) {
    const log = chat.shadowRoot.getElementById("messages");
    const isTall = element && element.offsetHeight > log.clientHeight - 24;
    const top = isTall ? element.getBoundingClientRect().top - log.getBoundingClientRect().top + log.scrollTop - 8 : log.scrollHeight;
    log.scrollTo({ top });
  }

  /** An id is ours or the server's; whatever it holds, only these signs reach the HTML. */
  function show(id, role) {
    chat.addMessage({ html: `<${NAME} data-id="${plain(id)}"></${NAME}>`, role });
  }

  function welcome() {
    const isWanted = conversation.isReady && conversation.messages.size === 0;
    const shown = chat.shadowRoot.querySelector(`${NAME}[data-id=welcome]`);
    if (isWanted && !shown) show("welcome", "ai");
  }

  function refresh(id) {
    const element = chat.shadowRoot.querySelector(selectorOf(id));
    if (element) draw(element);
  }

  function draw(element) {
    const id = element.dataset.id;
    if (id === "welcome") return element.replaceChildren(drawWelcome(conversation, words));
    if (id === "earlier") return element.replaceChildren(earlierButton());
    const messages = [...conversation.messages.values()];
    const index = messages.findIndex((each) => plain(each.id) === id);
    if (index >= 0) drawMessage(element, messages[index], messages[index - 1], conversation, words);
  }

  function earlierButton() {
    const button = make("button", { type: "button", class: "earlier", onclick: async () => {
      button.disabled = true;
      const log = chat.shadowRoot.getElementById("messages");
      const below = log.scrollHeight - log.scrollTop;
      await conversation.readEarlier().catch(() => []);
      fill();
      log.scrollTop = log.scrollHeight - below;
    } }, words.earlier);
    return button;
  }
}

function plain(id) {
  return String(id).replace(/[^A-Za-z0-9_-]/g, ".");
}

function selectorOf(id) {
  return `${NAME}[data-id="${plain(id)}"]`;
}

function roleOf(message) {
  return message.direction === "in" ? "user" : "ai";
}

function defineElement() {
  if (customElements.get(NAME)) return;
  customElements.define(NAME, class extends HTMLElement {
    connectedCallback() {
      const root = this.getRootNode();
      if (root instanceof ShadowRoot) root.host.drawPart?.(this);
    }
  });
}
