// A subscriber for a Medusa 2 project: copy it to src/subscribers/. What changes is told to Prévenant at once, signed as
// Standard Webhooks are. A call that nobody takes is tried twice more, then left: Prévenant polls what no call told.
const crypto = require('crypto');

const LATE_MS = 5000; // how long a call may take
const PAUSES_MS = [1000, 5000];
const ORDER_FIELDS = ['id', 'status', 'created_at', 'updated_at', 'canceled_at'];
const FULFILMENTS = ['shipment.created', 'delivery.created'];
const CUSTOMERS = ['customer.created', 'customer.updated'];
const ORDERS = [
  'order.placed', 'order.updated', 'order.canceled', 'order.completed', 'order.archived', 'order.fulfillment_created',
  'order.fulfillment_canceled', 'order.return_requested', 'order.return_received', 'order-edit.confirmed',
];

const graph = async (query, entity, fields, id) => (await query.graph({ entity, fields, filters: { id } })).data[0];
const stamp = at => new Date(at).toISOString();

/** The changes of an order, named as Prévenant's polling names them (bot/commerce/medusa/changes.py). */
function tellOrder(name, order) {
  if (!order || order.status === 'draft') return [];
  const about = { order_ref: order.id };
  const [made, at] = [stamp(order.created_at), stamp(order.updated_at)];
  const told = [];
  if (name === 'order.placed') told.push({ id: `order.placed:${order.id}`, type: 'order.placed', at: made, ...about });
  if (at !== made) told.push({ id: `order.changed:${order.id}:${Date.parse(at)}`, type: 'order.changed', at, ...about });
  if (order.canceled_at) {
    told.push({ id: `order.cancelled:${order.id}`, type: 'order.cancelled', at: stamp(order.canceled_at), ...about });
  }
  return told;
}

function tellCustomer(customer) {
  if (!customer || !customer.has_account) return [];
  const at = stamp(customer.updated_at);
  return [{ id: `customer.changed:${customer.id}:${Date.parse(at)}`, type: 'customer.changed', at, customer_ref: customer.id }];
}

async function read(query, name, data) {
  if (CUSTOMERS.includes(name)) return tellCustomer(await graph(query, 'customer', ['id', 'has_account', 'updated_at'], data.id));
  const parcel = FULFILMENTS.includes(name) && await graph(query, 'fulfillment', ['id', 'order.id'], data.id);
  const id = parcel ? parcel.order && parcel.order.id : data.order_id || data.id;
  return id ? tellOrder(name, await graph(query, 'order', ORDER_FIELDS, id)) : [];
}

function keyOf(secret) {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
}

async function post(url, key, changes) {
  const body = JSON.stringify({ changes });
  const id = `msg_${crypto.randomUUID()}`;
  const moment = String(Math.floor(Date.now() / 1000));
  const signature = crypto.createHmac('sha256', key).update(`${id}.${moment}.${body}`).digest('base64');
  const answer = await fetch(url, {
    method: 'POST', body, signal: AbortSignal.timeout(LATE_MS),
    headers: {
      'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': moment, 'webhook-signature': `v1,${signature}`,
    },
  });
  if (!answer.ok) throw new Error(`Prévenant answered ${answer.status}`);
}

async function tell(changes, logger) {
  const [url, secret] = [process.env.PREVENANT_WEBHOOK_URL, process.env.PREVENANT_WEBHOOK_SECRET];
  for (const pause of [...PAUSES_MS, null]) {
    try {
      await post(url, keyOf(secret), changes);
      return;
    } catch (error) {
      if (pause === null) logger.warn(`Prévenant was not told of ${changes.length} changes: ${error.message}`);
      else await new Promise(resolve => { setTimeout(resolve, pause); });
    }
  }
}

exports.default = async function prevenantChanges({ event: { name, data }, container }) {
  if (!process.env.PREVENANT_WEBHOOK_URL || !process.env.PREVENANT_WEBHOOK_SECRET) return;
  const changes = await read(container.resolve('query'), name, data);
  if (changes.length) await tell(changes, container.resolve('logger'));
};

exports.config = { event: [...ORDERS, ...FULFILMENTS, ...CUSTOMERS], context: { subscriberId: 'prevenant-changes' } };
