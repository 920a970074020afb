// Writes on orders, each in one transaction and once per key: what Vendure alone leaves to chance.
// Two baskets may pay the last piece there, a repeated call orders twice, and half of a change may stay behind.
const {
  CustomerService, isGraphQlErrorResult, OrderService, ProductVariantService,
  TransactionalConnection, VendureEntity, EntityNotFoundError, UserInputError,
} = require('@vendure/core');
const { decorateClass, decorateEntity } = require('./decorate');
const { lock } = require('./changes');

const LOCK = 771101;
const OPEN = ['AddingItems', 'Draft'];
const PENDING = ['PaymentAuthorized', 'PaymentSettled'];

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

class OrderDesk {
  constructor(connection, orders, customers, variants) {
    this.connection = connection;
    this.orders = orders;
    this.customers = customers;
    this.variants = variants;
    this.turn = Promise.resolve();
  }

  /** An empty basket without an account, one per key. */
  openBasket(ctx, { key }) {
    return this.once(ctx, `open:${key}`, async tx => (await this.orders.createDraft(tx)).id);
  }

  placeOrder(ctx, input) {
    return this.once(ctx, `place:${input.key}`, async tx => {
      const order = await this.orders.findOne(tx, input.orderId);
      if (!order || !OPEN.includes(order.state)) throw new Problem('cart_ordered');
      if (!order.lines.length) throw new Problem('cart_empty');
      await this.requireStock(tx, order.lines);
      if (!order.customer) await this.nameGuest(tx, order.id, input);
      await this.orders.setShippingAddress(tx, order.id, input.address);
      const [cheapest] = (await this.orders.getEligibleShippingMethods(tx, order.id))
        .sort((one, other) => one.priceWithTax - other.priceWithTax);
      if (!cheapest) throw new Problem('no_delivery');
      require_(await this.orders.setShippingMethod(tx, order.id, [cheapest.id]));
      require_(await this.orders.transitionToState(tx, order.id, 'ArrangingPayment'));
      require_(await this.orders.addPaymentToOrder(tx, order.id, { method: input.payment, metadata: {} }));
      return order.id;
    });
  }

  cancelOrder(ctx, input) {
    return this.change(ctx, 'cancel', input, async (tx, order) => {
      require_(await this.orders.cancelOrder(tx, { orderId: order.id, reason: input.reason, cancelShipping: true }));
      await this.payBack(tx, order.id, input.reason);
    });
  }

  changeAddress(ctx, input) {
    return this.change(ctx, 'address', input, (tx, order) => this.modify(tx, order, {
      updateShippingAddress: input.address,
    }));
  }

  /** Other variants in the place of lines; what they cost more is paid, what they cost less paid back. */
  changeLines(ctx, input) {
    return this.change(ctx, 'lines', input, async (tx, order) => {
      const lines = new Map(order.lines.map(line => [String(line.id), line]));
      const swapped = input.lines.map(each => ({ line: lines.get(String(each.lineId)), variantId: each.variantId }));
      if (swapped.some(each => !each.line)) throw new Problem('unknown_line', { field: 'changes' });
      await this.requireStock(tx, swapped.map(each => ({ productVariantId: each.variantId, quantity: each.line.quantity })));
      await this.modify(tx, order, {
        addItems: swapped.map(each => ({ productVariantId: each.variantId, quantity: each.line.quantity })),
        adjustOrderLines: swapped.map(each => ({ orderLineId: each.line.id, quantity: 0 })),
        options: { recalculateShipping: false },
      });
    });
  }

  /** Does the work once per key, in its turn; everything or nothing of it. */
  once(ctx, key, work) {
    const done = this.turn.then(() => this.connection.withTransaction(ctx, async tx => {
      await lock(this.connection, tx, LOCK);
      const keys = this.connection.getRepository(tx, PrevenantKey);
      const known = await keys.findOne({ where: { key } });
      if (known) return { orderId: known.orderRef };
      const orderRef = String(await work(tx));
      await keys.insert({ key, orderRef });
      return { orderId: orderRef };
    })).catch(toOutcome);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Changes an order that has not left, over the version that was read. */
  change(ctx, operation, input, work) {
    return this.once(ctx, `${operation}:${input.orderId}:${input.key}`, async tx => {
      const order = await this.orders.findOne(tx, input.orderId);
      if (!order) throw new Problem('not_found');
      if (await this.versionOf(tx, order.id) !== input.ifVersion) throw new Problem('conflict');
      if (!PENDING.includes(order.state)) throw new Problem('not_pending');
      await work(tx, order);
      return order.id;
    });
  }

  /** How often the order changed: entries of its history. */
  versionOf(ctx, orderId) {
    return this.connection.getRepository(ctx, 'OrderHistoryEntry').count({ where: { order: { id: orderId } } });
  }

  async modify(tx, order, changes) {
    const [payment] = await this.orders.getOrderPayments(tx, order.id);
    require_(await this.orders.transitionToState(tx, order.id, 'Modifying'));
    const dry = { dryRun: false, orderId: order.id, ...changes };
    const after = require_(await this.orders.modifyOrder(tx, {
      ...dry, refund: { paymentId: payment.id, reason: 'changed', shipping: 0, adjustment: 0 },
    }));
    const owed = after.totalWithTax - await this.heldFor(tx, order.id);
    if (owed > 0) {
      require_(await this.orders.transitionToState(tx, order.id, 'ArrangingAdditionalPayment'));
      require_(await this.orders.addManualPaymentToOrder(tx, {
        orderId: order.id, method: payment.method, transactionId: '', metadata: {},
      }));
    }
    require_(await this.orders.transitionToState(tx, order.id, order.state));
  }

  /** What was paid and not paid back. */
  async heldFor(tx, orderId) {
    const payments = await this.orders.getOrderPayments(tx, orderId);
    return payments.filter(each => each.state === 'Settled' || each.state === 'Authorized')
      .reduce((sum, each) => sum + each.amount - refunded(each), 0);
  }

  async payBack(tx, orderId, reason) {
    for (const payment of await this.orders.getOrderPayments(tx, orderId)) {
      const amount = payment.amount - refunded(payment);
      if (payment.state === 'Authorized') require_(await this.orders.cancelPayment(tx, payment.id));
      if (payment.state === 'Settled' && amount > 0) {
        require_(await this.orders.refundOrder(tx, {
          paymentId: payment.id, amount, reason, lines: [], shipping: 0, adjustment: 0,
        }));
      }
    }
  }

  async requireStock(tx, lines) {
    const wanted = new Map();
    for (const line of lines) {
      const id = String(line.productVariantId || line.productVariant.id);
      wanted.set(id, (wanted.get(id) || 0) + line.quantity);
    }
    for (const [id, quantity] of wanted) {
      const variant = await this.variants.findOne(tx, id);
      if (!variant) throw new Problem('not_found');
      const available = Math.max(await this.variants.getSaleableStockLevel(tx, variant), 0);
      if (available < quantity) throw new Problem('insufficient_stock', { available });
    }
  }

  async nameGuest(tx, orderId, { email, firstName, lastName, phone }) {
    if (!email) throw new Problem('email_missing', { field: 'email' });
    const guest = { emailAddress: email, firstName: firstName || '', lastName: lastName || '', phoneNumber: phone };
    const customer = require_(await this.customers.createOrUpdate(tx, guest, true));
    await this.orders.addCustomerToOrder(tx, orderId, customer);
  }
}
decorateClass(
  OrderDesk, require('@nestjs/common').Injectable(),
  [TransactionalConnection, OrderService, CustomerService, ProductVariantService],
);

function refunded(payment) {
  return (payment.refunds || []).filter(each => each.state !== 'Failed').reduce((sum, each) => sum + each.total, 0);
}

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

module.exports = { OrderDesk, PrevenantKey };
