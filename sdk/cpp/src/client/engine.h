#pragma once

#include <map>
#include <memory>
#include <random>
#include <set>

#include "client/subscriber.h"
#include "client/unary_calls.h"

namespace hark::client {

using SubscriptionId = std::uint64_t;

/// A client without its socket, thread and clock: what is wanted, the one connection's state, and which of
/// its streams does what. All of it runs on the client's thread.
class Engine : private Http2Events {
 public:
  struct Options {
    std::string authority;
    Duration connect_within, silence_max, back_off_first, back_off_max;
    std::uint64_t seed;  ///< of the jitter
  };
  explicit Engine(Options options);

  // --- what the user wants ---
  void call(UnaryCall call) { calls_.add(std::move(call)); }
  void subscribe(SubscriptionId id, Subscriber::Wish wish, std::shared_ptr<Inbox> inbox, Instant now);
  void unsubscribe(SubscriptionId id);
  void on_room(SubscriptionId id, Instant now);
  /// Everything ends, the user is told, and what produce() then gives is the last word.
  void close();

  // --- the connection, run by somebody else ---
  /// Whether to connect now.
  bool wants_connection(Instant now) const;
  void on_connecting() { link_ = Link::connecting; }
  void on_connected(Instant now);
  /// It broke, or could not be made; `why` is for people.
  void on_lost(const std::string& why, Instant now);
  /// Takes the server's next bytes, cut anywhere. False: the connection is over.
  bool receive(ByteSpan bytes, Instant now);
  /// Appends what is to be sent now, up to about `bytes_max`.
  void produce(std::string& out, std::size_t bytes_max, Instant now);
  /// Deadlines and attempts that are due. A reason to drop the connection now, if there is one.
  std::optional<std::string> tick(Instant now);
  /// When tick() or wants_connection() is next due, if at all.
  std::optional<Instant> deadline() const;

 private:
  enum class Link : std::uint8_t { down, connecting, open };

  void on_greeted() override;
  void on_sent(StreamId stream) override;
  void on_head(StreamId stream, const Fields& head) override;
  void on_body(StreamId stream, ByteSpan bytes) override;
  void on_closed(StreamId stream, const Fields& trailers, bool in_order, bool refused) override;

  struct Entry {
    Subscriber subscriber;
    Fields head;  // of its stream
  };
  Entry* of_stream(StreamId stream);
  void try_again(SubscriptionId id, std::optional<Instant> at);
  void begin_due(Instant now);
  Instant attempt_due() const;
  bool wanted() const { return calls_.waiting() || !subscriptions_.empty(); }
  bool expects_something() const { return calls_.in_flight() || !streams_.empty() || !greeted_; }

  Options options_;
  std::mt19937_64 random_;
  Link link_ = Link::down;
  Instant lost_at_{}, retry_at_{};  // while the link is down
  BackOff back_off_;
  std::unique_ptr<Http2Session> session_;  // while the link is open
  bool greeted_ = false;                   // by the server, on this connection
  bool served_ = false;                    // something other than a refusal came on it
  bool closed_ = false;
  bool unanswered_ = false;  // something that the server has to answer was sent, and it said nothing since
  bool asked_ = false;       // by a ping, in this silence
  Instant connected_at_{}, silent_since_{};
  Instant now_{};  // within a call from outside
  UnaryCalls calls_;
  std::map<SubscriptionId, Entry> subscriptions_;
  std::map<StreamId, SubscriptionId> streams_;
  std::set<std::pair<Instant, SubscriptionId>> due_;  // subscriptions without a stream
};

}  // namespace hark::client
