// The socket: it connects, comes back, proves anew who is signed in, and says when a conversation is over.
import { io } from "socket.io-client";
import { dropSession, fetchCustomerToken, obtainSession, renewalDelay, waitForPage } from "./session.js";

const ANSWER_WITHIN_MS = 8_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * @typedef {Object} Listeners
 * @property {(ready: any) => void} onReady
 * @property {(message: any) => void} onMessage
 * @property {(isTyping: boolean) => void} onTyping
 * @property {(positions: number[]) => void} onSeen
 * @property {(isOnline: boolean) => void} onState
 * @property {() => void} onEnded
 * @property {() => number} lastPosition
 */
export class Connection {
  /** @param {import("./config.js").Config} config @param {Listeners} listeners */
  constructor(config, listeners) {
    this.config = config;
    this.listeners = listeners;
    this.session = "";
    this.failures = 0;
    this.socket = io(config.origin, {
      autoConnect: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 700,
      reconnectionDelayMax: 8_000,
      auth: (give) => void this.#introduce(give),
    });
    this.#listen();
  }

  async start() {
    await waitForPage(2_000);
    this.socket.connect();
  }

  get isConnected() {
    return this.socket.connected;
  }

  /** The server's answer; throws when none came in time. @param {string} event @param {object} data */
  ask(event, data) {
    return this.socket.timeout(ANSWER_WITHIN_MS).emitWithAck(event, data);
  }

  /** Positions that arrived, and that were seen; told when the connection is back. */
  tellReceipts(receipts) {
    this.socket.emit("receipts", receipts);
  }

  #listen() {
    const { socket, listeners } = this;
    socket.on("ready", (ready) => {
      this.failures = 0;
      listeners.onReady(ready);
      listeners.onState(true);
    });
    socket.on("message", (message) => listeners.onMessage(message));
    socket.on("typing", (data) => listeners.onTyping(data?.is_typing === true));
    socket.on("seen", (data) => listeners.onSeen(data?.positions ?? []));
    socket.on("ended", () => this.#beginAnew());
    socket.on("connect_error", (error) => this.#onRefused(error));
    socket.on("disconnect", (reason) => {
      listeners.onState(false);
      if (reason === "io server disconnect" && !this.pause) this.#tryLater();
    });
    window.addEventListener("online", () => this.#hurry());
  }

  async #introduce(give) {
    try {
      this.session = await obtainSession(this.config.origin);
      const token = await fetchCustomerToken(this.config.tokenUrl);
      this.#renewBefore(token);
      give({
        session: this.session,
        customer_token: token || undefined,
        anonymous_id: window.prevenant?.anonymousId || undefined,
        language: this.config.language,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        after: this.listeners.lastPosition(),
      });
    } catch {
      this.#tryLater();
    }
  }

  #onRefused(error) {
    this.listeners.onState(false);
    if (this.socket.active) return; // the line is down: the socket tries again by itself
    if (["session_ended", "session_invalid"].includes(error.message)) this.#beginAnew();
    else this.#tryLater();
  }

  /** The conversation is over: signed out, somebody else signed in, or too old. The next one is another's. */
  #beginAnew() {
    dropSession(this.session);
    this.session = "";
    this.listeners.onEnded();
    this.#tryLater();
  }

  #tryLater() {
    window.clearTimeout(this.pause);
    this.socket.disconnect();
    this.listeners.onState(false);
    const milliseconds = Math.min(250 * 2 ** this.failures, LONGEST_PAUSE_MS);
    this.failures += 1;
    this.pause = window.setTimeout(() => this.#connectNow(), milliseconds);
  }

  #hurry() {
    if (!this.socket.connected) this.#connectNow();
  }

  #connectNow() {
    window.clearTimeout(this.pause);
    this.pause = undefined;
    this.socket.disconnect().connect();
  }

  #renewBefore(token) {
    window.clearTimeout(this.renewal);
    if (token) this.renewal = window.setTimeout(() => void this.#renew(), renewalDelay(token));
  }

  async #renew() {
    if (!this.socket.connected) return; // it proves itself anew when it comes back
    try {
      const token = await fetchCustomerToken(this.config.tokenUrl);
      if (!token) return this.#connectNow(); // signed out: the server decides what that means
      const answer = await this.ask("confirm", { customer_token: token });
      if (answer.error === "session_ended") return; // `ended` follows
      this.#renewBefore(token);
    } catch {
      this.renewal = window.setTimeout(() => void this.#renew(), 15_000);
    }
  }
}
