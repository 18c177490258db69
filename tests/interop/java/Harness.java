import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import momento.sdk.exceptions.MomentoErrorCode;
import momento.sdk.exceptions.SdkException;

/** Tests that print one line each, comparisons, limits of time, and the proxy's commands. */
abstract class Harness {
  static final int SECONDS_MAX = 60;
  static boolean good = true;

  static final class Failure extends RuntimeException {
    static final long serialVersionUID = 1;

    Failure(String why) {
      super(why);
    }
  }

  interface Body {
    void run() throws Exception;
  }

  static void test(String name, Body body) {
    long start = System.nanoTime();
    try {
      body.run();
      System.out.printf("ok %s (%.1f s)%n", name, (System.nanoTime() - start) / 1e9);
    } catch (Exception error) {
      String why = error instanceof Failure ? error.getMessage() : error.toString();
      System.out.println("FAIL " + name + ": " + why.substring(0, Math.min(400, why.length())));
      good = false;
    }
  }

  static void check(boolean condition, String why) {
    if (!condition) throw new Failure(why);
  }

  static void same(Object actual, Object expected, String what) {
    check(Objects.deepEquals(actual, expected), what + ": got " + actual + ", expected " + expected);
  }

  static <T> T within(CompletableFuture<T> future) throws Exception {
    return future.get(SECONDS_MAX, TimeUnit.SECONDS);
  }

  /** Demands an error with this code; the SDK's error answers are exceptions. */
  static SdkException expect(CompletableFuture<?> future, MomentoErrorCode code, String what) throws Exception {
    Object answer = within(future);
    check(answer instanceof SdkException, what + ": expected " + code + ", got " + answer);
    SdkException error = (SdkException) answer;
    same(error.getErrorCode(), code, what);
    return error;
  }

  static int port(String name) {
    return Integer.parseInt(System.getenv(name));
  }

  /** Tells the proxy to cut, close or open; how many connections that broke. */
  static int proxy(String command) throws IOException {
    try (Socket control = new Socket("127.0.0.1", port("CONTROL_PORT"))) {
      control.getOutputStream().write((command + "\n").getBytes());
      return Integer.parseInt(new BufferedReader(new InputStreamReader(control.getInputStream())).readLine());
    }
  }
}
