// What the customer said and the server has not kept yet: kept here, sent in order, again until it is answered.
import { keep, recallJson } from "./storage.js";

const UNSENT = "prevenant-unsent";
const TRY_AGAIN_MS = 2_500;

export class Queue {
  /**
   * @param {(said: object) => Promise<any>} send
   * @param {{onKept: (id: string, answer: any) => void, onRefused: (id: string, error: string) => void,
   *   onSlow: (seconds: number) => void}} listeners
   */
  constructor(send, listeners) {
    this.send = send;
    this.listeners = listeners;
    /** @type {any[]} */
    this.waiting = recallJson(UNSENT, []);
    this.isSending = false;
  }

  add(said) {
    this.waiting.push(said);
    this.#remember();
  }

  clear() {
    this.waiting = [];
    this.#remember();
  }

  forget(id) {
    this.waiting = this.waiting.filter((each) => each.id !== id);
    this.#remember();
  }

  /** Send what waits, one after the other; stops where no answer comes. @param {() => boolean} isConnected */
  async flush(isConnected) {
    if (this.isSending) return;
    this.isSending = true;
    window.clearTimeout(this.timer);
    while (this.waiting.length && isConnected()) {
      if (!(await this.#sendFirst())) {
        this.timer = window.setTimeout(() => void this.flush(isConnected), this.pauseMs);
        break;
      }
    }
    this.isSending = false;
  }

  /** Whether the next may go. */
  async #sendFirst() {
    const { at, title, ...said } = this.waiting[0];
    this.pauseMs = TRY_AGAIN_MS;
    try {
      const answer = await this.send(title ? { ...said, title } : said);
      if (answer.ok) this.listeners.onKept(said.id, answer);
      else if (answer.error === "rate_limited") return this.#slowDown(answer);
      else this.listeners.onRefused(said.id, answer.error);
      this.forget(said.id);
      return true;
    } catch {
      return false; // no answer: the same id goes again, and is kept once
    }
  }

  #slowDown(answer) {
    const seconds = Number(answer.retry_after_seconds) || 20;
    this.pauseMs = seconds * 1_000;
    this.listeners.onSlow(seconds);
    return false;
  }

  #remember() {
    keep(UNSENT, this.waiting.length ? JSON.stringify(this.waiting) : "");
  }
}
