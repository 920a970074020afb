// Writes take turns: each in one transaction, once per key, all of it or nothing.
const {
  EntityNotFoundError, isGraphQlErrorResult, OrderService, TransactionalConnection, UserInputError, VendureEntity,
} = require('@vendure/core');
const { decorateClass, decorateEntity } = require('./decorate');
const { lock } = require('./changes');
const { pickUp } = require('./stock');

const LOCK = 771101;

class PrevenantKey extends VendureEntity {
  constructor(input) { super(input); }
}
decorateEntity(PrevenantKey, 'prevenant_key', {
  key: { type: 'varchar', unique: true }, orderRef: { type: 'varchar' },
});

/** Why nothing was done. It undoes the transaction, and is answered as data. */
class Problem extends Error {
  constructor(code, details = {}) {
    super(code);
    this.outcome = { problem: code, ...details };
  }
}

class Turns {
  constructor(connection, orders) {
    this.connection = connection;
    this.orders = orders;
    this.turn = Promise.resolve();
  }

  /** What the work gives, everything or nothing of it, while no other writes. */
  take(ctx, work) {
    const done = this.turn.then(() => this.connection.withTransaction(ctx, async tx => {
      await lock(this.connection, tx, LOCK);
      return work(tx);
    })).catch(toOutcome);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Does the work, which gives the id of an order, once per key. */
  once(ctx, key, work) {
    return this.take(ctx, async tx => {
      const keys = this.connection.getRepository(tx, PrevenantKey);
      const known = await keys.findOne({ where: { key } });
      if (known) return { orderId: known.orderRef };
      const orderRef = String(await work(tx));
      await keys.insert({ key, orderRef });
      return { orderId: orderRef };
    });
  }

  /** Changes an order over the version that was read; what is picked up is looked for where it is picked up. */
  change(ctx, operation, input, work) {
    return this.once(ctx, `${operation}:${input.orderId}:${input.key}`, async tx => {
      const order = await this.orders.findOne(tx, input.orderId);
      if (!order) throw new Problem('not_found');
      if (await this.versionOf(tx, order.id) !== input.ifVersion) throw new Problem('conflict');
      await pickUp.run(order.customFields.pickupLocationId, () => work(tx, order));
      return order.id;
    });
  }

  /** How often the order changed: entries of its history. */
  versionOf(ctx, orderId) {
    return this.connection.getRepository(ctx, 'OrderHistoryEntry').count({ where: { order: { id: orderId } } });
  }
}
decorateClass(Turns, require('@nestjs/common').Injectable(), [TransactionalConnection, OrderService]);

/** The result, or a Problem with Vendure's own code of the error. */
function require_(result) {
  if (isGraphQlErrorResult(result)) throw new Problem(result.errorCode || result.__typename, { message: result.message });
  return result;
}

function toOutcome(error) {
  if (error instanceof Problem) return error.outcome;
  if (error instanceof EntityNotFoundError) return { problem: 'not_found' };
  if (error instanceof UserInputError) return { problem: 'invalid', message: error.message };
  throw error;
}

module.exports = { PrevenantKey, Problem, require_, Turns };
