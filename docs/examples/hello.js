const {MomentoLocalProvider, TopicClient, TopicPublish, TopicSubscribe} = require('@gomomento/sdk');

async function main() {
  const [hostname, port] = (process.env.HARK || '127.0.0.1:8080').split(':');
  const topics = new TopicClient({credentialProvider: new MomentoLocalProvider({hostname, port: Number(port)})});

  let received;
  const item = new Promise(resolve => { received = resolve; });
  const subscription = await topics.subscribe('default', 'greetings', {onItem: received, onError: received});
  if (!(subscription instanceof TopicSubscribe.Subscription)) throw new Error(subscription.toString());

  const published = await topics.publish('default', 'greetings', 'hello, world');
  if (!(published instanceof TopicPublish.Success)) throw new Error(published.toString());

  console.log('received:', (await item).toString());
  subscription.unsubscribe();
}

main();
