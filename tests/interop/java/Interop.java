import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import momento.sdk.CacheClient;
import momento.sdk.ISubscriptionCallbacks;
import momento.sdk.TopicClient;
import momento.sdk.auth.MomentoLocalProvider;
import momento.sdk.config.Configurations;
import momento.sdk.config.TopicConfigurations;
import momento.sdk.exceptions.MomentoErrorCode;
import momento.sdk.exceptions.SdkException;
import momento.sdk.responses.cache.control.CacheCreateResponse;
import momento.sdk.responses.cache.control.CacheDeleteResponse;
import momento.sdk.responses.cache.control.CacheInfo;
import momento.sdk.responses.cache.control.CacheListResponse;
import momento.sdk.responses.topic.TopicDiscontinuity;
import momento.sdk.responses.topic.TopicMessage;
import momento.sdk.responses.topic.TopicPublishResponse;
import momento.sdk.responses.topic.TopicSubscribeResponse;

/** The official Java SDK against hark; see ../README.md. Prints one line a test. */
public final class Interop extends Harness {
  private static TopicClient near;
  private static TopicClient far; // through the proxy
  private static CacheClient caches;

  private static void publish(String cache, String topic, Object value) throws Exception {
    boolean binary = value instanceof byte[];
    var future = binary ? near.publish(cache, topic, (byte[]) value) : near.publish(cache, topic, (String) value);
    Object answer = within(future);
    check(answer instanceof TopicPublishResponse.Success, "publish: " + answer);
  }

  private static CompletableFuture<TopicSubscribeResponse> subscribe(String cache, String topic) {
    return near.subscribe(cache, topic, new ISubscriptionCallbacks() {
      @Override
      public void onItem(TopicMessage message) {}

      @Override
      public void onCompleted() {}

      @Override
      public void onError(Throwable error) {}
    });
  }

  private static List<String> cacheNames() throws Exception {
    Object answer = within(caches.listCaches());
    check(answer instanceof CacheListResponse.Success, "list: " + answer);
    return ((CacheListResponse.Success) answer).getCaches().stream().map(CacheInfo::name).sorted().toList();
  }

  private static void textAndBinary() throws Exception {
    Listener listener = new Listener(near, "default", "round-trip");
    byte[] large = new byte[200_000];
    Arrays.fill(large, (byte) 7);
    List<Object> values =
        List.of("hello", "grüße 🎉", "", "x".repeat(100_000), new byte[] {0, -1, -128, 10}, new byte[0], large);
    for (Object value : values) publish("default", "round-trip", value);
    for (Object value : values) same(listener.next(), value, "value");
  }

  private static void order() throws Exception {
    List<Listener> listeners =
        List.of(new Listener(near, "default", "order"), new Listener(near, "default", "order"));
    for (int i = 1; i <= 200; i++) publish("default", "order", "m" + i);
    for (Listener listener : listeners) {
      for (int i = 1; i <= 200; i++) same(listener.next(), "m" + i, "item");
    }
  }

  private static void noSuchCache() throws Exception {
    MomentoErrorCode code = MomentoErrorCode.NOT_FOUND_ERROR;
    expect(near.publish("missing", "t", "x"), code, "publish");
    expect(subscribe("missing", "t"), code, "subscribe");
    expect(caches.deleteCache("missing"), code, "delete");
  }

  private static void badNames() throws Exception {
    for (String topic : List.of("", "a\nb", "x".repeat(1025))) {
      refused(near.publish("default", topic, "x"), "publish");
      refused(subscribe("default", topic), "subscribe");
    }
    for (String cache : List.of("", "a/b", "x".repeat(256))) {
      refused(near.publish(cache, "t", "x"), "publish");
      refused(subscribe(cache, "t"), "subscribe");
      refused(caches.createCache(cache), "create");
    }
  }

  /** Refused by the SDK itself (some empty names), or by the server, whose INVALID_ARGUMENT it calls BAD_REQUEST. */
  private static void refused(CompletableFuture<?> future, String what) throws Exception {
    Object answer = within(future);
    check(answer instanceof SdkException, what + ": expected an error, got " + answer);
    SdkException error = (SdkException) answer;
    var details = error.getTransportErrorDetails();
    if (details.isPresent()) {
      same(details.get().getGrpcErrorDetails().getStatusCode(), Status.Code.INVALID_ARGUMENT, what + " of a bad name");
    }
    var code = details.isPresent() ? MomentoErrorCode.BAD_REQUEST_ERROR : MomentoErrorCode.INVALID_ARGUMENT_ERROR;
    same(error.getErrorCode(), code, what + " of a bad name");
  }

  private static void tooLarge() throws Exception {
    publish("default", "large", new byte[1 << 20]);
    for (int size : new int[] {(1 << 20) + 1, 5_000_000}) {
      var answer = near.publish("default", "large", new byte[size]);
      String message = expect(answer, MomentoErrorCode.LIMIT_EXCEEDED_ERROR, size + " bytes").getMessage();
      check(message.contains("Request size limit exceeded"), "message: " + message);
    }
  }

  private static void createListDelete() throws Exception {
    same(cacheNames(), List.of("default"), "caches");
    Object created = within(caches.createCache("mine"));
    check(created instanceof CacheCreateResponse.Success, "create: " + created);
    expect(caches.createCache("mine"), MomentoErrorCode.ALREADY_EXISTS_ERROR, "create twice");
    same(cacheNames(), List.of("default", "mine"), "caches");
    Listener listener = new Listener(near, "mine", "t");
    publish("mine", "t", "x");
    same(listener.next(), "x", "item");
    Object deleted = within(caches.deleteCache("mine"));
    check(deleted instanceof CacheDeleteResponse.Success, "delete: " + deleted);
    // The SDK tells its user of no end but this; it does not ask for a cache again that is gone.
    check(listener.lost.await(SECONDS_MAX, TimeUnit.SECONDS), "the subscription of a deleted cache goes on");
    expect(near.publish("mine", "t", "x"), MomentoErrorCode.NOT_FOUND_ERROR, "publish");
    same(cacheNames(), List.of("default"), "caches");
  }

  /** The SDK comes back by itself after half a second and asks for what follows: nothing twice, nothing lost. */
  private static void resume() throws Exception {
    Listener listener = new Listener(far, "default", "cut");
    for (int at = 0; at < 200; at += 40) {
      for (int i = at + 1; i <= at + 20; i++) publish("default", "cut", "m" + i);
      for (int i = at + 1; i <= at + 20; i++) same(listener.next(), "m" + i, "item before the cut");
      check(proxy("cut") > 0, "the cut hit nothing");
      for (int i = at + 21; i <= at + 40; i++) publish("default", "cut", "m" + i);
      for (int i = at + 21; i <= at + 40; i++) same(listener.next(), "m" + i, "item after the cut");
    }
  }

  private static void fallingOut() throws Exception {
    int size = 500_000;
    int count = 20;
    int kept = (4 << 20) / size;
    Listener listener = new Listener(far, "default", "fallen");
    publish("default", "fallen", "first");
    same(listener.next(), "first", "item");
    check(proxy("close") > 0, "the cut hit nothing");
    List<String> values = new ArrayList<>();
    for (int i = 0; i < count; i++) values.add(i + " ".repeat(size));
    for (String value : values) publish("default", "fallen", value);
    proxy("open");
    Object event = listener.next();
    check(event instanceof TopicDiscontinuity, "expected a discontinuity, got " + event.toString().trim());
    TopicDiscontinuity gap = (TopicDiscontinuity) event;
    same(List.of(gap.getLastSequenceNumber(), gap.getNewSequenceNumber()), List.of(1L, 1L + count - kept), "gap");
    for (String value : values.subList(count - kept, count)) same(listener.next(), value, "item behind the gap");
    publish("default", "fallen", "live");
    same(listener.next(), "live", "live item");
  }

  public static void main(String[] arguments) {
    var configuration = TopicConfigurations.Laptop.latest();
    // The topics client takes a provider's host but not its port: it knows only TLS at port 443. The control
    // client, which takes both, goes to the server directly.
    System.setProperty("https.proxyHost", "127.0.0.1");
    System.setProperty("https.proxyPort", System.getenv("TUNNEL_PORT"));
    System.setProperty("javax.net.ssl.trustStore", System.getenv("TRUSTED"));
    System.setProperty("javax.net.ssl.trustStorePassword", "changeit");
    near = TopicClient.create(new MomentoLocalProvider("near.hark.test", 443), configuration);
    far = TopicClient.create(new MomentoLocalProvider("far.hark.test", 443), configuration);
    var direct = new MomentoLocalProvider("127.0.0.1", port("HARK_PORT"));
    caches = CacheClient.create(direct, Configurations.Laptop.latest(), Duration.ofMinutes(1));
    test("text_and_binary_round_trip", Interop::textAndBinary);
    test("order_of_200_messages", Interop::order);
    test("no_such_cache", Interop::noSuchCache);
    test("bad_names", Interop::badNames);
    test("a_message_too_large", Interop::tooLarge);
    test("create_list_delete_cache", Interop::createListDelete);
    test("resume_after_cuts", Interop::resume);
    test("falling_out_of_the_replay_buffer", Interop::fallingOut);
    System.out.flush();
    Runtime.getRuntime().halt(good ? 0 : 1); // the SDK's threads never end
  }
}
