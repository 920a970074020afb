// Stores apart from what is sent. What is picked up is taken from its store: kept aside there, sold there, put back there.
const { AsyncLocalStorage } = require('async_hooks');
const {
  DefaultStockLocationStrategy, LanguageCode, Order, RequestContextCacheService, ShippingEligibilityChecker,
  StockLocation, TransactionalConnection,
} = require('@vendure/core');

const pickUp = new AsyncLocalStorage(); // the stock location that an order is being picked up at, while it is written

/** A `catalogOptions.stockLocationStrategy`, on top of the shop's own: that one sees no stores, and no pick-ups. */
function storesApart(Strategy = DefaultStockLocationStrategy) {
  class StoresApart extends Strategy {
    init(injector) {
      super.init(injector);
      this.connections = injector.get(TransactionalConnection);
      this.requestCache = injector.get(RequestContextCacheService);
    }

    async getAvailableStock(ctx, variantId, levels) {
      const place = pickUp.getStore();
      const stores = await this.storeIds(ctx);
      return super.getAvailableStock(ctx, variantId, levels.filter(level => (
        place ? String(level.stockLocationId) === place : !stores.has(String(level.stockLocationId))
      )));
    }

    async forAllocation(ctx, locations, line, quantity) {
      const place = await this.placeOf(ctx, locations, line);
      if (place) return [{ location: place, quantity }];
      return super.forAllocation(ctx, locations.filter(each => !each.customFields.isStore), line, quantity);
    }

    forRelease(ctx, locations, line, quantity) { return this.there('forRelease', ctx, locations, line, quantity); }
    forSale(ctx, locations, line, quantity) { return this.there('forSale', ctx, locations, line, quantity); }
    forCancellation(ctx, locations, line, quantity) { return this.there('forCancellation', ctx, locations, line, quantity); }

    /** Vendure goes by where a line was first kept; one that moved to another store is there now. */
    async there(name, ctx, locations, line, quantity) {
      const place = await this.placeOf(ctx, locations, line);
      return place ? [{ location: place, quantity }] : super[name](ctx, locations, line, quantity);
    }

    async placeOf(ctx, locations, line) {
      const order = await this.connections.getRepository(ctx, Order).createQueryBuilder('order')
        .innerJoin('order.lines', 'line', 'line.id = :line', { line: line.id }).getOne();
      const place = order && order.customFields.pickupLocationId;
      return place ? locations.find(each => String(each.id) === place) : null;
    }

    storeIds(ctx) {
      return this.requestCache.get(ctx, 'prevenant-stores', async () => {
        const places = await this.connections.getRepository(ctx, StockLocation).find();
        return new Set(places.filter(each => each.customFields.isStore).map(each => String(each.id)));
      });
    }
  }
  return new StoresApart();
}

const PICK_UP = 'prevenant-pick-up';

/** For the shipping method by which orders are picked up: it fits those that are, and no other. */
const pickUpChecker = new ShippingEligibilityChecker({
  code: PICK_UP,
  description: [{ languageCode: LanguageCode.en, value: 'Picked up in a store (Prévenant)' }],
  args: {},
  check: (ctx, order) => Boolean(order.customFields.pickupLocationId),
});

module.exports = { PICK_UP, pickUp, pickUpChecker, storesApart };
