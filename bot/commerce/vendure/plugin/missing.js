// What was kept aside in a store and is not there: the store counted less on its shelf than it keeps for orders.
// Whoever ordered first is served first.
const { OrderLine, StockLevel } = require('@vendure/core');

const PENDING = ['PaymentAuthorized', 'PaymentSettled'];

/** Lines of pick-ups at a store that nothing is left for: of one order, or of one variant. */
async function missingAt(connection, ctx, locationId, { orderId, variantId, onHand }) {
  const kept = await waiting(connection, ctx, locationId, variantId ? [variantId] : await variantsOf(connection, ctx, orderId));
  const missing = [];
  for (const [variant, lines] of kept) {
    let left = onHand === undefined ? await onShelf(connection, ctx, locationId, variant) : onHand;
    for (const line of lines) {
      left -= line.quantity;
      if (left < 0) missing.push(line);
    }
  }
  return orderId ? missing.filter(line => String(line.order.id) === String(orderId)) : missing;
}

/** Lines that went missing when a store counted again; none of those that were missing before. */
async function newlyMissing(connection, ctx, { locationId, variantId, difference }) {
  const onHand = await onShelf(connection, ctx, locationId, variantId);
  const [before, after] = await Promise.all([onHand - difference, onHand].map(
    count => missingAt(connection, ctx, locationId, { variantId, onHand: count }),
  ));
  const known = new Set(before.map(line => String(line.id)));
  return after.filter(line => !known.has(String(line.id)));
}

async function waiting(connection, ctx, locationId, variantIds) {
  const kept = new Map();
  if (!variantIds.length) return kept;
  const lines = await connection.getRepository(ctx, OrderLine).createQueryBuilder('line')
    .innerJoinAndSelect('line.order', 'order')
    .where('line.productVariantId IN (:...variantIds)', { variantIds })
    .andWhere('line.quantity > 0')
    .andWhere('order.customFields.pickupLocationId = :place', { place: String(locationId) })
    .andWhere('order.state IN (:...states)', { states: PENDING })
    .orderBy('order.orderPlacedAt', 'ASC').addOrderBy('line.id', 'ASC').getMany();
  for (const line of lines) kept.set(line.productVariantId, [...(kept.get(line.productVariantId) || []), line]);
  return kept;
}

async function variantsOf(connection, ctx, orderId) {
  const lines = await connection.getRepository(ctx, OrderLine).find({ where: { order: { id: orderId } } });
  return [...new Set(lines.filter(line => line.quantity > 0).map(line => line.productVariantId))];
}

async function onShelf(connection, ctx, stockLocationId, productVariantId) {
  const level = await connection.getRepository(ctx, StockLevel).findOne({ where: { stockLocationId, productVariantId } });
  return level ? level.stockOnHand : 0;
}

module.exports = { missingAt, newlyMissing };
