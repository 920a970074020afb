// medusa exec ./seed.js CONTENT OUT: the shop's first day, from what `tests/servers/vendure_shop.py` reads of a shop folder;
// writes the keys it made to OUT.
const fs = require('fs');
const flows = require('@medusajs/core-flows');
const { ContainerRegistrationKeys, Modules } = require('@medusajs/framework/utils');

const COUNTRIES = ['fr', 'be', 'lu'];
const euros = minor => minor / 100;

exports.default = async function seed({ container, args }) {
  const [contentFile, outFile] = args;
  const content = JSON.parse(fs.readFileSync(contentFile, 'utf8'));
  const run = async (name, input) => (await flows[name](container).run({ input })).result;
  const shop = await seedShop(container, run, content);
  await seedOffers(run, content, shop);
  const skus = await seedProducts(run, content, shop);
  await seedStock(container, run, content, shop);
  const refs = await seedCustomers(run, content);
  fs.writeFileSync(outFile, JSON.stringify({ ...shop.keys, region: shop.region.id, skus, customers: refs }));
};

async function seedShop(container, run, { shop, stores }) {
  const currency = shop.currency.toLowerCase();
  const [store] = await container.resolve(Modules.STORE).listStores();
  const [channel] = await run('createSalesChannelsWorkflow', { salesChannelsData: [{ name: 'Web' }] });
  await run('updateStoresWorkflow', { selector: { id: store.id }, update: {
    default_sales_channel_id: channel.id, supported_currencies: [{ currency_code: currency, is_default: true, is_tax_inclusive: true }],
  } });
  const [region] = await run('createRegionsWorkflow', { regions: [{
    name: 'Europe', currency_code: currency, countries: COUNTRIES, payment_providers: ['pp_card_test', 'pp_system_default'],
    is_tax_inclusive: true,
  }] });
  await run('createTaxRegionsWorkflow', COUNTRIES.map(country_code => ({
    country_code, provider_id: 'tp_system', default_tax_rate: { name: 'VAT', code: `vat_${country_code}`, rate: shop.tax_percent },
  })));
  const [profile] = await run('createShippingProfilesWorkflow', { data: [{ name: 'Everything', type: 'default' }] });
  const places = await seedPlaces(container, run, stores);
  await run('linkSalesChannelsToStockLocationWorkflow', { id: places.web, add: [channel.id] });
  await seedDelivery(container, run, { shop, region, profile, place: places.web });
  const [publishable] = await run('createApiKeysWorkflow', { api_keys: [{ title: 'Prévenant', type: 'publishable', created_by: '' }] });
  await run('linkSalesChannelsToApiKeyWorkflow', { id: publishable.id, add: [channel.id] });
  const [secret] = await run('createApiKeysWorkflow', { api_keys: [{ title: 'Prévenant', type: 'secret', created_by: '' }] });
  return { channel, region, profile, places, currency, keys: { publishable: publishable.token, secret: secret.token, places } };
}

async function seedPlaces(container, run, stores) {
  const [web] = await run('createStockLocationsWorkflow', { locations: [{
    name: 'Warehouse', address: { address_1: '1 quai des Colis', city: 'Rennes', postal_code: '35000', country_code: 'FR' },
  }] });
  const places = { web: web.id };
  for (const store of stores) {
    const { line1, city, postcode, country, phone } = store.address;
    const [made] = await run('createStockLocationsWorkflow', { locations: [{
      name: store.name, metadata: { opening: store.opening_text, ready_in: store.ready_in_text },
      address: { address_1: line1, city, postal_code: postcode, country_code: country, phone },
    }] });
    places[store.id] = made.id;
    await run('createLocationFulfillmentSetWorkflow', {
      location_id: made.id, fulfillment_set_data: { name: `pick-up ${store.id}`, type: 'pickup' },
    });
  }
  return places;
}

async function seedDelivery(container, run, { shop, region, profile, place }) {
  const link = container.resolve(ContainerRegistrationKeys.LINK);
  const fulfilment = container.resolve(Modules.FULFILLMENT);
  await link.create({ [Modules.STOCK_LOCATION]: { stock_location_id: place }, [Modules.FULFILLMENT]: { fulfillment_provider_id: 'manual_manual' } });
  const set = await fulfilment.createFulfillmentSets({
    name: 'delivery', type: 'shipping',
    service_zones: [{ name: 'Europe', geo_zones: COUNTRIES.map(country_code => ({ country_code, type: 'country' })) }],
  });
  await link.create({ [Modules.STOCK_LOCATION]: { stock_location_id: place }, [Modules.FULFILLMENT]: { fulfillment_set_id: set.id } });
  const rules = [{ attribute: 'enabled_in_store', value: 'true', operator: 'eq' }];
  const option = (name, code, is_return, amount) => ({
    name, price_type: 'flat', provider_id: 'manual_manual', service_zone_id: set.service_zones[0].id,
    shipping_profile_id: profile.id, type: { label: name, description: name, code },
    prices: [{ region_id: region.id, amount }],
    rules: [...rules, { attribute: 'is_return', value: String(is_return), operator: 'eq' }],
  });
  await run('createShippingOptionsWorkflow', [
    option('Standard', 'standard', false, euros(shop.shipping_minor)), option('Return', 'return', true, 0),
  ]);
}

async function seedProducts(run, content, shop) {
  const types = {};
  const kinds = [...new Set(content.products.map(each => each.facets.product_type[0]))];
  for (const type of await run('createProductTypesWorkflow', { product_types: kinds.map(value => ({ value, id: `ptyp_${value}` })) })) types[type.value] = type.id;
  const products = content.products.map(product => toProduct(content, product, shop, types));
  const skus = {};
  for (let start = 0; start < products.length; start += 20) {
    const made = await run('createProductsWorkflow', { products: products.slice(start, start + 20) });
    for (const product of made) for (const variant of product.variants) skus[variant.sku] = variant.id;
  }
  return skus;
}

function toProduct(content, product, shop, types) {
  const kinds = ['colour', 'size'];
  const values = kind => [...new Set(product.variants.map(each => each.options[kind]))];
  const attributes = Object.fromEntries(Object.entries(product.facets)
    .filter(([kind, told]) => told.length && !['product_type', 'range'].includes(kind))
    .map(([kind, told]) => [kind, told.length === 1 ? told[0] : told]));
  return {
    title: product.names.en, handle: product.slug, description: product.descriptions.en, status: 'published',
    type_id: types[product.facets.product_type[0]], shipping_profile_id: shop.profile.id,
    metadata: { ...attributes, names: product.names, descriptions: product.descriptions, words: { fr: inFrench(content, product) } },
    options: kinds.map(title => ({ title, values: values(title) })),
    sales_channels: [{ id: shop.channel.id }],
    variants: product.variants.map(variant => ({
      title: variant.sku, sku: variant.sku, manage_inventory: true, options: variant.options,
      prices: [{ amount: euros(product.price_minor), currency_code: shop.currency }],
    })),
  };
}

/** What the product's type and options are called in French. */
function inFrench(content, product) {
  const spoken = [['product_type', product.facets.product_type[0]], ...product.variants.flatMap(each => Object.entries(each.options))];
  return Object.fromEntries(spoken.filter(([kind, value]) => (content.words[kind] || {})[value])
    .map(([kind, value]) => [value, content.words[kind][value][1]]));
}

async function seedStock(container, run, content, shop) {
  const items = await container.resolve(Modules.INVENTORY).listInventoryItems({}, { take: 100000, select: ['id', 'sku'] });
  const bySku = Object.fromEntries(items.map(each => [each.sku, each.id]));
  const levels = content.products.flatMap(product => product.variants.flatMap(variant => (
    Object.entries(variant.stock).map(([place, stocked_quantity]) => ({
      inventory_item_id: bySku[variant.sku], location_id: shop.places[place], stocked_quantity,
    }))
  )));
  for (let start = 0; start < levels.length; start += 500) {
    await run('createInventoryLevelsWorkflow', { inventory_levels: levels.slice(start, start + 500) });
  }
}

async function seedOffers(run, content, shop) {
  for (const offer of content.offers) {
    const method = offer.has_free_shipping
      ? { type: 'percentage', target_type: 'shipping_methods', allocation: 'across', value: 100 }
      : offer.percent_off
        ? { type: 'percentage', target_type: offer.product_types ? 'items' : 'order', value: offer.percent_off, ...(offer.product_types ? { allocation: 'across' } : {}) }
        : { type: 'fixed', target_type: 'order', value: euros(offer.amount_off_minor), currency_code: shop.currency };
    if (offer.product_types && !offer.has_free_shipping) method.target_rules = [{ attribute: 'items.product.type_id', operator: 'in', values: offer.product_types.map(each => `ptyp_${each}`) }];
    const rules = offer.min_items_minor ? [{ attribute: 'item_total', operator: 'gte', values: [String(euros(offer.min_items_minor))] }] : [];
    await run('createPromotionsWorkflow', { promotionsData: [{
      code: offer.code, type: 'standard', status: 'active', is_automatic: false, is_tax_inclusive: true, application_method: method, rules,
      campaign: {
        name: offer.name.en, campaign_identifier: `prevenant:${offer.code.toLowerCase()}`, description: offer.about,
        ends_at: new Date(Date.now() + 400 * 86400000),
      },
    }] });
  }
}

async function seedCustomers(run, content) {
  const refs = {};
  for (const person of content.customers) {
    const [made] = await run('createCustomersWorkflow', { customersData: [{
      email: person.email, first_name: person.first_name, last_name: person.last_name, phone: person.phone,
      has_account: true, metadata: { locale: person.locale },
      addresses: person.addresses.map((address, number) => ({
        first_name: person.first_name, last_name: person.last_name, address_1: address.line1, address_2: address.line2 || '',
        city: address.city, postal_code: address.postcode, country_code: address.country.toLowerCase(), phone: person.phone,
        is_default_shipping: number === 0, is_default_billing: number === 0,
      })),
    }] });
    refs[person.email] = made.id;
  }
  return refs;
}
