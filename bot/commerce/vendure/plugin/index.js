// The plugin for Vendure 3.7 that Prévenant speaks with. docs/vendure.md says how a shop installs it.
const { Args, Mutation, Parent, Query, ResolveField, Resolver } = require('@nestjs/graphql');
const gql = require('graphql-tag').default || require('graphql-tag');
const { Allow, Ctx, Permission, PluginCommonModule, VendurePlugin } = require('@vendure/core');
const { decorateClass, decorateMethod } = require('./decorate');
const { ChangeLog, PrevenantChange } = require('./changes');
const { ClosingDesk } = require('./closing');
const { quickApiKeys } = require('./keys');
const { OrderDesk } = require('./orders');
const { PickUpPlaces } = require('./pickup');
const { ReturnDesk } = require('./returns');
const { PrevenantAuthenticationStrategy } = require('./session');
const { SettlingDesk } = require('./settling');
const { pickUpChecker, storesApart } = require('./stock');
const { PrevenantKey, Turns } = require('./turns');

const LEAST_SECRET = 16;

const schema = gql`
  type PrevenantChange {
    id: String! type: String! at: String! order_ref: String customer_ref: String variant_ref: String location_ref: String
  }
  type PrevenantChanges { items: [PrevenantChange!]! cursor: String! }
  "What was done, or why nothing was: then there is a problem, and nothing has changed."
  type PrevenantOutcome { orderId: ID problem: String field: String available: Int message: String count: Int }
  "Where an order is picked up, from when on, and which of its lines the store has not any more."
  type PrevenantPickUp { locationId: ID! name: String! readyAt: DateTime missing: [ID!]! }
  extend type Order { prevenantPickUp: PrevenantPickUp }
  extend enum HistoryEntryType { PREVENANT_RETURN }
  input PrevenantPlaceInput {
    orderId: ID! key: String! payment: String! address: CreateAddressInput pickupLocationId: ID
    email: String firstName: String lastName: String phone: String
  }
  input PrevenantCancelInput { orderId: ID! key: String! ifVersion: Int! reason: String! }
  input PrevenantAddressInput { orderId: ID! key: String! ifVersion: Int! address: UpdateOrderAddressInput! }
  input PrevenantLineInput { lineId: ID! variantId: ID! }
  input PrevenantPieceInput { lineId: ID! quantity: Int! }
  input PrevenantReturnInput {
    orderId: ID! key: String! ifVersion: Int! pieces: [PrevenantPieceInput!]! method: String! reason: String!
  }
  input PrevenantSettleInput { orderId: ID! key: String! choice: String! variantId: ID locationId: ID }
  input PrevenantLinesInput { orderId: ID! key: String! ifVersion: Int! lines: [PrevenantLineInput!]! }
  extend type Query {
    prevenantChanges(after: String!, limit: Int!): PrevenantChanges!
    "The permissions of whoever asks, in this channel: Vendure's own \`me\` knows administrators alone, and no API keys."
    prevenantRights: [String!]!
  }
  extend type Mutation {
    prevenantOpenBasket(key: String!): PrevenantOutcome!
    prevenantPlaceOrder(input: PrevenantPlaceInput!): PrevenantOutcome!
    prevenantCancelOrder(input: PrevenantCancelInput!): PrevenantOutcome!
    prevenantChangeAddress(input: PrevenantAddressInput!): PrevenantOutcome!
    prevenantChangeLines(input: PrevenantLinesInput!): PrevenantOutcome!
    prevenantAnnounceReturn(input: PrevenantReturnInput!): PrevenantOutcome!
    prevenantSettlePickUp(input: PrevenantSettleInput!): PrevenantOutcome!
    prevenantCloseAccount(customerId: ID!, key: String!): PrevenantOutcome!
    prevenantForgetGuest(email: String!): PrevenantOutcome!
  }
`;

class PrevenantResolver {
  constructor(log, desk, returns, settling, closing) {
    Object.assign(this, { log, desk, returns, settling, closing });
  }

  prevenantRights(ctx) {
    const channels = ctx.session && ctx.session.user ? ctx.session.user.channelPermissions : [];
    return channels.filter(channel => String(channel.id) === String(ctx.channelId)).flatMap(channel => channel.permissions);
  }

  prevenantChanges(ctx, { after, limit }) { return this.log.list(ctx, after, limit); }
  prevenantOpenBasket(ctx, args) { return this.desk.openBasket(ctx, args); }
  prevenantPlaceOrder(ctx, { input }) { return this.desk.placeOrder(ctx, input); }
  prevenantCancelOrder(ctx, { input }) { return this.desk.cancelOrder(ctx, input); }
  prevenantChangeAddress(ctx, { input }) { return this.desk.changeAddress(ctx, input); }
  prevenantChangeLines(ctx, { input }) { return this.desk.changeLines(ctx, input); }
  prevenantAnnounceReturn(ctx, { input }) { return this.returns.announce(ctx, input); }
  prevenantSettlePickUp(ctx, { input }) { return this.settling.settle(ctx, input); }
  prevenantCloseAccount(ctx, args) { return this.closing.closeAccount(ctx, args); }
  prevenantForgetGuest(ctx, args) { return this.closing.forgetGuest(ctx, args); }
}
decorateClass(PrevenantResolver, Resolver(), [ChangeLog, OrderDesk, ReturnDesk, SettlingDesk, ClosingDesk]);
decorateMethod(PrevenantResolver, 'prevenantChanges', [Query(), Allow(Permission.ReadOrder)], [Ctx(), Args()]);
decorateMethod(PrevenantResolver, 'prevenantRights', [Query(), Allow(Permission.Authenticated)], [Ctx()]);
for (const [name, permission] of Object.entries({
  prevenantOpenBasket: Permission.CreateOrder, prevenantPlaceOrder: Permission.CreateOrder,
  prevenantCancelOrder: Permission.UpdateOrder, prevenantChangeAddress: Permission.UpdateOrder,
  prevenantChangeLines: Permission.UpdateOrder, prevenantAnnounceReturn: Permission.UpdateOrder,
  prevenantSettlePickUp: Permission.UpdateOrder, prevenantCloseAccount: Permission.DeleteCustomer,
  prevenantForgetGuest: Permission.DeleteCustomer,
})) {
  decorateMethod(PrevenantResolver, name, [Mutation(), Allow(permission)], [Ctx(), Args()]);
}

class PickUpResolver {
  constructor(places) { this.places = places; }

  prevenantPickUp(ctx, order) { return this.places.describe(ctx, order); }
}
decorateClass(PickUpResolver, Resolver('Order'), [PickUpPlaces]);
decorateMethod(PickUpResolver, 'prevenantPickUp', [ResolveField()], [Ctx(), Parent()]);

class PrevenantPlugin {
  constructor(log, closing) {
    this.log = log;
    this.closing = closing;
  }

  /** `sessionSecret` and `webhookSecret` are those of Prévenant's settings; without `webhookUrl` it polls alone. */
  static init({ sessionSecret, webhookUrl = '', webhookSecret = '' }) {
    for (const [name, secret] of Object.entries({ sessionSecret, ...(webhookUrl ? { webhookSecret } : {}) })) {
      if (!secret || secret.length < LEAST_SECRET) {
        throw new Error(`PrevenantPlugin: ${name} must have at least ${LEAST_SECRET} characters`);
      }
    }
    PrevenantPlugin.options = { sessionSecret, webhookUrl, webhookSecret };
    return PrevenantPlugin;
  }

  onApplicationBootstrap() {
    this.log.begin(PrevenantPlugin.options);
    this.closing.begin();
  }

  onApplicationShutdown() { this.log.end(); }
}
decorateClass(PrevenantPlugin, VendurePlugin({
  compatibility: '^3.7.0',
  imports: [PluginCommonModule],
  providers: [ChangeLog, ClosingDesk, OrderDesk, PickUpPlaces, ReturnDesk, SettlingDesk, Turns],
  entities: [PrevenantChange, PrevenantKey],
  adminApiExtensions: { schema, resolvers: [PrevenantResolver, PickUpResolver] },
  configuration: config => {
    config.authOptions.shopAuthenticationStrategy.push(
      new PrevenantAuthenticationStrategy(PrevenantPlugin.options.sessionSecret),
    );
    config.customFields.Customer.push({ name: 'locale', type: 'string', nullable: true });
    config.customFields.StockLocation.push(
      { name: 'isStore', type: 'boolean', defaultValue: false },
      { name: 'hasPickup', type: 'boolean', defaultValue: false },
      { name: 'readyMinutes', type: 'int', nullable: true },
      ...['line1', 'postcode', 'city', 'country', 'phone', 'opening', 'readyIn'].map(
        name => ({ name, type: 'string', nullable: true }),
      ),
    );
    const written = { nullable: true, readonly: true, public: false }; // by us alone
    config.customFields.Order.push(
      { name: 'pickupLocationId', type: 'string', ...written }, { name: 'pickupReadyAt', type: 'datetime', ...written },
    );
    config.shippingOptions.shippingEligibilityCheckers.push(pickUpChecker);
    return config;
  },
}), [ChangeLog, ClosingDesk]);

module.exports = { PrevenantPlugin, quickApiKeys, storesApart };
