// node seed.js FILE CONTENT: makes the shop's database from what `tests/servers/vendure_shop.py` read of a shop folder.
const fs = require('fs');
const {
  bootstrap, ChannelService, CustomerService, FacetService, FacetValueService, FastImporterService, Fulfillment,
  GlobalSettingsService, JobQueueService, Order, OrderService, ProductVariant, PromotionService, RequestContextService,
  ShippingMethodService, StockLocationService, TaxCategory, TransactionalConnection, isGraphQlErrorResult,
} = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { configure } = require('./shop');

const [file, contentFile] = process.argv.slice(2);
const content = JSON.parse(fs.readFileSync(contentFile, 'utf8'));
const FACETS = ['product_type', 'brand', 'gender', 'material', 'care', 'origin', 'pattern', 'style', 'season', 'occasion',
  'replenishable', 'lasts_days', 'range'];
const NAMES = { product_type: { en: 'product type', fr: 'type de produit' }, brand: { en: 'brand', fr: 'marque' } };
const OPTIONS = { colour: { en: 'colour', fr: 'couleur' }, size: { en: 'size', fr: 'taille' } };
const DAY_MS = 86400000;
const READY_MINUTES = 120; // what the demo's stores say: 2 h

const INITIAL = {
  defaultLanguage: 'en', defaultZone: 'Europe', roles: [], collections: [],
  countries: [['France', 'FR'], ['Belgique', 'BE'], ['Luxembourg', 'LU'], ['Ireland', 'IE'], ['Deutschland', 'DE'], ['United Kingdom', 'GB']]
    .map(([name, code]) => ({ name, code, zone: 'Europe' })),
  taxRates: [{ name: 'Standard', percentage: content.shop.tax_percent }],
  shippingMethods: [{ name: 'Standard', price: content.shop.shipping_minor }],
  paymentMethods: ['card', 'paypal', 'apple_pay', 'transfer'].map(name => ({
    name, handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: String(name !== 'transfer') }] },
  })),
};

const inBoth = names => ['en', 'fr'].map(languageCode => ({ languageCode, name: names[languageCode] || names.en }));
const namesOf = (kind, value) => {
  const [en, fr] = (content.words[kind] || {})[value] || [value, value];
  return { en, fr };
};
const require_ = result => {
  if (isGraphQlErrorResult(result)) throw new Error(`${result.errorCode}: ${result.message} ${result.transitionError || ''}`);
  return result;
};

async function seed(app) {
  const ctx = await app.get(RequestContextService).create({ apiType: 'admin' });
  await app.get(GlobalSettingsService).updateSettings(ctx, { availableLanguages: ['en', 'fr'] });
  const channels = app.get(ChannelService);
  const channel = await channels.getDefaultChannel();
  require_(await channels.update(ctx, {
    id: channel.id, pricesIncludeTax: true, availableCurrencyCodes: [content.shop.currency],
    defaultCurrencyCode: content.shop.currency, availableLanguageCodes: ['en', 'fr'],
  }));
  const fresh = await app.get(RequestContextService).create({ apiType: 'admin' });
  const places = await seedPlaces(app, fresh);
  await seedPickUp(app, fresh);
  await seedProducts(app, fresh, places);
  await seedOffers(app, fresh);
  for (const person of content.customers) await seedCustomer(app, fresh, person);
}

async function seedPlaces(app, ctx) {
  const locations = app.get(StockLocationService);
  const [web] = (await locations.findAll(ctx, {})).items;
  const places = { web: web.id };
  for (const store of content.stores) {
    const { line1, postcode, city, country, phone } = store.address;
    const made = await locations.create(ctx, {
      name: store.name, description: store.id,
      customFields: { isStore: true, hasPickup: true, readyMinutes: READY_MINUTES, line1, postcode, city, country, phone, opening: store.opening_text, readyIn: store.ready_in_text },
    });
    places[store.id] = made.id;
  }
  return places;
}

async function seedPickUp(app, ctx) {
  require_(await app.get(ShippingMethodService).create(ctx, {
    code: 'click-and-collect', fulfillmentHandler: 'manual-fulfillment', checker: { code: 'prevenant-pick-up', arguments: [] },
    calculator: { code: 'default-shipping-calculator', arguments: [
      { name: 'rate', value: '0' }, { name: 'includesTax', value: 'auto' }, { name: 'taxRate', value: '0' },
    ] },
    translations: ['en', 'fr'].map(languageCode => ({
      languageCode, name: languageCode === 'fr' ? 'Retrait en magasin' : 'Click and collect', description: '',
    })),
  }));
}

async function seedProducts(app, ctx, places) {
  const importer = app.get(FastImporterService);
  await importer.initialize(ctx.channel);
  const valueOf = await facetMaker(app, ctx);
  const taxCategory = await app.get(TransactionalConnection).getRepository(ctx, TaxCategory).findOneByOrFail({ name: 'Standard' });
  for (const product of content.products) {
    const facetValueIds = [];
    for (const kind of FACETS) for (const value of product.facets[kind] || []) facetValueIds.push(await valueOf(kind, value));
    const productId = await importer.createProduct({
      enabled: true, facetValueIds, assetIds: [],
      translations: ['en', 'fr'].map(languageCode => ({
        languageCode, name: product.names[languageCode], slug: product.slug, description: product.descriptions[languageCode],
      })),
    });
    const options = await seedOptions(importer, productId, product);
    for (const variant of product.variants) {
      await importer.createProductVariant({
        productId, sku: variant.sku, price: product.price_minor, taxCategoryId: taxCategory.id, trackInventory: 'TRUE',
        facetValueIds: [], assetIds: [], optionIds: Object.entries(variant.options).map(([kind, value]) => options[kind][value]),
        translations: inBoth({ en: variant.sku }),
        stockLevels: Object.entries(variant.stock).map(([place, stockOnHand]) => ({ stockLocationId: places[place], stockOnHand })),
      });
    }
  }
}

async function seedOptions(importer, productId, product) {
  const ids = {};
  for (const kind of Object.keys(OPTIONS)) {
    const values = [...new Set(product.variants.map(each => each.options[kind]))];
    const productOptionGroupId = await importer.createProductOptionGroup({ code: kind, options: [], translations: inBoth(OPTIONS[kind]) });
    await importer.addOptionGroupToProduct(productId, productOptionGroupId);
    ids[kind] = {};
    for (const value of values) {
      ids[kind][value] = await importer.createProductOption({
        productOptionGroupId, code: value, translations: inBoth(namesOf(kind, value)),
      });
    }
  }
  return ids;
}

async function facetMaker(app, ctx) {
  const facets = {};
  const values = {};
  return async (kind, value) => {
    facets[kind] = facets[kind] || await app.get(FacetService).create(ctx, {
      code: kind, isPrivate: false, translations: inBoth(NAMES[kind] || { en: kind }),
    });
    const key = `${kind}:${value}`;
    values[key] = values[key] || await app.get(FacetValueService).create(ctx, facets[kind], {
      facetId: facets[kind].id, code: value, translations: inBoth(namesOf(kind, value)),
    });
    return values[key].id;
  };
}

async function seedOffers(app, ctx) {
  const facetValues = await app.get(FacetValueService).findAll(ctx, ctx.channel.defaultLanguageCode);
  const list = all => (Array.isArray(all) ? all : all.items);
  for (const offer of content.offers) {
    const conditions = [{ code: 'minimum_order_amount', arguments: [{ name: 'amount', value: String(offer.min_items_minor || 0) }, { name: 'taxInclusive', value: 'true' }] }];
    const ids = list(facetValues).filter(each => each.code === offer.code.toLowerCase()).map(each => each.id);
    const action = offer.has_free_shipping ? { code: 'free_shipping', arguments: [] }
      : offer.percent_off && ids.length ? { code: 'facet_based_discount', arguments: [{ name: 'discount', value: String(offer.percent_off) }, { name: 'facets', value: JSON.stringify(ids.map(String)) }] }
        : offer.percent_off ? { code: 'order_percentage_discount', arguments: [{ name: 'discount', value: String(offer.percent_off) }] }
          : { code: 'order_fixed_discount', arguments: [{ name: 'discount', value: String(offer.amount_off_minor) }] };
    require_(await app.get(PromotionService).createPromotion(ctx, {
      enabled: true, couponCode: offer.code, conditions, actions: [action],
      startsAt: new Date(Date.now() - DAY_MS), endsAt: new Date(Date.now() + 400 * DAY_MS),
      translations: ['en', 'fr'].map(languageCode => ({ languageCode, name: offer.name[languageCode], description: offer.about })),
    }));
  }
}

async function seedCustomer(app, ctx, person) {
  const customers = app.get(CustomerService);
  const customer = require_(await customers.create(ctx, {
    emailAddress: person.email, firstName: person.first_name, lastName: person.last_name, phoneNumber: person.phone,
    customFields: { locale: person.locale },
  }, 'a-password-that-nobody-uses'));
  for (const [number, address] of person.addresses.entries()) {
    await customers.createAddress(ctx, customer.id, {
      ...toAddress(person, address), defaultShippingAddress: number === 0, defaultBillingAddress: number === 0,
    });
  }
  for (const order of person.orders) await app.get(TransactionalConnection).withTransaction(ctx, tx => seedOrder(app, tx, person, customer, order));
}

function toAddress(person, address) {
  return {
    fullName: `${person.first_name} ${person.last_name}`, streetLine1: address.line1, streetLine2: address.line2 || '',
    city: address.city, postalCode: address.postcode, countryCode: address.country, phoneNumber: person.phone,
  };
}

async function seedOrder(app, ctx, person, customer, past) {
  const orders = app.get(OrderService);
  const connection = app.get(TransactionalConnection);
  const order = await orders.createDraft(ctx);
  for (const line of past.lines) {
    const variant = await connection.getRepository(ctx, ProductVariant).findOneByOrFail({ sku: line.sku });
    require_(await orders.addItemToOrder(ctx, order.id, variant.id, line.quantity));
  }
  await orders.addCustomerToOrder(ctx, order.id, customer);
  await orders.setShippingAddress(ctx, order.id, toAddress(person, person.addresses[0]));
  const [method] = await orders.getEligibleShippingMethods(ctx, order.id);
  require_(await orders.setShippingMethod(ctx, order.id, [method.id]));
  require_(await orders.transitionToState(ctx, order.id, 'ArrangingPayment'));
  require_(await orders.addPaymentToOrder(ctx, order.id, { method: past.payment, metadata: {} }));
  if (past.cancelled) require_(await orders.cancelOrder(ctx, { orderId: order.id, reason: 'changed my mind', cancelShipping: true }));
  const placedAt = new Date(Date.now() - past.days_ago * DAY_MS);
  if (past.shipped) await ship(app, ctx, order.id, past, placedAt);
  await connection.getRepository(ctx, Order).update(order.id, { orderPlacedAt: placedAt, createdAt: placedAt });
}

async function ship(app, ctx, orderId, past, placedAt) {
  const orders = app.get(OrderService);
  const order = await orders.findOne(ctx, orderId);
  const parcel = require_(await orders.createFulfillment(ctx, {
    lines: order.lines.map(line => ({ orderLineId: line.id, quantity: line.quantity })),
    handler: { code: 'manual-fulfillment', arguments: [{ name: 'method', value: past.carrier }, { name: 'trackingCode', value: past.tracking }] },
  }));
  require_(await orders.transitionFulfillmentToState(ctx, parcel.id, 'Shipped'));
  if (past.delivered) require_(await orders.transitionFulfillmentToState(ctx, parcel.id, 'Delivered'));
  const shippedAt = new Date(placedAt.getTime() + DAY_MS);
  await app.get(TransactionalConnection).getRepository(ctx, Fulfillment).update(parcel.id, { createdAt: shippedAt });
}

async function main() {
  const config = configure({ file, isNew: true });
  const app = await populate(async () => {
    const started = await bootstrap(config);
    await started.get(JobQueueService).start();
    return started;
  }, INITIAL);
  await seed(app);
  const { rawConnection } = app.get(TransactionalConnection);
  await rawConnection.getRepository('PrevenantChange').clear(); // nobody hears of a past that was made up
  await rawConnection.sqljsManager.saveDatabase(file);
  await app.close();
  process.exit(0);
}

main().catch(error => { console.error(error); process.exit(1); });
