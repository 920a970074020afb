// The shop that tests start: modules in memory, no admin pages, two ways to pay that pay at once or never.
const path = require('path');
const { defineConfig } = require('@medusajs/framework/utils');

const cors = 'http://127.0.0.1';

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { connection: { ssl: false } },
    http: {
      storeCors: cors, adminCors: cors, authCors: cors,
      jwtSecret: process.env.MEDUSA_SECRET, cookieSecret: process.env.MEDUSA_SECRET,
    },
  },
  admin: { disable: true },
  modules: {
    payment: { resolve: '@medusajs/medusa/payment', options: { providers: [{ resolve: path.join(__dirname, 'payment.js'), id: 'test' }] } },
  },
});
