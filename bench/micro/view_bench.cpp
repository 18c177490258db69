// What a caught-up reader costs the gateway's view a message, without any connection: the message is
// taken in, readers are woken, each pulls one slice and waits again.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "gateway/framed_log.h"
#include "gateway/subscription.h"
#include "gateway/topic_view.h"
#include "protocol/grpc/pubsub_codec.h"

namespace hark::gateway {
namespace {

class Form final : public WireForm {
 public:
  std::size_t message_bytes(const Message& message) const override {
    return protocol::grpc::item_frame_size(message);
  }
  void encode_message(const Message& message, std::byte* out) const override {
    protocol::grpc::encode_item_frame(message, out);
  }
  void encode_discontinuity(const Discontinuity& discontinuity, ByteSink& out) const override {
    protocol::grpc::encode_discontinuity_frame(discontinuity, out);
  }
  ByteSpan heartbeat() const override { return protocol::grpc::heartbeat_frame(); }
};

class Reader final : public Subscriber {
 public:
  Reader(const WireForm& form, FramedCache& cache) : subscription(form, *this, {}, cache) {}
  void on_ready() override { pull(); }
  void on_work() override { pull(); }
  void on_end(EndReason /*reason*/) override {}
  void on_pinning(bool /*pinning*/) override {}
  void pull() {
    Slices out;
    benchmark::DoNotOptimize(subscription.pull(std::size_t{64} << 10, out));
    benchmark::DoNotOptimize(out);
  }
  Subscription subscription;
};

// One item: one reader's share of one new message.
void deliver_to_caught_up(benchmark::State& state) {
  const auto payload = SharedBytes::copy_of(std::string(128, 'x'));
  const Form form;
  PinnedBytes pinned;
  FramedCache::Counters cache_counters;
  FramedCache cache(std::size_t{64} << 20, pinned, cache_counters);
  ViewCounters counters;
  TopicView view(TopicPath("default", "bench"), cache, counters);
  const auto request = view.begin_registration({}, 1);
  const SequencePage page(1);
  benchmark::DoNotOptimize(
      view.on_registered({{}, request.epoch, {}, page, SequenceNumber(1), SequenceNumber(1), {}}));
  std::vector<std::unique_ptr<Reader>> readers;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    readers.push_back(std::make_unique<Reader>(form, cache));
    benchmark::DoNotOptimize(view.add(readers.back()->subscription));
  }
  constexpr std::uint64_t kept = 1000;
  for (SequenceNumber n(1); state.KeepRunning(); ++n) {
    fabric::Delivery delivery{{}, request.epoch, page, {}, {}};
    delivery.oldest = n > SequenceNumber(kept) ? n - kept : SequenceNumber(1);
    delivery.messages.push_back(Message::create({page, n}, {PayloadKind::binary, payload, {}}, {}));
    view.on_delivery(std::move(delivery));
    while (view.wake(64)) {}
    cache.clear_retired();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(deliver_to_caught_up)->Arg(1)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace hark::gateway
