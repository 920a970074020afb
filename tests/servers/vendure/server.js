// node server.js FILE PORT [keep]: the shop, its worker in the same process.
const { bootstrap, JobQueueService } = require('@vendure/core');
const { configure } = require('./shop');

const [file, port, kept] = process.argv.slice(2);
bootstrap(configure({ file, port: Number(port), isKept: kept === 'keep' }))
  .then(app => app.get(JobQueueService).start())
  .catch(error => { console.error(error); process.exit(1); });
