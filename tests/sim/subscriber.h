#pragma once

#include "tests/sim/client.h"
#include "tests/sim/stage.h"

namespace hark::sim {

/// One logical subscriber of one topic: a stream at a time, resumed by the rules of a real SDK.
class Subscriber final : public Caller {
 public:
  /// `like_go`: asks for its last again and ignores gaps, as the SDK of Go does; else as the one of
  /// JavaScript.
  Subscriber(Stage& stage, std::uint32_t topic, bool like_go)
      : stage_(stage), reader_(stage.next_reader()), topic_(topic), like_go_(like_go) {}

  /// Subscribes where it was, or fresh the first time.
  void subscribe(Client& client);
  /// Subscribes from anywhere, as a subscriber of its own.
  void probe(Client& client, Slot wish);
  void cancel();
  /// Stops reading this stream (by its window); a client that is stalled counts as slow, too.
  void stall();
  void resume();
  void note_slow(bool begins);

  bool open() const { return call_ != 0; }
  bool ready() const { return open() && ready_; }
  bool stalled() const { return stalled_; }
  std::uint32_t topic() const { return topic_; }
  Client* client() { return client_; }

  void on_message(std::string_view message) override;
  void on_end(const CallEnd& end) override;

 private:
  void begin(Client& client, Slot wish, int again);

  Stage& stage_;
  std::uint32_t reader_, topic_;
  bool like_go_;
  Client* client_ = nullptr;
  GrpcClient::CallId call_ = 0;
  std::uint32_t stream_ = 0;
  int slow_ = 0;
  bool ready_ = false, stalled_ = false, knows_ = false;
  Slot last_;  // the last that the SDK remembers
};

}  // namespace hark::sim
