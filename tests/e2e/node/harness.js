'use strict';
// Tests that print one line each, a hark under test, and small helpers to wait for events.

const childProcess = require('child_process');
const fs = require('fs');
const net = require('net');
const path = require('path');
const {
  TopicClient, CacheClient, TopicConfigurations, Configurations, MomentoLocalProvider, TopicSubscribe,
  TopicPublish,
} = require('@gomomento/sdk');
const {NoopMomentoLoggerFactory} = require('@gomomento/sdk-core');

/** A suite: `test(name, function)` registers, `run()` runs them in order and ends the process. */
class Suite {
  constructor(name) {
    this.name = name;
    this.tests = [];
    this.ends = [];
  }
  test(name, body) { this.tests.push({name, body}); }
  /** Tests that spend their time waiting: they run beside each other. */
  together(cases) { this.tests.push({name: Object.keys(cases).join(' '), cases}); }
  atEnd(body) { this.ends.push(body); }

  async one(name, body) {
    const start = Date.now();
    const seconds = () => ((Date.now() - start) / 1000).toFixed(1);
    try {
      const reason = (await body() || {}).skip; // why a test cannot run here
      if (reason) console.log(`skip ${this.name}/${name} (${seconds()} s): ${reason}`);
      else console.log(`ok   ${this.name}/${name} (${seconds()} s)`);
      return true;
    } catch (error) {
      const text = String(error && error.stack || error).replace(/\n/g, '\n     | ');
      console.log(`FAIL ${this.name}/${name} (${seconds()} s): ${error && error.message}\n     | ${text}`);
      return false;
    }
  }

  async run() {
    const words = (process.env.HARK_E2E_FILTER || '').split(' ').filter(Boolean);
    const wanted = name => words.length === 0 || words.some(w => `${this.name}/${name}`.includes(w));
    let good = true;
    let ran = false;
    process.on('unhandledRejection', error => {
      console.log(`FAIL ${this.name}/unhandled: ${error && error.stack}`);
      process.exitCode = 1;
    });
    for (const {name, body, cases} of this.tests) {
      const chosen = Object.entries(cases || {[name]: body}).filter(([n]) => wanted(n));
      ran = ran || chosen.length > 0;
      const results = await Promise.all(chosen.map(([n, b]) => this.one(n, b)));
      good = good && results.every(Boolean);
    }
    if (ran) for (const end of this.ends) good = (await this.one('the_server_ends_well', end)) && good;
    process.exit(good && !process.exitCode ? 0 : 1);
  }
}

/** A running server. `await Hark.start()`; `await hark.stop()` demands a clean end. */
class Hark {
  /** `addressSpace`: bytes that the process may have, of which it derives its budgets. */
  static start(cores = 2, {addressSpace} = {}) {
    const directory = fs.mkdtempSync(path.join(process.env.HARK_E2E_WORK, 'data-'));
    const [program, ...before] = addressSpace
      ? ['prlimit', `--as=${addressSpace}:${addressSpace}`, process.env.HARK_E2E_PROGRAM] : [process.env.HARK_E2E_PROGRAM];
    const child = childProcess.spawn(program, [
      ...before, 'serve', '--dev', '--listen', '127.0.0.1:0', '--data-dir', directory, '--cores', String(cores),
    ], {stdio: ['ignore', 'pipe', 'pipe']});
    const hark = new Hark();
    Object.assign(hark, {child, directory, said: '', port: 0});
    hark.ended = new Promise(resolve => child.on('close', (code, signal) => resolve({code, signal})));
    process.on('exit', () => child.kill('SIGKILL'));
    const listening = new Promise(resolve => {
      const hear = text => {
        hark.said += text;
        const found = /listening on 127\.0\.0\.1:(\d+)/.exec(hark.said);
        if (found && hark.port === 0) {
          hark.port = Number(found[1]);
          resolve(hark);
        }
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
    });
    const died = hark.ended.then(({code}) => { throw new Error(`hark ended (${code}) before listening: ${hark.said}`); });
    died.catch(() => {});
    return within(30, 'hark listens', Promise.race([listening, died]));
  }
  terminate() { this.child.kill('SIGTERM'); }
  async stop() {
    const start = Date.now();
    this.terminate();
    await this.stopped();
    check(Date.now() - start < 10_000, `hark took ${Date.now() - start} ms to end`);
  }
  async stopped() {
    const {code, signal} = await within(15, 'hark ends after SIGTERM', this.ended);
    fs.rmSync(this.directory, {recursive: true, force: true});
    check(code === 0, `hark ended with ${code} ${signal}: ${this.said.slice(-3000)}`);
    check(!/hark: bug:|Sanitizer|runtime error:|terminate called/.test(this.said), `hark reported a bug: ${this.said}`);
  }
  provider() { return new MomentoLocalProvider({hostname: '127.0.0.1', port: this.port}); }
  /** A TopicClient as a user has it, without its words on the console. */
  topics({port = this.port, streams = 4, seconds = 5} = {}) {
    let configuration = TopicConfigurations.Default.latest(new NoopMomentoLoggerFactory());
    configuration = configuration.withNumStreamConnections(streams).withClientTimeoutMillis(seconds * 1000);
    return new TopicClient({
      credentialProvider: new MomentoLocalProvider({hostname: '127.0.0.1', port}),
      configuration,
    });
  }
  caches() {
    return new CacheClient({
      credentialProvider: this.provider(),
      configuration: Configurations.Laptop.v1(new NoopMomentoLoggerFactory()),
      defaultTtlSeconds: 60,
    });
  }
}

/** What one subscription received, and promises for what it will. */
class Listener {
  constructor() {
    this.events = []; // items and discontinuities in the order of arrival
    this.items = [];
    this.discontinuities = [];
    this.errors = [];
    this.losses = 0;
    this.heartbeats = 0;
    this.ended = false;
    this.waiters = new Set();
  }
  get options() {
    return {
      onItem: item => {
        this.items.push({text: item.value(), number: item.sequenceNumber()});
        this.note({item});
      },
      onDiscontinuity: d => {
        this.discontinuities.push(d);
        this.note({discontinuity: d});
      },
      onError: error => { this.errors.push(error); this.note({error}); },
      onHeartbeat: () => { this.heartbeats += 1; this.wake(); },
      onConnectionLost: () => { this.losses += 1; this.wake(); },
      onSubscriptionEnd: () => { this.ended = true; this.wake(); },
    };
  }
  note(event) { this.events.push(event); this.wake(); }
  wake() { for (const waiter of this.waiters) waiter(); }
  /** Unsubscribes, and waits until the SDK has closed the stream. */
  unsubscribe() {
    this.subscription.unsubscribe();
    return this.until(() => this.ended, 'the end of the subscription');
  }
  /** Resolves once `condition()` holds; it is asked after every event. */
  until(condition, what, seconds = 30) {
    return within(seconds, what, new Promise(resolve => {
      const waiter = () => {
        if (!condition()) return;
        this.waiters.delete(waiter);
        resolve();
      };
      this.waiters.add(waiter);
      waiter();
    }), () => `${this.items.length} items, ${this.discontinuities.length} discontinuities, ` +
      `${this.errors.length} errors, ${this.losses} losses, ${this.heartbeats} heartbeats`);
  }
  count(n, seconds) { return this.until(() => this.items.length >= n, `${n} items`, seconds); }
  numbers() { return this.items.map(item => item.number); }
}

/** Subscribes and demands success. */
async function listen(client, topic, {cache = 'default'} = {}) {
  const listener = new Listener();
  const answer = await client.subscribe(cache, topic, listener.options);
  check(answer instanceof TopicSubscribe.Subscription, `subscribe to ${topic}: ${answer}`);
  listener.subscription = answer;
  return listener;
}

/** Publishes and demands success. */
async function publish(client, topic, value, cache = 'default') {
  const answer = await client.publish(cache, topic, value);
  check(answer instanceof TopicPublish.Success, `publish to ${topic}: ${answer}`);
}

/** A TCP proxy to `port` whose connections can be cut or held. */
class Proxy {
  static start(port) {
    const proxy = new Proxy();
    proxy.pairs = new Set();
    proxy.held = false;
    proxy.server = net.createServer(client => {
      const server = net.connect(port, '127.0.0.1');
      const pair = {client, server};
      proxy.pairs.add(pair);
      for (const socket of [client, server]) {
        socket.setNoDelay(true);
        socket.on('error', () => {});
        socket.on('close', () => {
          client.destroy();
          server.destroy();
          proxy.pairs.delete(pair);
        });
      }
      client.pipe(server);
      server.pipe(client);
    });
    return new Promise(resolve => proxy.server.listen(0, '127.0.0.1', () => {
      proxy.port = proxy.server.address().port;
      resolve(proxy);
    }));
  }
  /** Breaks every connection, in the middle of whatever it carries. How many there were. */
  cut() {
    const count = this.pairs.size;
    for (const {client, server} of this.pairs) {
      client.resetAndDestroy ? client.resetAndDestroy() : client.destroy();
      server.destroy();
    }
    this.pairs.clear();
    return count;
  }
  close() {
    this.server.close();
    this.cut();
  }
}

function check(condition, text) {
  if (!condition) throw new Error(text);
}

function same(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(a === b, `${what}: got ${a.slice(0, 500)}, expected ${b.slice(0, 500)}`);
}

/** Fails unless `promise` is there within `seconds`. */
function within(seconds, what, promise, state = () => '') {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${seconds} s: ${what} ${state()}`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** 1 ... n */
const range = n => Array.from({length: n}, (_, i) => i + 1);

module.exports = {Suite, Hark, Listener, Proxy, listen, publish, check, same, within, range};
