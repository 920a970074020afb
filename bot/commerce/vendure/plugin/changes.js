// What changes is written down in the transaction that changes it, then told to Prévenant, signed as Standard Webhooks
// are, until it answers 2xx. What no call told of is polled: `prevenantChanges`.
const crypto = require('crypto');
const {
  CustomerAddressEvent, CustomerEvent, EventBus, FulfillmentStateTransitionEvent, Logger, Order, OrderPlacedEvent,
  OrderStateTransitionEvent, PaymentStateTransitionEvent, ProcessContext, ProductVariantEvent,
  RefundStateTransitionEvent, StockMovementEvent, TransactionalConnection, VendureEntity,
} = require('@vendure/core');
const { decorateClass, decorateEntity } = require('./decorate');
const { newlyMissing } = require('./missing');

const BATCH = 100;
const SOON_MS = 5;
const LONGEST_WAIT_MS = 60000;
const LATE_MS = 5000; // how long a call may take
const LOCK = 771100; // of PostgreSQL: what is written becomes visible in the order of its ids

class PrevenantChange extends VendureEntity {
  constructor(input) { super(input); }
}
const text = { type: 'varchar', nullable: true };
decorateEntity(PrevenantChange, 'prevenant_change', {
  changeId: { type: 'varchar', unique: true }, type: { type: 'varchar' }, at: { type: 'varchar' }, orderRef: text,
  customerRef: text, variantRef: text, locationRef: text, isTold: { type: 'boolean', default: false },
});

const SHIPMENTS = { Pending: 'shipment.created', Delivered: 'shipment.delivered' };
const VARIANT_FIELDS = { created: [], updated: ['price.changed'], deleted: ['stock.changed'] };

/** The changes that an event tells; none of a basket, nor of an account that is gone. */
const READERS = [
  [OrderPlacedEvent, event => [{ type: 'order.placed', orderRef: event.order.id }]],
  [OrderStateTransitionEvent, event => !event.order.orderPlacedAt ? [] : [
    { type: event.toState === 'Cancelled' ? 'order.cancelled' : 'order.changed', orderRef: event.order.id },
  ]],
  [PaymentStateTransitionEvent, event => [{ type: 'order.paid', orderRef: event.order.id }]],
  [RefundStateTransitionEvent, event => [{ type: 'order.refunded', orderRef: event.order.id }]],
  [FulfillmentStateTransitionEvent, async (event, connection) => (
    (await ordersOf(connection, event.ctx, event.fulfillment.id)).map(order => (
      { type: SHIPMENTS[event.toState] || 'shipment.tracking_changed', orderRef: order.id }
    ))
  )],
  [StockMovementEvent, async (event, connection) => [
    ...event.stockMovements.map(each => ({ type: 'stock.changed', variantRef: each.productVariant.id })),
    ...await missingOf(event, connection),
  ]],
  [ProductVariantEvent, event => event.entity.flatMap(
    variant => VARIANT_FIELDS[event.type].map(type => ({ type, variantRef: variant.id }))
  )],
  [CustomerEvent, event => event.type !== 'deleted' && event.entity.user
    ? [{ type: 'customer.changed', customerRef: event.entity.id }] : []],
  [CustomerAddressEvent, event => event.entity.customer
    ? [{ type: 'customer.changed', customerRef: event.entity.customer.id }] : []],
];

class ChangeLog {
  constructor(connection, eventBus, processContext) {
    this.connection = connection;
    this.eventBus = eventBus;
    this.processContext = processContext;
  }

  /** Begins to write, and where there is an address, to tell. */
  begin({ webhookUrl, webhookSecret }) {
    for (const [event, read] of READERS) {
      this.eventBus.registerBlockingEventHandler({
        event, id: `prevenant-${event.name}`,
        handler: async happened => this.write(happened.ctx, await read(happened, this.connection)),
      });
      if (webhookUrl) this.eventBus.ofType(event).subscribe(() => this.soon());
    }
    this.address = webhookUrl;
    this.key = keyOf(webhookSecret);
    if (webhookUrl && this.processContext.isServer) this.timer = setTimeout(() => this.tell(), SOON_MS);
  }

  end() {
    clearTimeout(this.timer);
    this.address = '';
  }

  async write(ctx, changes) {
    if (!changes.length) return;
    const table = this.connection.getRepository(ctx, PrevenantChange);
    await lock(this.connection, ctx, LOCK);
    const at = new Date().toISOString();
    const row = each => ({
      ...Object.fromEntries(Object.entries(each).map(([name, value]) => [name, String(value)])),
      changeId: crypto.randomUUID(), at,
    });
    await table.insert(changes.map(row));
  }

  /** Up to `limit` changes after a cursor, oldest first, and where to go on. */
  async list(ctx, after, limit) {
    const rows = await this.connection.getRepository(ctx, PrevenantChange).createQueryBuilder('change')
      .where('change.id > :after', { after: Number(after) || 0 }).orderBy('change.id', 'ASC')
      .take(Math.min(limit, 1000)).getMany();
    return { items: rows.map(toJson), cursor: rows.length ? String(rows[rows.length - 1].id) : after };
  }

  soon() {
    if (!this.address || this.isTelling) { this.isAskedAgain = true; return; }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), SOON_MS);
  }

  async tell(waitMs = 500) {
    if (!this.address) return;
    this.isTelling = true;
    this.isAskedAgain = false;
    let isDone = false;
    try {
      isDone = await this.tellOnce();
    } catch (error) {
      Logger.warn(`changes could not be told: ${error.name}`, 'Prevenant');
    }
    this.isTelling = false;
    if (!this.address) return;
    if (!isDone) this.timer = setTimeout(() => this.tell(Math.min(waitMs * 2, LONGEST_WAIT_MS)), waitMs);
    else if (this.isAskedAgain) this.soon();
    else this.timer = setTimeout(() => this.tell(), LONGEST_WAIT_MS);
  }

  /** Tells all that is untold; whether it was taken. */
  async tellOnce() {
    const table = this.connection.rawConnection.getRepository(PrevenantChange);
    for (;;) {
      const rows = await table.find({ where: { isTold: false }, order: { id: 'ASC' }, take: BATCH });
      if (!rows.length) return true;
      const answer = await this.post(JSON.stringify({ changes: rows.map(toJson) }));
      if (!answer.ok) return false;
      await table.update(rows.map(row => row.id), { isTold: true });
    }
  }

  post(body) {
    const id = `msg_${crypto.randomUUID()}`;
    const moment = String(Math.floor(Date.now() / 1000));
    const signature = crypto.createHmac('sha256', this.key).update(`${id}.${moment}.${body}`).digest('base64');
    return fetch(this.address, {
      method: 'POST', body, signal: AbortSignal.timeout(LATE_MS), redirect: 'error',
      headers: {
        'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': moment,
        'webhook-signature': `v1,${signature}`,
      },
    });
  }
}
decorateClass(ChangeLog, require('@nestjs/common').Injectable(), [TransactionalConnection, EventBus, ProcessContext]);

function ordersOf(connection, ctx, fulfillmentId) {
  return connection.getRepository(ctx, Order).find({ select: { id: true }, where: { fulfillments: { id: fulfillmentId } } });
}

/** A store that counts less than it keeps for orders has lost something that somebody comes for. */
async function missingOf({ ctx, stockMovements }, connection) {
  const told = [];
  for (const { type, quantity, productVariant, stockLocation } of stockMovements) {
    if (type !== 'ADJUSTMENT' || quantity >= 0) continue;
    const counted = { locationId: stockLocation.id, variantId: productVariant.id, difference: quantity };
    for (const line of await newlyMissing(connection, ctx, counted)) {
      told.push({ type: 'pickup.item_missing', orderRef: line.order.id, variantRef: productVariant.id, locationRef: stockLocation.id });
    }
  }
  return told;
}

function toJson(row) {
  return {
    id: row.changeId, type: row.type, at: row.at, order_ref: row.orderRef, customer_ref: row.customerRef,
    variant_ref: row.variantRef, location_ref: row.locationRef,
  };
}

function keyOf(secret) {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
}

/** Waits for its turn until the transaction is over; SQLite has one writer anyway. */
async function lock(connection, ctx, number) {
  if (connection.rawConnection.options.type !== 'postgres') return;
  await connection.getRepository(ctx, PrevenantChange).query(`SELECT pg_advisory_xact_lock(${number})`);
}

module.exports = { ChangeLog, PrevenantChange, lock };
