'use strict';
// What the SDK does when its streams break: nothing is lost, nothing repeated, or it is told exactly.

const {TopicPublish, TopicSubscribe, MomentoErrorCode} = require('@gomomento/sdk');
const {Suite, Hark, Listener, Proxy, listen, publish, check, same, within, range} = require('./harness');

const suite = new Suite('node/resume');
let starting;
const server = () => (starting = starting || Hark.start());
suite.atEnd(async () => (await server()).stop());

/** Publishes 1 ... total with `pause()` awaited between; resolves when all are accepted. */
async function publishNumbers(client, topic, total, pause) {
  for (const i of range(total)) {
    await publish(client, topic, `m${i}`);
    if (pause) await pause(i);
  }
}

const expectAll = (listener, total, what) =>
  same(listener.items, range(total).map(i => ({text: `m${i}`, number: i})), what);

async function firstStreamCutByTheSdk() {
  const hark = await server();
  const [client, publisher] = [hark.topics(), hark.topics()];
  const listeners = await Promise.all(range(20).map(() => listen(client, 'five-seconds')));
  let sent = 0;
  let stop = false;
  const publishing = (async () => {
    while (!stop) {
      sent += 1;
      await publish(publisher, 'five-seconds', `m${sent}`);
      // A pace, not a wait: the hole of half a second must see some messages.
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  })();
  // The SDK tells a loss once a connection, so not to every listener; but it cuts every first stream.
  const cut = listeners.map(l => l.until(() => l.losses > 0, 'the SDK cuts its first streams', 20));
  await Promise.any(cut);
  Promise.allSettled(cut);
  const atCut = sent;
  await listeners[0].count(atCut + 200);
  stop = true;
  await publishing;
  for (const listener of listeners) {
    await listener.count(sent);
    expectAll(listener, sent, 'items over the hole');
    same(listener.discontinuities.length, 0, 'discontinuities');
    listener.subscription.unsubscribe();
  }
}

async function cutsByTheNetwork() {
  const hark = await server();
  const proxy = await Proxy.start(hark.port);
  const client = hark.topics({port: proxy.port, seconds: 600});
  const publisher = hark.topics();
  const listeners = await Promise.all(range(8).map(() => listen(client, 'cut')));
  let cuts = 0;
  for (let i = 1; i <= 2000; i += 1) {
    await publish(publisher, 'cut', `m${i}`);
    // Every 200: in the middle of deliveries, but once everybody is back, so that each cut hits live streams.
    if (i % 200 !== 0) continue;
    for (const listener of listeners) await listener.count(i - 50);
    cuts += proxy.cut() > 0 ? 1 : 0;
  }
  same(cuts, 10, 'cuts that hit a connection');
  for (const listener of listeners) {
    await listener.count(2000);
    expectAll(listener, 2000, 'items over the cuts');
    same(listener.discontinuities.length, 0, 'discontinuities');
    listener.subscription.unsubscribe();
  }
  check(listeners.reduce((sum, l) => sum + l.losses, 0) >= 10, 'fewer losses than cuts');
  proxy.close();
}

async function cutsWhileFlooding() {
  const hark = await server();
  const proxy = await Proxy.start(hark.port);
  const client = hark.topics({port: proxy.port, seconds: 600});
  const publisher = hark.topics();
  const listener = await listen(client, 'flooded');
  const [rounds, burst] = [8, 250];
  const total = rounds * burst;
  for (let round = 0; round < rounds; round += 1) {
    const publishing = (async () => {
      for (const i of range(burst)) await publish(publisher, 'flooded', `m${round * burst + i}`);
    })();
    await listener.count(round * burst + burst / 5, 30);
    proxy.cut(); // while the rest of the burst arrives
    await publishing;
    await listener.count((round + 1) * burst, 30);
  }
  expectAll(listener, total, 'items over the cuts');
  same(listener.discontinuities.length, 0, 'discontinuities');
  check(listener.losses >= rounds, `only ${listener.losses} losses`);
  listener.subscription.unsubscribe();
  proxy.close();
}

async function fallingOutOfTheReplayBuffer() {
  const hark = await server();
  const proxy = await Proxy.start(hark.port);
  const client = hark.topics({port: proxy.port, seconds: 600});
  const publisher = hark.topics();
  const listener = await listen(client, 'fallen');
  await publish(publisher, 'fallen', 'first');
  await listener.count(1);
  // While the SDK waits half a second to come back, more is published than a buffer of 4 MiB holds.
  proxy.cut();
  proxy.server.close();
  await listener.until(() => listener.losses === 1, 'the loss is noticed');
  const size = 500_000;
  const kept = Math.floor((4 << 20) / size);
  const last = 1 + 20;
  for (const i of range(20)) await publish(publisher, 'fallen', String(i).padEnd(size, ' '));
  await new Promise(resolve => proxy.server.listen(proxy.port, '127.0.0.1', resolve));
  await listener.until(() => listener.numbers().includes(last), 'the newest message', 30);
  await publish(publisher, 'fallen', 'live');
  await listener.until(() => listener.numbers().includes(last + 1), 'live', 30);
  same(listener.discontinuities.length, 1, 'discontinuities');
  const [d] = listener.discontinuities;
  same([d.lastSequenceNumber(), d.newSequenceNumber()], [1, last - kept], 'discontinuity');
  same(listener.numbers(), [1, ...range(kept).map(i => last - kept + i), last + 1], 'numbers');
  same(listener.events.findIndex(e => e.discontinuity), 1, 'place of the discontinuity');
  listener.subscription.unsubscribe();
  proxy.close();
}

async function aReaderHeldTooLong() {
  const hark = await server();
  const proxy = await Proxy.start(hark.port);
  const client = hark.topics({port: proxy.port, seconds: 600, streams: 1});
  const publisher = hark.topics();
  const [held, beside] = [await listen(client, 'held'), await listen(publisher, 'held')];
  await publish(publisher, 'held', 'first');
  await held.count(1);
  for (const {client: near, server: far} of proxy.pairs) far.unpipe(near); // the network stands still
  const [size, total] = [500_000, 60];
  const deliver = (async () => {
    for (const i of range(total)) {
      await publish(publisher, 'held', String(i).padEnd(size, ' '));
      await beside.count(1 + i); // the others never wait
    }
  })();
  await within(30, 'everybody else gets everything', deliver);
  for (const {client: near, server: far} of proxy.pairs) far.pipe(near);
  await publish(publisher, 'held', 'last');
  await held.until(() => held.numbers().includes(total + 2), 'the last message', 30);
  same(beside.numbers(), range(beside.items.length), 'the other subscriber');
  check(held.discontinuities.length >= 1, 'the held one missed nothing: the test shows nothing');
  // Each discontinuity names exactly what is missing: after number n comes n + 1 or a discontinuity n -> m.
  let at = 0;
  for (const {item, discontinuity} of held.events) {
    if (discontinuity) {
      same(discontinuity.lastSequenceNumber(), at, 'last_topic_sequence');
      check(discontinuity.newSequenceNumber() > at, 'an empty discontinuity');
      at = discontinuity.newSequenceNumber();
    } else {
      same(item.sequenceNumber(), at + 1, 'next number');
      at += 1;
    }
  }
  proxy.close();
}

suite.together({
  the_sdk_cuts_its_first_stream_after_5_s: firstStreamCutByTheSdk,
  cuts_by_the_network_lose_and_repeat_nothing: cutsByTheNetwork,
});
suite.test('cuts_in_the_middle_of_a_flood', cutsWhileFlooding);
suite.test('falling_out_of_the_replay_buffer', fallingOutOfTheReplayBuffer);
suite.test('a_reader_held_too_long', aReaderHeldTooLong);

suite.test('draining_is_SERVER_UNAVAILABLE_and_a_restart_is_survived', async () => {
  const hark = await Hark.start();
  const client = hark.topics({seconds: 600});
  const listener = await listen(client, 'drained');
  await publish(client, 'drained', 'x');
  await listener.count(1);
  hark.terminate();
  await listener.until(() => listener.losses === 1, 'the stream ends with a loss, which the SDK mends');
  const answer = await client.publish('default', 'drained', 'y');
  check(answer instanceof TopicPublish.Error, 'a publish during the drain was accepted');
  same(answer.errorCode(), MomentoErrorCode.SERVER_UNAVAILABLE, 'publish');
  const refused = await client.subscribe('default', 'drained', new Listener().options);
  check(refused instanceof TopicSubscribe.Error, 'a subscribe during the drain was accepted');
  same(refused.errorCode(), MomentoErrorCode.SERVER_UNAVAILABLE, 'subscribe');
  same(listener.errors.length, 0, 'errors shown to the user');
  await hark.stopped();
});

suite.run();
