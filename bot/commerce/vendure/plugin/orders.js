// Orders placed and changed: what Vendure alone leaves to chance.
// Two baskets may pay the last piece there, a repeated call orders twice, and half of a change may stay behind.
const { CustomerService, OrderService, ProductVariantService } = require('@vendure/core');
const { decorateClass } = require('./decorate');
const { PickUpPlaces } = require('./pickup');
const { pickUp } = require('./stock');
const { Problem, require_, Turns } = require('./turns');

const OPEN = ['AddingItems', 'Draft'];
const PENDING = ['PaymentAuthorized', 'PaymentSettled'];

class OrderDesk {
  constructor(turns, orders, customers, variants, places) {
    this.turns = turns;
    this.orders = orders;
    this.customers = customers;
    this.variants = variants;
    this.places = places;
  }

  /** An empty basket without an account, one per key. */
  openBasket(ctx, { key }) {
    return this.turns.once(ctx, `open:${key}`, async tx => (await this.orders.createDraft(tx)).id);
  }

  /** `pickupLocationId` for an order that is picked up in that store; an address for any other. */
  placeOrder(ctx, input) {
    const place = input.pickupLocationId;
    return this.turns.once(ctx, `place:${input.key}`, tx => pickUp.run(place && String(place), async () => {
      const order = await this.orders.findOne(tx, input.orderId);
      if (!order || !OPEN.includes(order.state)) throw new Problem('cart_ordered');
      if (!order.lines.length) throw new Problem('cart_empty');
      await this.requireStock(tx, order.lines);
      if (!order.customer) await this.nameGuest(tx, order.id, input);
      const address = await this.places.note(tx, order.id, place) || input.address;
      if (!address) throw new Problem('address_missing', { field: 'shipping_address' });
      await this.orders.setShippingAddress(tx, order.id, address);
      require_(await this.orders.setShippingMethod(tx, order.id, [await this.places.cheapestMethod(tx, order.id, place)]));
      require_(await this.orders.transitionToState(tx, order.id, 'ArrangingPayment'));
      require_(await this.orders.addPaymentToOrder(tx, order.id, { method: input.payment, metadata: {} }));
      return order.id;
    }));
  }

  cancelOrder(ctx, input) {
    return this.change(ctx, 'cancel', input, (tx, order) => this.cancel(tx, order, input.reason));
  }

  changeAddress(ctx, input) {
    return this.change(ctx, 'address', input, (tx, order) => {
      if (order.customFields.pickupLocationId) throw new Problem('not_pending');
      return this.modify(tx, order, { updateShippingAddress: input.address });
    });
  }

  /** Other variants in the place of lines; what they cost more is paid, what they cost less paid back. */
  changeLines(ctx, input) {
    return this.change(ctx, 'lines', input, async (tx, order) => {
      const lines = new Map(order.lines.map(line => [String(line.id), line]));
      const swapped = input.lines.map(each => ({ line: lines.get(String(each.lineId)), variantId: each.variantId }));
      if (swapped.some(each => !each.line)) throw new Problem('unknown_line', { field: 'changes' });
      await this.swap(tx, order, swapped);
    });
  }

  /** Changes an order that has not left. */
  change(ctx, operation, input, work) {
    return this.turns.change(ctx, operation, input, async (tx, order) => {
      if (!PENDING.includes(order.state)) throw new Problem('not_pending');
      await work(tx, order);
    });
  }

  async cancel(tx, order, reason) {
    require_(await this.orders.cancelOrder(tx, { orderId: order.id, reason, cancelShipping: true }));
    await this.payBack(tx, order.id, reason);
  }

  async swap(tx, order, swapped) {
    const wanted = swapped.map(each => ({ productVariantId: each.variantId, quantity: each.line.quantity }));
    await this.requireStock(tx, wanted);
    await this.modify(tx, order, {
      addItems: wanted, adjustOrderLines: swapped.map(each => ({ orderLineId: each.line.id, quantity: 0 })),
      options: { recalculateShipping: false },
    });
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
  [Turns, OrderService, CustomerService, ProductVariantService, PickUpPlaces],
);

function refunded(payment) {
  return (payment.refunds || []).filter(each => each.state !== 'Failed').reduce((sum, each) => sum + each.total, 0);
}

module.exports = { OrderDesk, PENDING };
