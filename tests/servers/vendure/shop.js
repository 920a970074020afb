// A shop as a retailer's developer would set one up: stores with stock of their own, two deliveries, our plugin.
const {
  DefaultLogger, dummyPaymentHandler, LogLevel, NativeAuthenticationStrategy, Order, TransactionalConnection,
} = require('@vendure/core');
const { PrevenantPlugin, quickApiKeys, storesApart } = require(process.env.VENDURE_PLUGIN);

const FIRST_NUMBER = 300000;

/** Numbers that people can read out: MP300001. */
class ReadableNumbers {
  init(injector) { this.connection = injector.get(TransactionalConnection); }

  async generate(ctx) {
    this.last = this.last || this.connection.rawConnection.getRepository(Order).createQueryBuilder('o')
      .select('MAX(o.code)', 'code').getRawOne();
    const last = await this.last;
    this.next = (this.next || Number((last && last.code || '').slice(2)) || FIRST_NUMBER) + 1;
    return `MP${this.next}`;
  }
}

/** The shop's configuration, on a SQLite file that is kept in memory, and written back where `isKept`. */
function configure({ file, port = 0, isKept = false, isNew = false }) {
  return {
    apiOptions: {
      port, hostname: '127.0.0.1', adminApiPath: 'admin-api', shopApiPath: 'shop-api', adminListQueryLimit: 1000,
    },
    authOptions: {
      tokenMethod: ['bearer', 'api-key'], requireVerification: false, adminApiKeyStrategy: quickApiKeys(),
      shopAuthenticationStrategy: [new NativeAuthenticationStrategy()],
      superadminCredentials: { identifier: 'superadmin', password: process.env.VENDURE_ADMIN_PASSWORD },
      cookieOptions: { secret: process.env.VENDURE_ADMIN_PASSWORD },
    },
    dbConnectionOptions: {
      type: 'sqljs', location: file, autoSave: isKept, synchronize: isNew, logging: false, database: undefined,
    },
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    catalogOptions: { stockLocationStrategy: storesApart() },
    orderOptions: { orderCodeStrategy: new ReadableNumbers() },
    logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: true }),
    plugins: [
      PrevenantPlugin.init({
        sessionSecret: process.env.VENDURE_SESSION_SECRET,
        webhookUrl: isNew ? '' : process.env.VENDURE_WEBHOOK_URL,
        webhookSecret: process.env.VENDURE_WEBHOOK_SECRET,
      }),
    ],
  };
}

module.exports = { configure };
