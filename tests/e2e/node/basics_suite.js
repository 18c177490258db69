'use strict';
// The official SDK as its users use it: round trips, fan-out, fan-in, control, and each error's code.

const {
  CreateCache, DeleteCache, CacheFlush, ListCaches, TopicPublish, TopicSubscribe, CacheGet, MomentoErrorCode,
} = require('@gomomento/sdk');
const {Suite, Hark, listen, publish, check, same, range} = require('./harness');

const suite = new Suite('node/basics');
let hark;
let client;
let caches;

const ready = body => async () => {
  if (!hark) {
    hark = await Hark.start();
    client = hark.topics();
    caches = hark.caches();
  }
  await body();
};
suite.atEnd(() => hark.stop());

suite.test('text_and_binary_round_trip', ready(async () => {
  const listener = await listen(client, 'round-trip');
  const values = ['hello', 'grüße 🎉', 'x'.repeat(100_000), new Uint8Array([0, 255, 128, 10]), new Uint8Array(200_000).fill(7)];
  for (const value of values) await publish(client, 'round-trip', value);
  await listener.count(values.length);
  values.forEach((value, i) => {
    const got = listener.items[i];
    same(got.number, i + 1, 'number');
    if (typeof value === 'string') same(got.text, value, `text ${i}`);
    else check(Buffer.compare(Buffer.from(got.text), Buffer.from(value)) === 0, `binary ${i} differs`);
  });
  same(listener.discontinuities.length, 0, 'discontinuities of a fresh subscription');
  listener.subscription.unsubscribe();
}));

suite.test('empty_values', ready(async () => {
  const listener = await listen(client, 'empty-values');
  await publish(client, 'empty-values', '');
  await publish(client, 'empty-values', new Uint8Array(0));
  await publish(client, 'empty-values', 'after');
  await listener.count(3);
  same(listener.items.map(i => i.text.length), [0, 0, 5], 'lengths');
  same(listener.errors.length, 0, 'errors');
  listener.subscription.unsubscribe();
}));

suite.test('a_late_subscriber_begins_with_the_latest', ready(async () => {
  for (const text of ['a', 'b', 'c']) await publish(client, 'late', text);
  const listener = await listen(client, 'late');
  await listener.count(1);
  await publish(client, 'late', 'd');
  await listener.count(2);
  same(listener.items, [{text: 'c', number: 3}, {text: 'd', number: 4}], 'items');
  listener.subscription.unsubscribe();
}));

suite.test('one_publisher_to_100_subscribers', ready(async () => {
  const listeners = await Promise.all(range(100).map(() => listen(client, 'fan-out')));
  for (const i of range(300)) await publish(client, 'fan-out', `m${i}`);
  for (const listener of listeners) {
    await listener.count(300, 60);
    same(listener.items, range(300).map(i => ({text: `m${i}`, number: i})), 'items of a subscriber');
    listener.subscription.unsubscribe();
  }
}));

/** Demands that the items "publisher:i" count up from 1 for each publisher; how many each has. */
function orderOfEach(listener) {
  const next = new Map();
  for (const {text} of listener.items) {
    const [publisher, i] = text.split(':').map(Number);
    same(i, (next.get(publisher) || 0) + 1, `order of publisher ${publisher}`);
    next.set(publisher, i);
  }
  return next;
}

suite.test('100_publishers_to_one_subscriber', ready(async () => {
  const listener = await listen(client, 'fan-in');
  const other = await listen(client, 'fan-in');
  await Promise.all(range(100).map(async publisher => {
    for (const i of range(20)) await publish(client, 'fan-in', `${publisher}:${i}`);
  }));
  for (const l of [listener, other]) {
    await l.count(2000, 60);
    same(l.numbers(), range(2000), 'numbers');
  }
  same(other.items, listener.items, 'two subscribers of one topic');
  const next = orderOfEach(listener);
  same([...next.values()], new Array(100).fill(20), 'messages of each publisher');
}));

suite.test('100_clients_publish_to_one_subscriber', ready(async () => {
  const listener = await listen(client, 'fan-in-clients');
  await Promise.all(range(100).map(async publisher => {
    const own = hark.topics({streams: 1});
    for (const i of range(5)) await publish(own, 'fan-in-clients', `${publisher}:${i}`);
  }));
  await listener.count(500, 60);
  same(listener.numbers(), range(500), 'numbers');
  same([...orderOfEach(listener).values()], new Array(100).fill(5), 'messages of each client');
}));

suite.test('create_list_delete_cache', ready(async () => {
  const names = async () => {
    const answer = await caches.listCaches();
    check(answer instanceof ListCaches.Success, `list: ${answer}`);
    return answer.getCaches().map(cache => cache.getName());
  };
  check((await names()).includes('default'), 'no cache `default`');
  check(await caches.createCache('mine') instanceof CreateCache.Success, 'create');
  check(await caches.createCache('mine') instanceof CreateCache.AlreadyExists, 'create twice');
  check((await names()).includes('mine'), 'not listed');
  const listener = await listen(client, 't', {cache: 'mine'});
  await publish(client, 't', 'x', 'mine');
  await listener.count(1);
  check(await caches.flushCache('mine') instanceof CacheFlush.Success, 'flush');
  check(await caches.deleteCache('mine') instanceof DeleteCache.Success, 'delete');
  await listener.until(() => listener.errors.length === 1, 'the subscription ends');
  same(listener.errors[0].errorCode(), MomentoErrorCode.NOT_FOUND_ERROR, 'code of the end');
  check(!(await names()).includes('mine'), 'still listed');
}));

const expectCode = (answer, type, code, what) => {
  check(answer instanceof type, `${what}: expected an error, got ${answer}`);
  same(answer.errorCode(), code, what);
};

suite.test('no_such_cache_is_NOT_FOUND', ready(async () => {
  const code = MomentoErrorCode.NOT_FOUND_ERROR;
  expectCode(await client.publish('missing', 't', 'x'), TopicPublish.Error, code, 'publish');
  const answer = await client.subscribe('missing', 't', {});
  expectCode(answer, TopicSubscribe.Error, code, 'subscribe');
  check(answer.message().includes('A cache with the specified name does not exist'), `message: ${answer.message()}`);
  expectCode(await caches.deleteCache('missing'), DeleteCache.Error, code, 'delete');
  expectCode(await caches.flushCache('missing'), CacheFlush.Error, code, 'flush');
}));

suite.test('bad_names_are_INVALID_ARGUMENT', ready(async () => {
  const code = MomentoErrorCode.INVALID_ARGUMENT_ERROR;
  for (const name of ['a\nb', 'a\x00b', 'x'.repeat(1025)]) {
    expectCode(await client.publish('default', name, 'x'), TopicPublish.Error, code, 'publish');
    expectCode(await client.subscribe('default', name, {}), TopicSubscribe.Error, code, 'subscribe');
  }
  for (const name of ['a\nb', 'a/b', 'x'.repeat(256)]) {
    expectCode(await caches.createCache(name), CreateCache.Error, code, 'create');
    expectCode(await client.publish(name, 't', 'x'), TopicPublish.Error, code, 'publish');
  }
}));

suite.test('a_message_too_large_is_LIMIT_EXCEEDED', ready(async () => {
  await publish(client, 'large', new Uint8Array(1 << 20));
  for (const size of [(1 << 20) + 1, 10_000_000]) {
    const answer = await client.publish('default', 'large', new Uint8Array(size));
    expectCode(answer, TopicPublish.Error, MomentoErrorCode.LIMIT_EXCEEDED_ERROR, `${size} bytes`);
    check(answer.message().startsWith('Request size limit exceeded for this account'), `message: ${answer.message()}`);
  }
}));

suite.test('what_hark_does_not_serve_is_BAD_REQUEST', ready(async () => {
  const answer = await caches.get('default', 'key');
  expectCode(answer, CacheGet.Error, MomentoErrorCode.BAD_REQUEST_ERROR, 'get');
}));

suite.test('every_heartbeat_within_the_first_five_seconds', ready(async () => {
  const own = hark.topics();
  const listener = await listen(own, 'beats');
  await listener.until(() => listener.heartbeats >= 5 || listener.losses > 0, 'five heartbeats', 10);
  check(listener.heartbeats >= 5, `${listener.heartbeats} heartbeats before the SDK ended its first stream`);
  listener.subscription.unsubscribe();
}));

suite.run();
