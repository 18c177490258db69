#pragma once

#include <boost/intrusive/list.hpp>
#include <optional>

#include "gateway/http2/call.h"

namespace hark::gateway::http2 {

/// The requests of one session that are still arriving: bytes to whole messages.
///
/// A message's length is believed only once the core's budget has room for it; until then what came of it
/// waits and its window stays shut, and whatever came later on the connection waits behind it. The room is
/// kept until the call is answered, so that the budget also bounds what is on its way to owners. Limits:
/// `message_bytes_max` and the names around it; `body_within` and `body_bytes_a_second_min`. Core: its
/// session's. Owner: Http2Session.
class RequestBodies {
 public:
  explicit RequestBodies(Http2Session& session) : session_(session) {}

  void begin(Call& call, Instant now);
  /// Bytes of the body, cut anywhere. What is taken in is given back to the peer's windows.
  void feed(Call& call, ByteSpan bytes);
  void end(Call& call);
  /// `call` takes messages again.
  void resume(Call& call);
  /// The call has its answer: what was reserved for it is free, and nobody reads the rest.
  void answered(Call& call);
  /// The stream is closed.
  void forget(Call& call);

  /// The budget may have room.
  void retry();
  std::optional<Instant> deadline() const;
  /// Refuses requests that come too slowly.
  void tick(Instant now);

 private:
  using Receiving = boost::intrusive::list<
      Call,
      boost::intrusive::base_hook<boost::intrusive::list_base_hook<
          boost::intrusive::tag<ReceivingTag>, boost::intrusive::link_mode<boost::intrusive::auto_unlink>>>,
      boost::intrusive::constant_time_size<false>>;
  enum class Taken : std::uint8_t { all, stalled, failed };

  /// Half of a connection's first window: what may wait for room, of all streams together. Past it:
  /// memory_limit.
  static constexpr std::size_t held_bytes_max = 32 << 10;

  Taken take_in(Call& call, ByteSpan& bytes);
  void hold(Call& call, ByteSpan& bytes);
  bool accept_announced(Call& call, std::uint32_t bytes);
  bool within_share(std::size_t bytes) const;
  void hand_over(Call& call);
  void give_back(Call& call);
  void leave_queue(const Call& call);
  void conclude(Call& call);
  Instant due(const Call& call) const;

  Http2Session& session_;
  Receiving receiving_;  // by when they began
  std::vector<StreamId> stalled_;  // for room in the budget, oldest first
  std::size_t reserved_bytes_ = 0;  // of the core's budget, by all calls
  std::size_t held_bytes_ = 0;      // of all calls
  std::optional<Instant> check_at_;
};

}  // namespace hark::gateway::http2
