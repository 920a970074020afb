// Vendure refunds, and knows nothing of what comes back. A return that is announced stands in the order's history, with a
// note for the shop's people; they pay it back, and take its pieces off the order, when they have them.
const { HistoryService, Order, OrderService, TransactionalConnection } = require('@vendure/core');
const { ChangeLog } = require('./changes');
const { decorateClass } = require('./decorate');
const { Problem, Turns } = require('./turns');

const RETURN = 'PREVENANT_RETURN';

class ReturnDesk {
  constructor(turns, connection, orders, history, log) {
    Object.assign(this, { turns, connection, orders, history, log });
  }

  announce(ctx, input) {
    return this.turns.change(ctx, 'return', input, async (tx, order) => {
      const delivered = await this.deliveredOf(tx, order.id);
      if (![...delivered.values()].some(count => count > 0)) throw new Problem('not_delivered');
      const backOf = line => Math.max((delivered.get(String(line.id)) || 0) - line.quantity, 0);
      if (await this.isAnnounced(tx, order, backOf)) throw new Problem('requested_already');
      const payments = await this.orders.getOrderPayments(tx, order.id);
      if (!payments.some(each => each.state === 'Settled' && each.method === input.method)) throw new Problem('refund_elsewhere');
      const lines = new Map(order.lines.map(line => [String(line.id), line]));
      const fits = ({ lineId, quantity }) => lines.has(String(lineId)) && quantity >= 1
        && quantity <= (delivered.get(String(lineId)) || 0) - backOf(lines.get(String(lineId)));
      if (!input.pieces.length || !input.pieces.every(fits)) throw new Problem('invalid', { field: 'pieces' });
      await this.write(tx, order, lines, input);
    });
  }

  /** Whether something of an announced return has not come back yet. */
  async isAnnounced(tx, order, backOf) {
    const asked = new Map();
    for (const entry of await this.entriesOf(tx, order.id)) {
      for (const { lineId, quantity } of entry.data.pieces) asked.set(String(lineId), (asked.get(String(lineId)) || 0) + quantity);
    }
    return order.lines.some(line => (asked.get(String(line.id)) || 0) > backOf(line));
  }

  entriesOf(tx, orderId) {
    return this.connection.getRepository(tx, 'OrderHistoryEntry').find({ where: { order: { id: orderId }, type: RETURN } });
  }

  /** Pieces that arrived, by line. */
  async deliveredOf(tx, orderId) {
    const { fulfillments } = await this.connection.getRepository(tx, Order).findOne({
      where: { id: orderId }, relations: { fulfillments: { lines: true } },
    });
    const counts = new Map();
    for (const { orderLineId, quantity } of fulfillments.filter(each => each.state === 'Delivered').flatMap(each => each.lines)) {
      counts.set(String(orderLineId), (counts.get(String(orderLineId)) || 0) + quantity);
    }
    return counts;
  }

  async write(tx, order, lines, { pieces, method, reason }) {
    const named = pieces.map(({ lineId, quantity }) => `${quantity} × ${lines.get(String(lineId)).productVariant.sku}`).join(', ');
    const why = reason ? ` Why: ${reason}` : '';
    const entries = [
      [RETURN, { pieces: pieces.map(({ lineId, quantity }) => ({ lineId: String(lineId), quantity })), method, reason }],
      ['ORDER_NOTE', { note: `Return announced: ${named}. To be paid back by ${method} once it is here.${why}` }],
    ];
    for (const [type, data] of entries) {
      await this.history.createHistoryEntryForOrder({ ctx: tx, orderId: order.id, type, data }, false);
    }
    await this.log.write(tx, [{ type: 'order.changed', orderRef: order.id }]);
  }
}
decorateClass(
  ReturnDesk, require('@nestjs/common').Injectable(),
  [Turns, TransactionalConnection, OrderService, HistoryService, ChangeLog],
);

module.exports = { RETURN, ReturnDesk };
