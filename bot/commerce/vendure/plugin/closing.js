// An account closed, a guest forgotten. Vendure hides a deleted customer and keeps all it knows of them: here their names
// and addresses go. Orders stay with what was bought; one that is under way keeps where it goes until it is over.
const crypto = require('crypto');
const {
  Address, AuthenticationMethod, Customer, CustomerService, EventBus, Order, OrderService, OrderStateTransitionEvent,
  TransactionalConnection, User,
} = require('@vendure/core');
const { In, IsNull, Not } = require('typeorm');
const { decorateClass } = require('./decorate');
const { RETURN } = require('./returns');
const { Problem, Turns } = require('./turns');

const NOBODY = '@nobody.invalid'; // RFC 2606: no mail ever arrives there
const OVER = ['Delivered', 'Cancelled'];

class ClosingDesk {
  constructor(turns, connection, customers, orders, eventBus) {
    Object.assign(this, { turns, connection, customers, orders, eventBus });
  }

  /** Begins to forget where orders went once they are over. */
  begin() {
    this.eventBus.registerBlockingEventHandler({
      event: OrderStateTransitionEvent, id: 'prevenant-closing',
      handler: async ({ ctx, order, toState }) => {
        if (OVER.includes(toState) && await this.isNobodys(ctx, order.id)) order.shippingAddress = {}; // Vendure saves it after this
      },
    });
  }

  closeAccount(ctx, { customerId, key }) {
    return this.turns.once(ctx, `close:${customerId}:${key}`, async tx => {
      const customer = await this.repository(tx, Customer).findOne({
        where: { id: customerId, deletedAt: IsNull() }, relations: { user: true },
      });
      if (!customer || !customer.user) throw new Problem('not_found');
      await this.forget(tx, customer);
      return customerId;
    });
  }

  /** How many orders somebody without an account had placed under an address. */
  forgetGuest(ctx, { email }) {
    return this.turns.take(ctx, async tx => {
      const guests = email && await this.repository(tx, Customer).createQueryBuilder('customer')
        .leftJoinAndSelect('customer.user', 'user')
        .where('LOWER(customer.emailAddress) = LOWER(:email)', { email: email.trim() })
        .andWhere('user.id IS NULL').andWhere('customer.deletedAt IS NULL').getMany();
      let count = 0;
      for (const guest of guests || []) count += await this.forget(tx, guest);
      return { count };
    });
  }

  /** Forgets a person; how many orders they had placed. */
  async forget(tx, customer) {
    const whose = { customer: { id: customer.id } };
    const placed = await this.repository(tx, Order).find({ where: { ...whose, orderPlacedAt: Not(IsNull()) } });
    for (const order of placed) await this.forgetOrder(tx, order);
    for (const basket of await this.repository(tx, Order).find({ where: { ...whose, orderPlacedAt: IsNull() } })) {
      await this.orders.deleteOrder(tx, basket.id);
    }
    await this.repository(tx, Address).delete(whose);
    await this.repository(tx, 'CustomerHistoryEntry').delete(whose);
    const nobody = `${crypto.randomUUID()}${NOBODY}`;
    await this.repository(tx, Customer).update(customer.id, {
      emailAddress: nobody, title: '', firstName: '', lastName: '', phoneNumber: '', customFields: { locale: null },
    });
    if (customer.user) {
      await this.repository(tx, AuthenticationMethod).delete({ user: { id: customer.user.id } });
      await this.repository(tx, User).update(customer.user.id, { identifier: nobody });
    }
    await this.customers.softDelete(tx, customer.id);
    return placed.length;
  }

  /** Vendure's own entries may name the person; a return keeps what came back, not their words. */
  async forgetOrder(tx, order) {
    const isOver = OVER.includes(order.state);
    await this.repository(tx, Order).update(order.id, { billingAddress: {}, ...(isOver ? { shippingAddress: {} } : {}) });
    const entries = this.repository(tx, 'OrderHistoryEntry');
    await entries.delete({ order: { id: order.id }, type: In(['ORDER_NOTE', 'ORDER_CUSTOMER_UPDATED']) });
    for (const entry of await entries.find({ where: { order: { id: order.id }, type: RETURN } })) {
      await entries.update(entry.id, { data: { ...entry.data, reason: '' } });
    }
  }

  isNobodys(ctx, orderId) {
    return this.repository(ctx, Order).createQueryBuilder('order').innerJoin('order.customer', 'customer')
      .where('order.id = :orderId', { orderId }).andWhere('customer.emailAddress LIKE :nobody', { nobody: `%${NOBODY}` }).getExists();
  }

  repository(ctx, entity) { return this.connection.getRepository(ctx, entity); }
}
decorateClass(
  ClosingDesk, require('@nestjs/common').Injectable(),
  [Turns, TransactionalConnection, CustomerService, OrderService, EventBus],
);

module.exports = { ClosingDesk };
