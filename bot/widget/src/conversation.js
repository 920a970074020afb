// The conversation as this tab knows it. Tells `added`, `changed`, `reset` and `state`; draws nothing.
import { pageNow } from "./config.js";
import { Connection } from "./connection.js";
import { isSameDay } from "./moments.js";
import { shrink, upload } from "./picture.js";
import { Queue } from "./queue.js";
import { keep, recall } from "./storage.js";

const RATED = "prevenant-rated"; // when this browser's customer said how it was, or would not

/**
 * @typedef {Object} Message as the server's history has it, and for our own a `state`
 * @property {string} id
 * @property {"in"|"out"} direction
 * @property {number|null} position null while the server has not kept it
 * @property {"kept"|"waiting"|"failed"|"here"} state "here" is on this device only
 * @property {string} text
 * @property {string} at
 * @property {string} [kind]
 * @property {boolean} [is_seen]
 * @property {string} [author] the person who says it
 * @property {boolean} [asks_rating] the conversation is over: how was it?
 * @property {any[]} [quick_replies]
 * @property {any[]} [cards]
 * @property {any} [timeline]
 * @property {boolean} [isPicture] our own picture, before the server has it
 * @property {string} [ownPicture] the address of a picture in this tab's memory
 * @property {string} [image_url]
 * @property {string} [image_alt]
 */
export class Conversation extends EventTarget {
  /** @param {import("./config.js").Config} config */
  constructor(config) {
    super();
    this.config = config;
    this.isOnline = false;
    this.isReady = false;
    this.isTyping = false;
    /** @type {string[]} the channels where this conversation can go on */
    this.continuesOn = [];
    this.hasEarlier = false;
    this.isWatched = () => false;
    /** @type {Map<string, Message>} in the order shown */
    this.messages = new Map();
    /** @type {Map<string, Blob>} pictures that the server has not kept yet; a reload forgets them */
    this.pictures = new Map();
    this.connection = new Connection(config, {
      onReady: (ready) => this.#onReady(ready),
      onMessage: (message) => this.#onArrived([message]),
      onTyping: (isTyping) => this.#set({ isTyping }),
      onSeen: (positions) => this.#onSeenElsewhere(positions),
      onState: (isOnline) => this.#set({ isOnline }),
      onEnded: () => this.#onEnded(),
      lastPosition: () => this.#lastPosition(),
    });
    this.queue = new Queue((said) => this.connection.ask("say", said), {
      onKept: (id, answer) => this.#change(id, { position: answer.position, at: answer.at, state: "kept" }),
      onRefused: (id) => this.#change(id, { state: "failed" }),
      onSlow: (seconds) => this.#tell("slow", seconds),
    });
  }

  start() {
    for (const said of this.queue.waiting) this.#add(shownOf(said));
    window.addEventListener("storage", ({ key }) => key === RATED && this.#tell("state")); // another tab was told
    return this.connection.start();
  }

  /** @param {{text?: string, payload?: string, title?: string}} words */
  say(words) {
    const said = { id: makeId(), ...words, page: pageNow(this.config), at: new Date().toISOString() };
    this.queue.add(said);
    this.#add(shownOf(said));
    this.#flush();
  }

  /** Show a picture, in so far as it is one, and send it. @param {Blob} file */
  async sayPicture(file) {
    const picture = await shrink(file).catch(() => null);
    if (!picture) return this.#tell("unfit");
    const id = makeId();
    this.pictures.set(id, picture);
    this.#add({ id, direction: "in", position: null, state: "waiting", text: "", isPicture: true, at: new Date().toISOString() });
    await this.#sendPicture(id);
  }

  /** Open the page where something is tried on. @param {string} address */
  enterFitting(address) {
    this.#tell("fitting", address);
  }

  /** A picture that was made in this browser: shown in this tab, sent nowhere, gone with the page. @param {Blob} picture @param {any[]} replies */
  showOwn(picture, name, text, replies) {
    this.#add({
      id: makeId(), direction: "in", position: null, state: "here", text, ownPicture: URL.createObjectURL(picture),
      image_alt: name, quick_replies: replies, at: new Date().toISOString(),
    });
  }

  async #sendPicture(id) {
    this.#change(id, { state: "waiting" });
    try {
      const answer = await upload(this.config.origin, this.connection.session, id, this.pictures.get(id));
      if (!answer.ok) return this.#change(id, { state: "failed" });
      this.pictures.delete(id);
      this.#change(id, { position: answer.position, at: answer.at, image_url: answer.image_url, state: "kept" });
    } catch {
      this.#change(id, { state: "failed" });
    }
  }

  /** Once more what the server refused, or what did not reach it. @param {string} id */
  sayAgain(id) {
    const message = this.messages.get(id);
    if (!message) return;
    if (this.pictures.has(id)) return void this.#sendPicture(id);
    this.messages.delete(id);
    this.#tell("reset");
    this.say({ text: message.text });
  }

  get unseen() {
    return [...this.messages.values()].filter((each) => each.direction === "out" && !each.is_seen);
  }

  /** Whether a message's quick replies may still be used: nothing was said after it. @param {Message} message */
  isOpen(message) {
    return [...this.messages.values()].at(-1) === message;
  }

  /** Whether the conversation is over, and nobody said today how it was. */
  get asksRating() {
    const last = [...this.messages.values()].at(-1);
    const isOver = last?.asks_rating === true && isSameDay(last.at, new Date());
    return isOver && !isSameDay(recall(RATED) || 0, new Date());
  }

  /** Whether the customer said something that is not yet over. */
  get canEnd() {
    const all = [...this.messages.values()];
    return all.some((each) => each.direction === "in") && all.at(-1)?.asks_rating !== true;
  }

  /** Whether the server has it; throws when it does not answer. @param {number} stars 1 to 5 */
  async rate(stars) {
    const answer = await this.connection.ask("rate", { stars });
    if (answer.ok) this.skipRating();
    return answer.ok === true;
  }

  skipRating() {
    keep(RATED, new Date().toISOString());
    this.#tell("state");
  }

  /** The customer has everything before their eyes. */
  markSeen() {
    const positions = this.unseen.map((each) => each.position);
    if (!positions.length) return;
    this.#onSeenElsewhere(positions);
    this.connection.tellReceipts({ seen: positions.slice(-200) });
  }

  /** What was said before the oldest known; oldest first. */
  async readEarlier() {
    const oldest = [...this.messages.values()].find((each) => each.position)?.position;
    if (!this.hasEarlier || !oldest) return [];
    const answer = await this.connection.ask("earlier", { before: oldest });
    this.hasEarlier = answer.has_more === true;
    const found = answer.messages.map(keptOf).filter((each) => !this.messages.has(each.id));
    this.messages = new Map([...found.map((each) => [each.id, each]), ...this.messages]);
    return found;
  }

  #onReady(ready) {
    const isFirst = !this.isReady;
    if (ready.has_more && this.#lastPosition()) this.#forgetKept(); // a gap would lie between: begin with the newest
    if (isFirst || this.#lastPosition() === 0) this.hasEarlier = ready.has_more === true;
    this.isReady = true;
    this.continuesOn = ready.continues_on ?? [];
    this.#onArrived(ready.messages, isFirst);
    this.#set({ isTyping: ready.is_typing === true, isOnline: true });
    this.#flush();
  }

  #onArrived(messages, isFirst = false) {
    const arrived = messages.map(keptOf);
    for (const each of arrived) {
      if (this.messages.has(each.id)) this.#change(each.id, { ...each, is_seen: this.messages.get(each.id).is_seen || each.is_seen });
      else this.#add(each, isFirst);
    }
    const unseen = arrived.filter((each) => each.direction === "out" && !each.is_seen).map((each) => each.position);
    if (unseen.length) this.connection.tellReceipts({ delivered: unseen.slice(-200) });
    if (isFirst) this.#sortByPosition();
    if (this.isWatched()) this.markSeen();
    this.#tell("state");
  }

  #onSeenElsewhere(positions) {
    const seen = new Set(positions);
    for (const each of this.messages.values()) if (seen.has(each.position)) each.is_seen = true;
    this.#tell("state");
  }

  #onEnded() {
    this.queue.clear();
    this.messages.clear();
    this.pictures.clear();
    keep(RATED, "");
    this.hasEarlier = this.isTyping = this.isReady = false;
    this.#tell("reset");
    this.#tell("state");
  }

  #forgetKept() {
    for (const [id, each] of this.messages) if (each.position) this.messages.delete(id);
    this.isReady = false;
    this.#tell("reset");
  }

  /** What waited here since before a reload was said after everything the server has. */
  #sortByPosition() {
    const sorted = [...this.messages.entries()].sort(([, one], [, other]) => place(one) - place(other));
    this.messages = new Map(sorted);
    this.#tell("reset");
  }

  #lastPosition() {
    return Math.max(0, ...[...this.messages.values()].map((each) => each.position ?? 0));
  }

  #flush() {
    void this.queue.flush(() => this.connection.isConnected && this.isReady);
  }

  #add(message, isQuiet = false) {
    this.messages.set(message.id, message);
    if (!isQuiet) this.#tell("added", message);
  }

  #change(id, news) {
    const message = this.messages.get(id);
    if (!message) return;
    Object.assign(message, news);
    this.#tell("changed", message);
  }

  #set(news) {
    Object.assign(this, news);
    this.#tell("state");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function place(message) {
  return message.position ?? Infinity;
}

function keptOf(message) {
  return { ...message, state: "kept" };
}

function shownOf(said) {
  return { id: said.id, direction: "in", position: null, state: "waiting", text: said.text || said.title || "…", at: said.at };
}

function makeId() {
  const numbers = crypto.getRandomValues(new Uint32Array(4));
  return [...numbers].map((each) => each.toString(36).padStart(7, "0")).join("");
}
