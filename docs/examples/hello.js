const {TopicClient, MomentoLocalProvider, TopicPublish, TopicSubscribe} = require('@gomomento/sdk');

async function main() {
  const [hostname, port] = (process.env.HARK || '127.0.0.1:8080').split(':');
  const topics = new TopicClient({credentialProvider: new MomentoLocalProvider({hostname, port: Number(port)})});

  const received = new Promise((resolve, reject) => {
    topics.subscribe('default', 'greetings', {
      onItem: item => resolve(`received number ${item.sequenceNumber()}: ${item.valueString()}`),
      onError: error => reject(error.toString()),
    }).then(async subscription => {
      if (!(subscription instanceof TopicSubscribe.Subscription)) return reject(subscription.toString());
      const published = await topics.publish('default', 'greetings', 'hello, world');
      if (!(published instanceof TopicPublish.Success)) reject(published.toString());
    });
  });
  console.log(await received);
  topics.close();
}

main().catch(error => { console.error(error); process.exitCode = 1; });
