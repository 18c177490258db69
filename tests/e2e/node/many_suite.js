'use strict';
// Many subscriptions in one client, opened and closed in bursts.

const {Suite, Hark, listen, publish, same, range} = require('./harness');

const suite = new Suite('node/many');
let starting;
const server = () => (starting = starting || Hark.start());
suite.atEnd(async () => (await server()).stop());

suite.test('300_subscriptions_on_4_channels_all_receive', async () => {
  const hark = await server();
  const client = hark.topics({streams: 4, seconds: 600});
  const listeners = await Promise.all(range(300).map(i => listen(client, `many-${i}`)));
  await Promise.all(range(300).map(i => publish(client, `many-${i}`, `to ${i}`)));
  for (const [i, listener] of listeners.entries()) {
    await listener.count(1);
    same(listener.items, [{text: `to ${i + 1}`, number: 1}], `subscription ${i + 1}`);
  }
});

suite.test('2000_subscriptions_in_bursts', async () => {
  const hark = await server();
  const client = hark.topics({streams: 20, seconds: 600});
  for (const round of range(3)) {
    const listeners = await Promise.all(range(2000).map(i => listen(client, `burst-${i % 50}`)));
    await publish(client, 'burst-7', `round ${round}`);
    const expected = listeners.filter((_, i) => (i + 1) % 50 === 7);
    for (const listener of expected)
      await listener.until(() => listener.items.some(i => i.text === `round ${round}`), 'this round\'s message');
    await Promise.all(listeners.map(listener => listener.unsubscribe()));
  }
  const listener = await listen(client, 'after');
  await publish(client, 'after', 'x');
  await listener.count(1);
  same(listener.errors.length, 0, 'errors');
});

suite.test('subscribe_and_unsubscribe_one_by_one', async () => {
  const hark = await server();
  const client = hark.topics({streams: 1, seconds: 600});
  await publish(client, 'turnstile', 'there');
  for (const _ of range(500)) {
    const listener = await listen(client, 'turnstile');
    await listener.count(1);
    same(listener.numbers(), [1], 'the latest');
    await listener.unsubscribe();
  }
});

suite.run();
