#pragma once

#include "gateway/http/topic_body.h"

namespace hark::gateway::http {

/// The answer to a long poll: what a topic has behind the client's position, at once or as soon as there is
/// something, as JSON, with the position to ask from the next time.
///
/// It begins when there is something to tell, when its wait is over, or when the core drains: then the list
/// is empty. It has all that is there, up to about `bytes_enough`: a message that is begun is told whole.
class LongPoll final : public TopicBody {
 public:
  /// Of a list. As much as a client gets while others are served, and one message of the largest size.
  static constexpr std::size_t bytes_enough = 1 << 20;

  LongPoll(SessionServices& services, Listener& listener, const StreamQuery& query);

  Pulled pull(std::size_t bytes_max, Slices& out) override;
  std::string_view content_type() const override { return "application/json"; }
  bool endless() const override { return false; }
  std::optional<Instant> due() const override;
  void on_due() override { answer(); }

 private:
  enum class Stage : std::uint8_t { asking, waiting, items, tail, over };

  void on_ready() override;
  void on_work() override;
  void on_end(EndReason reason) override;
  void answer();
  void pull_elements(std::size_t bytes_max, Slices& out);
  std::string tail() const;

  Instant answer_at_;
  Stage stage_ = Stage::asking;
  bool first_ = true;        // the next byte of the log is the comma before the first element
  std::size_t given_ = 0;    // bytes of elements
};

}  // namespace hark::gateway::http
