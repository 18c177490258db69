#pragma once

#include <deque>

#include "tests/sim/client.h"
#include "tests/sim/stage.h"

namespace hark::sim {

/// A publisher: messages that name themselves, several under way on one connection.
class Publisher {
 public:
  Publisher(Stage& stage, Random random) : stage_(stage), random_(random) {}

  void use(Client& client) { client_ = &client; }
  Client* client() { return client_; }
  bool usable() const { return client_ && client_->usable(); }
  void publish(std::uint32_t topic);
  std::size_t under_way() const { return under_way_; }

 private:
  class Call final : public Caller {
   public:
    Call(Publisher& publisher, std::uint32_t id, std::uint32_t topic)
        : publisher_(publisher), id_(id), topic_(topic) {}
    void on_written() override { publisher_.stage_.note({.kind = Kind::publish_written, .id = id_}); }
    void on_message(std::string_view) override {}
    void on_end(const CallEnd& end) override;

   private:
    Publisher& publisher_;
    std::uint32_t id_, topic_;
  };

  Stage& stage_;
  Random random_;
  Client* client_ = nullptr;
  std::deque<Call> calls_;
  std::size_t under_way_ = 0;
};

}  // namespace hark::sim
