import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import momento.sdk.ISubscriptionCallbacks;
import momento.sdk.TopicClient;
import momento.sdk.responses.topic.TopicDiscontinuity;
import momento.sdk.responses.topic.TopicMessage;
import momento.sdk.responses.topic.TopicSubscribeResponse;

/** What one subscription received, in order: texts, byte arrays, discontinuities, errors. */
final class Listener implements ISubscriptionCallbacks {
  private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
  final CountDownLatch lost = new CountDownLatch(1);

  Listener(TopicClient client, String cache, String topic) throws Exception {
    Object answer = Harness.within(client.subscribe(cache, topic, this));
    Harness.check(answer instanceof TopicSubscribeResponse.Subscription, "subscribe: " + answer);
  }

  @Override
  public void onItem(TopicMessage message) {
    if (message instanceof TopicMessage.Text text) {
      events.add(text.getValue());
    } else if (message instanceof TopicMessage.Binary binary) {
      events.add(binary.getValue());
    } else {
      events.add(message);
    }
  }

  @Override
  public void onDiscontinuity(TopicDiscontinuity discontinuity) {
    events.add(discontinuity);
  }

  @Override
  public void onError(Throwable error) {
    events.add(error);
  }

  @Override
  public void onCompleted() {
    events.add("completed");
  }

  @Override
  public void onConnectionLost() {
    lost.countDown();
  }

  Object next() throws InterruptedException {
    Object event = events.poll(Harness.SECONDS_MAX, TimeUnit.SECONDS);
    Harness.check(event != null, "nothing received within " + Harness.SECONDS_MAX + " s");
    return event;
  }
}
