// Does with the etcd3 client what its users do, against the endpoint that is its argument. Ends with exit code 0 and the
// word "done", or throws.
'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { Etcd3, EtcdLockFailedError } = require('etcd3');

const endpoint = process.argv[2];

async function keys(client) {
  await client.put('node/a').value('1');
  await client.put('node/b').value('2');
  assert.strictEqual(await client.get('node/a').string(), '1');
  assert.strictEqual(await client.get('node/absent').string(), null);
  assert.deepStrictEqual(await client.getAll().prefix('node/').strings(), { 'node/a': '1', 'node/b': '2' });
  assert.deepStrictEqual(await client.getAll().prefix('node/').sort('Key', 'Descend').limit(1).keys(), ['node/b']);
  const swapped = await client.if('node/a', 'Value', '==', '1').then(client.put('node/a').value('3'))
    .else(client.get('node/a')).commit();
  assert.ok(swapped.succeeded);
  assert.strictEqual((await client.delete().key('node/b')).deleted, '1');
}

async function watches(client) {
  const watcher = await client.watch().prefix('watched/').create();
  const heard = [];
  watcher.on('put', event => heard.push(`put ${event.key} ${event.value}`));
  watcher.on('delete', event => heard.push(`delete ${event.key}`));
  await client.put('watched/a').value('1');
  const deleted = once(watcher, 'delete');
  await client.delete().key('watched/a');
  await deleted;
  assert.deepStrictEqual(heard, ['put watched/a 1', 'delete watched/a']);
  await watcher.cancel();
}

async function leases(client) {
  const lease = client.lease(30);
  await lease.put('leased/a').value('1');
  await lease.keepaliveOnce();
  assert.strictEqual(await client.get('leased/a').string(), '1');
  await lease.revoke();
  assert.strictEqual(await client.get('leased/a').string(), null);
}

async function locks(client) {
  const lock = await client.lock('node-mutex').ttl(10).acquire();
  await assert.rejects(client.lock('node-mutex').acquire(), EtcdLockFailedError);
  await lock.release();
  await client.lock('node-mutex').do(async () => {});
}

async function transactions(client) {
  await client.put('stm/count').value('0');
  const add = () => client.stm({ retries: 50 }).transact(async tx => {
    const count = await tx.get('stm/count').number();
    await tx.put('stm/count').value(count + 1);
  });
  await Promise.all([add(), add(), add(), add(), add()]);
  assert.strictEqual(await client.get('stm/count').number(), 5);
}

async function elections(client) {
  const election = client.election('node-vote', 10);
  const first = election.campaign('first');
  await once(first, 'elected');
  assert.strictEqual(await election.leader(), 'first');
  const observer = await election.observe();
  assert.strictEqual(observer.leader(), 'first');
  const second = election.campaign('second');
  const elected = once(second, 'elected');
  await first.resign();
  await elected;
  assert.strictEqual(await election.leader(), 'second');
  await observer.cancel();
  await second.resign();
}

async function main() {
  const client = new Etcd3({ hosts: endpoint });
  for (const step of [keys, watches, leases, locks, transactions, elections]) {
    await step(client);
    console.log(step.name);
  }
  client.close();
  console.log('done');
}

main().then(() => process.exit(0), error => {
  console.error(error);
  process.exit(1);
});
