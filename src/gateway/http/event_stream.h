#pragma once

#include "gateway/http/topic_body.h"

namespace hark::gateway::http {

/// A text/event-stream of one topic: a position notice or a discontinuity, then messages as they come.
///
/// When the core drains it ends by a time to come back after, another for each client, so that not all come
/// at once. Idle, it costs what its subscription does.
class EventStream final : public TopicBody, private Beating {
 public:
  EventStream(SessionServices& services, Listener& listener, const StreamQuery& query);

  Pulled pull(std::size_t bytes_max, Slices& out) override;
  std::string_view content_type() const override { return "text/event-stream"; }
  bool endless() const override { return true; }
  Beating* beating() override { return this; }

  /// The whole body for who comes while the core drains. An EventSource comes back after any stream that
  /// began, and never after an error's status.
  static std::string come_back_later(ConnectionId connection);

 private:
  void on_ready() override;
  void on_work() override { listener().on_body(); }
  void on_end(EndReason reason) override;
  void beat() override { subscription().request_heartbeat(); }

  bool tells_position_;  // of where it begins: the client named none
  bool begun_ = false;
  bool over_ = false;  // the last words are given next, or were
  std::string tail_;   // they, once it ends
};

}  // namespace hark::gateway::http
