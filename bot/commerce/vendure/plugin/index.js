// The plugin for Vendure 3.7 that Prévenant speaks with. docs/vendure.md says how a shop installs it.
const { Args, Mutation, Query, Resolver } = require('@nestjs/graphql');
const gql = require('graphql-tag').default || require('graphql-tag');
const { Allow, Ctx, Permission, PluginCommonModule, VendurePlugin } = require('@vendure/core');
const { decorateClass, decorateMethod } = require('./decorate');
const { ChangeLog, PrevenantChange } = require('./changes');
const { quickApiKeys } = require('./keys');
const { OrderDesk, PrevenantKey } = require('./orders');
const { PrevenantAuthenticationStrategy } = require('./session');

const LEAST_SECRET = 16;

const schema = gql`
  type PrevenantChange {
    id: String! type: String! at: String! order_ref: String customer_ref: String variant_ref: String location_ref: String
  }
  type PrevenantChanges { items: [PrevenantChange!]! cursor: String! }
  "What was done, or why nothing was: then there is a problem, and nothing has changed."
  type PrevenantOutcome { orderId: ID problem: String field: String available: Int message: String }
  input PrevenantPlaceInput {
    orderId: ID! key: String! payment: String! address: CreateAddressInput!
    email: String firstName: String lastName: String phone: String
  }
  input PrevenantCancelInput { orderId: ID! key: String! ifVersion: Int! reason: String! }
  input PrevenantAddressInput { orderId: ID! key: String! ifVersion: Int! address: UpdateOrderAddressInput! }
  input PrevenantLineInput { lineId: ID! variantId: ID! }
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
  }
`;

class PrevenantResolver {
  constructor(log, desk) {
    this.log = log;
    this.desk = desk;
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
}
decorateClass(PrevenantResolver, Resolver(), [ChangeLog, OrderDesk]);
decorateMethod(PrevenantResolver, 'prevenantChanges', [Query(), Allow(Permission.ReadOrder)], [Ctx(), Args()]);
decorateMethod(PrevenantResolver, 'prevenantRights', [Query(), Allow(Permission.Authenticated)], [Ctx()]);
for (const [name, permission] of Object.entries({
  prevenantOpenBasket: Permission.CreateOrder, prevenantPlaceOrder: Permission.CreateOrder,
  prevenantCancelOrder: Permission.UpdateOrder, prevenantChangeAddress: Permission.UpdateOrder,
  prevenantChangeLines: Permission.UpdateOrder,
})) {
  decorateMethod(PrevenantResolver, name, [Mutation(), Allow(permission)], [Ctx(), Args()]);
}

class PrevenantPlugin {
  constructor(log) { this.log = log; }

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

  onApplicationBootstrap() { this.log.begin(PrevenantPlugin.options); }
  onApplicationShutdown() { this.log.end(); }
}
decorateClass(PrevenantPlugin, VendurePlugin({
  compatibility: '^3.7.0',
  imports: [PluginCommonModule],
  providers: [ChangeLog, OrderDesk],
  entities: [PrevenantChange, PrevenantKey],
  adminApiExtensions: { schema, resolvers: [PrevenantResolver] },
  configuration: config => {
    config.authOptions.shopAuthenticationStrategy.push(
      new PrevenantAuthenticationStrategy(PrevenantPlugin.options.sessionSecret),
    );
    config.customFields.Customer.push({ name: 'locale', type: 'string', nullable: true });
    config.customFields.StockLocation.push(
      { name: 'isStore', type: 'boolean', defaultValue: false },
      ...['line1', 'postcode', 'city', 'country', 'phone', 'opening', 'readyIn'].map(
        name => ({ name, type: 'string', nullable: true }),
      ),
    );
    return config;
  },
}), [ChangeLog]);

module.exports = { PrevenantPlugin, quickApiKeys };
