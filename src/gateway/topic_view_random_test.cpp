// Random lives of one view, with readers of two forms that hold it to the contract.
#include <gtest/gtest.h>

#include <random>

#include "gateway/model_reader_for_test.h"

namespace hark::gateway {
namespace {

using test::ModelReader;
using test::TestForm;
using test::ViewWorld;
using Pulled = Subscription::Pulled;

struct Shape {
  const char* name;
  std::size_t cache_bytes;
  std::size_t size_max;   // of a payload
  std::size_t pull_max;   // bytes
  std::size_t steps;
  bool pulls_when_woken;  // or later
};

class RandomLife {
 public:
  RandomLife(std::uint64_t seed, const Shape& shape)
      : random_(seed), shape_(shape), world_(shape.cache_bytes) {}

  void run() {
    world_.register_now();
    for (std::size_t step = 0; step < shape_.steps && !::testing::Test::HasFailure(); ++step) act();
    settle();
  }

 private:
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : random_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  void act() {
    const auto what = below(100);
    if (what < 8) return join();
    if (what < 11) return leave();
    if (what < 30) return publish();
    if (what < 45) return deliver();
    if (what < 49) return register_anew();
    if (what < 54) return with_reader([](ModelReader& reader) { reader.ask_heartbeat(); });
    if (what < 60) return check_woken(world_.view.wake(1 + below(3)));
    if (what < 62) return clear_retired();
    if (what < 63) return world_.cache.drop_unused();
    with_reader([&](ModelReader& reader) { pull(reader); });
  }

  void join() {
    if (readers_.size() >= 12) return leave();
    const TestForm& form = one_in(2) ? static_cast<const TestForm&>(world_.toy) : world_.grpc;
    const auto head = world_.owner.next().value();
    const auto page = world_.owner.page.value();
    topic::ResumeRequest request{SequenceNumber(0), SequencePage(0), below(5)};
    if (!one_in(4)) {
      request.number = SequenceNumber(one_in(6) ? head + below(5) : 1 + below(head));
      request.page = SequencePage(one_in(5) ? page - 1 + below(3) : one_in(5) ? 0 : page);
    }
    readers_.push_back(std::make_unique<ModelReader>(world_, form, request));
    ModelReader& reader = *readers_.back();
    if (shape_.pulls_when_woken) {
      reader.when_ready = reader.when_work = [this, &reader] { pull(reader); };
    }
    if (!reader.join()) return;
    asked_.reset();
    register_anew();
  }

  void leave() {
    if (readers_.empty()) return;
    const auto which = readers_.begin() + static_cast<std::ptrdiff_t>(below(readers_.size()));
    (*which)->check_borrowed();
    readers_.erase(which);
  }

  template <typename F>
  void with_reader(F act_on) {
    if (!readers_.empty()) act_on(*readers_[below(readers_.size())]);
  }

  void pull(ModelReader& reader) {
    if (!reader.ready()) return;
    const std::size_t bytes_max = 1 + (one_in(3) ? below(20) : below(shape_.pull_max));
    // A session may pull again and again, or later.
    while (reader.pull(bytes_max) == Pulled::more && !one_in(3)) {}
  }

  void publish() {
    for (std::size_t count = 1 + (one_in(10) ? below(20) : 0); count > 0; --count)
      world_.owner.publish(one_in(6) ? below(shape_.size_max) : below(100));
    if (one_in(3)) world_.owner.trim(below(world_.owner.log.size() / 2));
    if (one_in(25)) world_.owner.trim(world_.owner.log.size());
  }

  /// What the owner has, or a part of it, or only its oldest number; nothing while it is asked anew.
  void deliver() {
    if (!world_.view.live()) return;
    note_holes();
    const bool wakes = world_.view.on_delivery(world_.owner.deliver(world_.view, below(8)));
    bool sleepers = false;
    for (const auto& reader : readers_) sleepers |= reader->waits() && !reader->at_head();
    EXPECT_EQ(wakes, sleepers);
    if (one_in(2)) check_woken(world_.view.wake(100));
  }

  void note_holes() {
    const topic::Buffer buffer = world_.view.buffer();
    if (world_.owner.oldest <= buffer.head.next()) return;
    for (const auto& reader : readers_) reader->view_lost_messages();
  }

  /// In two steps: what is asked for is answered some time later, perhaps by another owner.
  void register_anew() {
    if (!asked_) {
      asked_ = world_.view.begin_registration({}, 1);
      return;
    }
    if (one_in(3)) world_.owner.new_page(1 + below(2));
    if (one_in(2)) publish();
    note_holes();
    const bool again = world_.view.on_registered(world_.owner.answer(*asked_));
    asked_.reset();
    if (again) register_anew();
    if (one_in(2)) check_woken(world_.view.wake(100));
  }

  void check_woken(bool some_left) {
    if (some_left) return;
    for (const auto& reader : readers_) EXPECT_TRUE(!reader->waits() || reader->at_head()) << "a lost wake";
  }

  void clear_retired() {
    for (const auto& reader : readers_) reader->check_borrowed();
    world_.cache.clear_retired();
  }

  /// Everybody gets everything; then nothing is pinned.
  void settle() {
    if (asked_) register_anew();
    if (asked_) register_anew();
    for (int i = 0; i < 2; ++i) {
      note_holes();
      world_.deliver_now();
      for (const auto& reader : readers_) {
        EXPECT_TRUE(reader->ready());
        EXPECT_EQ(reader->drain(1 + below(shape_.pull_max)), Pulled::wait);
      }
      world_.owner.publish(10);  // for those that had nothing but a notice
    }
    for (const auto& reader : readers_) EXPECT_FALSE(reader->pinning());
    clear_retired();
    EXPECT_EQ(world_.pinned.bytes.value(), 0u);
    const std::size_t half = readers_.size() / 2;
    for (std::size_t i = 0; i < half; ++i) pull(*readers_[i]);
    world_.view.end_all(EndReason::draining);
    for (const auto& reader : readers_) EXPECT_EQ(reader->drain(), Pulled::end);
    clear_retired();
    EXPECT_EQ(world_.pinned.bytes.value(), 0u);
  }

  std::mt19937_64 random_;
  const Shape& shape_;
  ViewWorld world_;
  std::vector<std::unique_ptr<ModelReader>> readers_;
  std::optional<fabric::Register> asked_;
};

class TopicViewLife : public ::testing::TestWithParam<Shape> {};

TEST_P(TopicViewLife, KeepsTheContract) {
  for (int life = 0; life < 20 && !HasFailure(); ++life) {
    const char* const given = std::getenv("HARK_TEST_SEED");
    const std::uint64_t seed = given ? std::stoull(given) : std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomLife(seed, GetParam()).run();
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, TopicViewLife,
                         ::testing::Values(Shape{"small", std::size_t{1} << 20, 200, 300, 1000, false},
                                           Shape{"small_at_once", std::size_t{1} << 20, 200, 300, 1000, true},
                                           Shape{"no_cache", 1, 200, 2000, 1000, false},
                                           Shape{"large", std::size_t{1} << 20, 60'000, 40'000, 300, false},
                                           Shape{"large_little_cache", 30'000, 60'000, 200'000, 300, true}),
                         [](const auto& param_info) { return std::string(param_info.param.name); });

}  // namespace
}  // namespace hark::gateway
