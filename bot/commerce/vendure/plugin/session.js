// A shop session for a customer whom Prévenant has verified itself, without a password:
//   authenticate(input: { prevenant: { token: "<customer id>.<expiry, seconds>.<HMAC-SHA256, hex>" } })
// Whoever holds the secret may shop as anybody: it never leaves the two servers.
const crypto = require('crypto');
const gql = require('graphql-tag').default || require('graphql-tag');
const { Customer, TransactionalConnection } = require('@vendure/core');

class PrevenantAuthenticationStrategy {
  constructor(secret) {
    this.name = 'prevenant';
    this.secret = secret;
  }

  init(injector) {
    this.connection = injector.get(TransactionalConnection);
  }

  defineInputType() {
    return gql`input PrevenantAuthInput { token: String! }`;
  }

  async authenticate(ctx, { token }) {
    const [customerId, expiry, given] = String(token).split('.');
    const wanted = crypto.createHmac('sha256', this.secret).update(`${customerId}.${expiry}`).digest();
    const said = Buffer.from(given || '', 'hex');
    if (said.length !== wanted.length || !crypto.timingSafeEqual(said, wanted)) return 'the token does not hold';
    if (!(Number(expiry) > Date.now() / 1000)) return 'the token is over';
    const customer = await this.connection.getRepository(ctx, Customer).findOne({
      where: { id: customerId },
      relations: { user: { roles: { channels: true } } },
    });
    if (!customer || customer.deletedAt || !customer.user) return 'there is no such account';
    return customer.user;
  }
}

module.exports = { PrevenantAuthenticationStrategy };
