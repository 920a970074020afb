// API keys that are checked at once. Vendure checks one as it does a password, with bcrypt: 0.3 s of processor for each
// call. That slows down whoever guesses passwords; 32 random bytes nobody guesses, and a plain hash of them is enough.
const crypto = require('crypto');
const { RandomBytesApiKeyStrategy } = require('@vendure/core');

class PlainHash {
  async hash(key) { return crypto.createHash('sha256').update(key).digest('hex'); }

  async check(key, hash) {
    const [given, wanted] = [Buffer.from(await this.hash(key)), Buffer.from(hash)];
    return given.length === wanted.length && crypto.timingSafeEqual(given, wanted);
  }
}

/** For `authOptions.adminApiKeyStrategy`, before the first key is made; a key's last use is noted once a minute. */
function quickApiKeys() {
  return new RandomBytesApiKeyStrategy({ hashingStrategy: new PlainHash(), lastUsedAtUpdateInterval: 60000 });
}

module.exports = { quickApiKeys };
