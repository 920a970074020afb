// Why something cannot be tried on; `reason` is a key of the page's sentences.

export class Refusal extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}
