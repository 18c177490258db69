'use strict';
// A server with little memory, at its limits: each refusal has the SDK's code, and what is there goes on.

const {TopicPublish, TopicSubscribe, MomentoErrorCode} = require('@gomomento/sdk');
const {Suite, Hark, Listener, listen, publish, check, same, range} = require('./harness');

const suite = new Suite('node/limits');
const MIB = 1 << 20;
const skipped = process.env.HARK_E2E_SANITIZED === '1'
  ? {skip: 'a sanitizer\'s shadow does not fit into a small address space'} : undefined;

suite.test('no_memory_for_a_message_is_LIMIT_EXCEEDED', async () => {
  if (skipped) return skipped;
  const hark = await Hark.start(1, {addressSpace: 64 * MIB});
  const client = hark.topics({seconds: 600});
  // Topics with a subscriber are not idle: what they keep stays.
  const listeners = await Promise.all(range(30).map(i => listen(client, `kept-${i}`)));
  let refused;
  for (let n = 0; n < 120 && !refused; n += 1) {
    const listener = listeners[n % 30];
    const answer = await client.publish('default', `kept-${1 + n % 30}`, new Uint8Array(1_000_000));
    if (answer instanceof TopicPublish.Error) refused = answer;
    // One after the other: readers inside large messages would pin more than so small a server allows.
    else await listener.count(1 + Math.floor(n / 30));
  }
  check(refused, '120 MB in buffers and none refused');
  same(refused.errorCode(), MomentoErrorCode.LIMIT_EXCEEDED_ERROR, 'code');
  for (const listener of listeners) {
    same(listener.numbers(), range(listener.items.length), 'what was accepted, arrived');
    same(listener.errors.length + listener.losses, 0, 'errors and losses of a subscription');
  }
  await hark.stop();
});

suite.test('a_subscription_too_many_is_LIMIT_EXCEEDED', async () => {
  if (skipped) return skipped;
  const hark = await Hark.start(1, {addressSpace: 48 * MIB});
  const client = hark.topics({streams: 30, seconds: 600}); // the SDK itself has a limit of 100 a channel
  const first = await listen(client, 'shared');
  let [refused, subscribed] = [[], 1];
  while (refused.length === 0 && subscribed < 5000) {
    const answers = await Promise.all(range(250).map(() => client.subscribe('default', 'shared', new Listener().options)));
    refused = answers.filter(answer => answer instanceof TopicSubscribe.Error);
    subscribed += answers.length - refused.length;
  }
  check(refused.length > 0, `${subscribed} subscriptions and none refused`);
  for (const answer of refused) same(answer.errorCode(), MomentoErrorCode.LIMIT_EXCEEDED_ERROR, 'code');
  check(subscribed > 800, `refused at ${subscribed} subscriptions`);
  await publish(client, 'shared', 'still here');
  await first.count(1);
  await hark.stop();
});

suite.run();
