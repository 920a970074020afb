// Orders picked up in a store: when they are ready, what went missing there.
const { OrderService, ShippingMethod, StockLocation, TransactionalConnection } = require('@vendure/core');
const { In } = require('typeorm');
const { decorateClass } = require('./decorate');
const { missingAt } = require('./missing');
const { PICK_UP } = require('./stock');
const { Problem } = require('./turns');

const MINUTE_MS = 60000;

class PickUpPlaces {
  constructor(connection, orders) {
    this.connection = connection;
    this.orders = orders;
  }

  /** Notes where an order is picked up, and from when on; the store's address, or null where there is no store. */
  async note(tx, orderId, locationId) {
    const store = locationId ? await this.find(tx, locationId) : null;
    if (locationId && !store) throw new Problem('not_found');
    if (store && !store.customFields.hasPickup) throw new Problem('no_pickup');
    const minutes = store ? store.customFields.readyMinutes || 0 : 0;
    await this.orders.updateCustomFields(tx, orderId, {
      pickupLocationId: store ? String(store.id) : null,
      pickupReadyAt: store ? new Date(Date.now() + minutes * MINUTE_MS) : null,
    });
    return store ? addressOf(store) : null;
  }

  find(ctx, locationId) {
    return this.connection.getRepository(ctx, StockLocation).findOne({ where: { id: locationId } });
  }

  /** The cheapest method by which the order can be sent, or picked up. */
  async cheapestMethod(tx, orderId, locationId) {
    const offered = await this.orders.getEligibleShippingMethods(tx, orderId);
    const methods = await this.connection.getRepository(tx, ShippingMethod).find({ where: { id: In(offered.map(each => each.id)) } });
    const isPickUp = new Map(methods.map(each => [String(each.id), each.checker.code === PICK_UP]));
    const [cheapest] = offered.filter(each => isPickUp.get(String(each.id)) === Boolean(locationId))
      .sort((one, other) => one.priceWithTax - other.priceWithTax);
    if (!cheapest) throw new Problem(locationId ? 'no_pickup' : 'no_delivery');
    return cheapest.id;
  }

  /** Where and when an order is picked up, and which lines are missing there; null for one that is sent. */
  async describe(ctx, order) {
    const { pickupLocationId, pickupReadyAt } = order.customFields;
    if (!pickupLocationId) return null;
    const store = await this.find(ctx, pickupLocationId);
    return {
      locationId: pickupLocationId, name: store ? store.name : '', readyAt: pickupReadyAt,
      missing: (await missingAt(this.connection, ctx, pickupLocationId, { orderId: order.id })).map(line => line.id),
    };
  }
}
decorateClass(PickUpPlaces, require('@nestjs/common').Injectable(), [TransactionalConnection, OrderService]);

function addressOf(store) {
  const { line1, postcode, city, country, phone } = store.customFields;
  return {
    fullName: store.name, company: '', streetLine1: line1 || store.name, city: city || '', postalCode: postcode || '',
    phoneNumber: phone || '', ...(country ? { countryCode: country } : {}),
  };
}

module.exports = { PickUpPlaces };
