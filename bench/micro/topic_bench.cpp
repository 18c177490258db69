// What the owner does for one publish: number it, commit it, keep the ring within its limits.
#include <benchmark/benchmark.h>

#include <string>

#include "topic/topic.h"

namespace hark::topic {
namespace {

void accept_commit_trim(benchmark::State& state) {
  const auto payload = SharedBytes::copy_of(std::string(128, 'x'));
  const ReplayLimits limits{.messages_max = static_cast<std::size_t>(state.range(0)),
                            .bytes_max = std::size_t{64} << 20,
                            .age_max = std::chrono::minutes(10)};
  const Instant now{};
  Topic topic(TopicPath("default", "bench"), SequencePage(1));
  for (auto _ : state) {
    const MessageRef message = topic.accept({PayloadKind::binary, payload, {}}, now);
    topic.commit(message->number());
    topic.trim_to(topic.oldest_within(limits, now));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(accept_commit_trim)->Arg(4)->Arg(10'000);

}  // namespace
}  // namespace hark::topic
