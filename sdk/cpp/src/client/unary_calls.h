#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/instant.h"
#include "client/back_off.h"
#include "client/http2_session.h"

namespace hark::client {

/// The good answer to a call: its message without the prefix, and the trailers.
struct Answer {
  std::string message;
  Fields trailers;
};

/// One request that has one answer.
struct UnaryCall {
  const char* path = "";
  std::string frame;
  Instant deadline{};
  bool retry_unavailable = false;  ///< what is a definite no for `unavailable` is tried again
  std::function<void(Result<Answer>)> done;  ///< once, by the client's thread
};

/// The calls of a client: those that wait for the connection, in order, and those that wait for an answer.
///
/// A request begins when the one before it was given whole, so that a large message is not overtaken by a
/// small one. Bounded by who adds (ClientOptions::calls_max).
class UnaryCalls {
 public:
  UnaryCalls(Duration back_off_first, Duration back_off_max)
      : back_off_first_(back_off_first), back_off_max_(back_off_max) {}

  void add(UnaryCall call);
  /// Begins what may begin now. True: something did.
  bool pump(Http2Session& session);
  bool waiting() const { return !waiting_.empty(); }
  /// Whether one waits that a failed attempt to connect ends.
  bool impatient() const { return impatient_ && waiting(); }
  bool in_flight() const { return !streams_.empty(); }
  bool owns(StreamId stream) const { return streams_.contains(stream); }

  // As Http2Events, for streams that it owns.
  void on_sent(StreamId stream);
  void on_head(StreamId stream, const Fields& head);
  void on_body(StreamId stream, ByteSpan bytes, Http2Session& session);
  void on_closed(StreamId stream, const Fields& trailers, bool in_order, bool refused, Instant now,
                 std::uint64_t random);

  /// The attempt to connect failed: who does not wait longer is told.
  void on_unreachable(const std::string& why);
  /// The connection is gone, with the answers of all that had begun.
  void on_lost(const std::string& why, Instant now, std::uint64_t random);
  /// Ends what is late; `session` may be null. What is to be tried again waits for the connection anew.
  void tick(Instant now, Http2Session* session);
  std::optional<Instant> deadline() const;
  /// All fail: cancelled.
  void close();

 private:
  using CallId = std::uint64_t;
  struct Entry {
    UnaryCall call;
    BackOff back_off;
    StreamId stream = 0;
    bool sent = false;
    std::optional<Instant> retry_at;
    Fields head;
    std::string body;
  };
  using Entries = std::map<CallId, Entry>;

  Entries::iterator of_stream(StreamId stream);
  static Instant due(const Entry& entry) { return entry.retry_at.value_or(entry.call.deadline); }
  void settle(Entries::iterator at, Result<Answer> result, Instant now, std::uint64_t random);
  void finish(Entries::iterator at, Result<Answer> result);
  void trim();  // calls that are gone from the front of waiting_
  static Result<Answer> answer_of(Entry& entry, const Fields& trailers);

  Duration back_off_first_, back_off_max_;
  Entries entries_;
  std::deque<CallId> waiting_;  // the front one is there
  std::map<StreamId, CallId> streams_;
  std::set<std::pair<Instant, CallId>> times_;  // when each is due
  bool impatient_ = false;
  CallId next_id_ = 1;
  StreamId sending_ = 0;
};

}  // namespace hark::client
