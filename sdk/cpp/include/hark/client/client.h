#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hark/client/message.h"
#include "hark/client/result.h"
#include "hark/client/subscription.h"

namespace hark::client {

struct ClientOptions {
  /// http://HOST[:PORT] (port 80 when left out); an IPv6 address stands in brackets.
  std::string url = "http://127.0.0.1:8080";
  /// For the connection: name, TCP and the server's first bytes together. More than 0.
  std::chrono::milliseconds connect_within{5000};
  /// A connection that something is expected of (an answer, heartbeats) and that says nothing for this long
  /// is given up; after half of it the client asks (HTTP/2 PING). A server beats every 15 s at least. More
  /// than 0.
  std::chrono::milliseconds silence_max{20'000};
  /// Between attempts: at first between half of and all of `back_off_first`, doubling up to `back_off_max`.
  std::chrono::milliseconds back_off_first{100};
  std::chrono::milliseconds back_off_max{3000};
  /// Calls that wait for their answer, and the bytes of their messages: past either, the next one is refused
  /// (queue_full) unless it would be the only one.
  std::size_t calls_max = 10'000;
  std::size_t call_bytes_max = 64 << 20;
};

struct PublishOptions {
  /// Until the answer. Past it: deadline_exceeded, outcome unknown if the message had been sent. More than 0.
  std::chrono::milliseconds deadline{5000};
  /// Tries again, until the deadline, what was a definite no because of `unavailable` (not connected, the
  /// server shuts down). Never what may have been accepted: nothing is published twice by this client.
  /// Messages that are tried again may come behind later ones.
  bool retry_unavailable = false;
};

/// A namespace, as list_namespaces() shows it.
struct NamespaceInfo {
  std::string name;
  std::uint32_t message_kib_max = 0;  ///< largest message, KiB
};

/// A client of one hark server: one connection, made when it is needed, and one thread that serves it.
///
/// Every method may be called by any thread. Those that block must not be called from within a callback: they
/// return Code::misuse there. Messages published by one thread arrive in the order of its calls.
/// Nothing throws. Version 0.1 speaks plain HTTP/2; it does not check whom it speaks to.
class HARK_CLIENT_API Client {
 public:
  /// Starts the thread; connects nothing yet. invalid_argument for a bad option (the message names it),
  /// unavailable when the system refuses a descriptor or a thread.
  static Result<Client> create(ClientOptions options = {});
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();  ///< as close()

  /// Publishes and waits for the answer: the message's slot. Blocks up to the deadline.
  Result<Slot> publish(std::string_view namespace_name, std::string_view topic, Payload payload,
                       PublishOptions options = {});
  /// The same without waiting. `done` is called once, by the client's thread, by the deadline: it must
  /// return soon and not throw. It may be called before this returns.
  void publish_async(std::string_view namespace_name, std::string_view topic, Payload payload,
                     PublishOptions options, std::function<void(Result<Slot>)> done);
  std::future<Result<Slot>> publish_future(std::string_view namespace_name, std::string_view topic,
                                           Payload payload, PublishOptions options = {});

  /// Subscribes, for next(). Does not wait for the server: Subscription::wait_ready does. An error only for
  /// names and options that cannot be right, and after close().
  Result<Subscription> subscribe(std::string_view namespace_name, std::string_view topic,
                                 SubscribeOptions options = {});
  /// Subscribes, with callbacks, which may come before this returns.
  Result<Subscription> subscribe(std::string_view namespace_name, std::string_view topic,
                                 SubscribeOptions options, Callbacks callbacks);

  /// These block, up to `deadline`.
  Result<void> create_namespace(std::string_view name,
                                std::chrono::milliseconds deadline = std::chrono::seconds(5));
  Result<void> delete_namespace(std::string_view name,
                                std::chrono::milliseconds deadline = std::chrono::seconds(5));
  Result<std::vector<NamespaceInfo>> list_namespaces(
      std::chrono::milliseconds deadline = std::chrono::seconds(5));
  /// Asks the server and back; how long it took, connecting included.
  Result<std::chrono::nanoseconds> ping(std::chrono::milliseconds deadline = std::chrono::seconds(5));

  /// Ends everything: calls under way fail (cancelled; outcome unknown if they were sent), subscriptions end
  /// (cancelled), the connection closes. Waits until the thread is done; from within a callback it does not
  /// wait. Then every method refuses. Again: does nothing.
  void close();

 private:
  class State;
  explicit Client(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace hark::client
