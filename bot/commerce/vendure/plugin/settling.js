// The piece that is not in its store: another one from there, the whole order from another store, or the money back.
const { HistoryService, ProductVariantService, StockMovementService } = require('@vendure/core');
const { ChangeLog } = require('./changes');
const { decorateClass } = require('./decorate');
const { OrderDesk, PENDING } = require('./orders');
const { PickUpPlaces } = require('./pickup');
const { pickUp } = require('./stock');
const { Problem, Turns } = require('./turns');

class SettlingDesk {
  constructor(turns, desk, places, variants, movements, history, log) {
    Object.assign(this, { turns, desk, places, variants, movements, history, log });
  }

  /** Settles it once: who comes second finds nothing missing. */
  settle(ctx, { orderId, key, choice, variantId, locationId }) {
    return this.turns.once(ctx, `settle:${orderId}:${key}`, async tx => {
      const order = await this.desk.orders.findOne(tx, orderId);
      const place = order && await this.places.describe(tx, order);
      if (!order) throw new Problem('not_found');
      if (!place || !place.missing.length || !PENDING.includes(order.state)) throw new Problem('nothing_missing');
      const missing = order.lines.filter(line => place.missing.some(id => String(id) === String(line.id)));
      await pickUp.run(place.locationId, () => this.do(tx, order, { choice, missing, variantId, locationId, place }));
      await this.log.write(tx, [{ type: 'order.changed', orderRef: order.id }]);
      return order.id;
    });
  }

  do(tx, order, { choice, missing, variantId, locationId, place }) {
    if (choice === 'refund') return this.desk.cancel(tx, order, 'not in the store');
    if (choice === 'substitute') return this.substitute(tx, order, missing, variantId);
    if (choice === 'other_store') return this.move(tx, order, place, locationId);
    throw new Problem('invalid', { field: 'choice' });
  }

  /** Another variant from the same store, at no more than was paid; a lower price is paid back. */
  async substitute(tx, order, missing, variantId) {
    if (!variantId) throw new Problem('invalid', { field: 'variant_ref' });
    if (missing.length !== 1) throw new Problem('several_missing');
    const variant = await this.variants.findOne(tx, variantId);
    if (!variant) throw new Problem('not_found');
    if (variant.priceWithTax > missing[0].unitPriceWithTax) throw new Problem('substitute_too_dear');
    await this.desk.swap(tx, order, [{ line: missing[0], variantId }]);
    await this.places.note(tx, order.id, order.customFields.pickupLocationId);
  }

  /** The whole order, so that its customer travels once. */
  async move(tx, order, place, locationId) {
    if (!locationId) throw new Problem('invalid', { field: 'location_ref' });
    if (String(locationId) === place.locationId) throw new Problem('same_store');
    const lines = order.lines.filter(line => line.quantity > 0);
    const kept = lines.map(line => ({ orderLineId: line.id, quantity: line.quantity }));
    await pickUp.run(String(locationId), () => this.desk.requireStock(tx, lines));
    await this.movements.createReleasesForOrderLines(tx, kept);
    await this.desk.orders.setShippingAddress(tx, order.id, await this.places.note(tx, order.id, locationId));
    await this.movements.createAllocationsForOrderLines(tx, kept);
    const { name } = await this.places.find(tx, locationId);
    await this.history.createHistoryEntryForOrder({
      ctx: tx, orderId: order.id, type: 'ORDER_NOTE', data: { note: `To be picked up at ${name} instead of ${place.name}` },
    }, false);
  }
}
decorateClass(
  SettlingDesk, require('@nestjs/common').Injectable(),
  [Turns, OrderDesk, PickUpPlaces, ProductVariantService, StockMovementService, HistoryService, ChangeLog],
);

module.exports = { SettlingDesk };
