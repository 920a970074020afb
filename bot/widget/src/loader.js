// The first thing a page loads: the launcher, the conversation, and the panel that fills itself when first opened.
import { Bubble } from "./bubble.js";
import { readConfig } from "./config.js";
import { Conversation } from "./conversation.js";
import { dress, make } from "./dom.js";
import frameCss from "./frame.css";
import { Launcher } from "./launcher.js";
import { Panel } from "./panel.js";
import { inThisTab } from "./storage.js";
import tokensCss from "./tokens.css";
import { wordsIn } from "./words.js";

const OPEN = "prevenant-open";
const script = /** @type {HTMLScriptElement} */ (document.currentScript);

function begin() {
  const config = readConfig(script);
  const words = wordsIn(config.language);
  const host = make("prevenant-chat", { lang: config.language });
  const root = host.attachShadow({ mode: "open" });
  dress(root, tokensCss + frameCss);

  const conversation = new Conversation(config);
  const panel = new Panel({ conversation, config, words, onClose: close, load: () => import(`${config.base}${LIST_PART}`) });
  const launcher = new Launcher(words, () => (panel.isOpen ? close() : open()));
  const bubble = new Bubble(words, { onOpen: open });
  const aside = make("aside", { "aria-label": words.widget, class: "widget" }, panel.element, bubble.element, launcher.element);
  root.append(aside, bubble.announcer);
  document.body.append(host);

  let telling = 0;

  conversation.isWatched = () => panel.isOpen && document.visibilityState === "visible";
  conversation.addEventListener("state", show);
  conversation.addEventListener("reset", show);
  conversation.addEventListener("added", ({ detail }) => detail.direction === "out" && tellPage());
  document.addEventListener("visibilitychange", look);
  window.addEventListener("prevenant:open", open);
  show();
  if (inThisTab(OPEN) === "yes" && !isPhone()) open({ isQuiet: true });
  void conversation.start();

  function open(options) {
    inThisTab(OPEN, "yes");
    panel.open(options?.isQuiet === true);
    look();
    show();
  }

  function close() {
    inThisTab(OPEN, "no");
    panel.close();
    launcher.focus();
    show();
  }

  /** What the bot says may have changed the basket: the page looks, once a turn. */
  function tellPage() {
    window.clearTimeout(telling);
    telling = window.setTimeout(() => {
      const detail = { session: conversation.connection.session };
      window.dispatchEvent(new CustomEvent("prevenant:cart", { detail }));
    }, 250);
  }

  function look() {
    if (conversation.isWatched()) conversation.markSeen();
  }

  function show() {
    launcher.show({ isOpen: panel.isOpen, unread: conversation.unseen.length });
    bubble.show(panel.isOpen ? undefined : conversation.unseen.filter((each) => each.kind === "nudge").at(-1));
  }
}

function isPhone() {
  return window.matchMedia("(max-width: 30rem)").matches;
}

if (!document.querySelector("prevenant-chat")) begin();
