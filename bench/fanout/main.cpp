// The load of the fan-out benchmark: one publisher, many subscribers, one thread, against one
// system that already runs. Prints a line of JSON for each number of publishes outstanding.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/fanout/driver.h"
#include "bench/fanout/system.h"

namespace hark::bench {
namespace {

struct Options {
  std::string system;
  pid_t server = 0;
  Shape shape;
  std::vector<std::size_t> outstanding = {1, 16, 64, 256};
  double warm_up = 0.5;
  double seconds = 3;
};

constexpr double second = 1e9;
constexpr std::uint64_t readers_behind_max = 2'000;  // messages, on average; a replay buffer holds 10,000
constexpr std::uint64_t patience = 10'000'000'000U;

std::unique_ptr<Driver> make_driver(Loop& loop, Score& score, const Options& options) {
  if (options.system == "hark") return make_hark_driver(loop, score, options.shape);
  if (options.system == "events") return make_events_driver(loop, score, options.shape);
  if (options.system == "redis") return make_redis_driver(loop, score, options.shape);
  return make_floor_driver(loop, score, options.shape);
}

/// Turns the loop until `done()`, and dies when `progress()` stands still for too long.
template <typename Done, typename Progress, typename After>
void turn_until(Loop& loop, const char* what, Done done, Progress progress, After after) {
  auto seen = progress();
  auto seen_at = now_nanoseconds();
  while (!done()) {
    loop.turn(100);
    after();
    if (progress() != seen) {
      seen = progress();
      seen_at = now_nanoseconds();
    } else if (now_nanoseconds() - seen_at > patience) {
      die(fmt::format("nothing happens for 10 s while {}", what));
    }
  }
}

class Run {
 public:
  explicit Run(const Options& options)
      : options_(options), loop_(score_), driver_(make_driver(loop_, score_, options)) {
    turn_until(
        loop_, "subscribing", [&] { return score_.ready == options_.shape.subscribers; },
        [&] { return score_.ready; }, [] {});
  }

  void row(std::size_t outstanding) {
    load_for(options_.warm_up, outstanding);
    score_.latency.clear();
    score_.recording = true;
    const Mark begin = mark();
    load_for(options_.seconds, outstanding);
    const Mark end = mark();
    score_.recording = false;
    // Every subscriber must have every message before the row counts.
    turn_until(
        loop_, "draining",
        [&] {
          return score_.answered == score_.published &&
                 score_.delivered == score_.published * options_.shape.subscribers;
        },
        [&] { return score_.delivered + score_.answered; }, [] {});
    print_row(outstanding, begin, end);
  }

 private:
  struct Mark {
    std::uint64_t time, delivered, answered, reads;
    CpuTime server, client;
  };

  Mark mark() const {
    return {
        now_nanoseconds(),    score_.delivered, score_.answered, score_.reads, cpu_time_of(options_.server),
        cpu_time_of(getpid())};
  }

  void load_for(double seconds, std::size_t outstanding) {
    const auto end = now_nanoseconds() + static_cast<std::uint64_t>(seconds * second);
    const auto publish = [&] {
      // A publish is answered before it is delivered: where the load's core is full, its readers would fall
      // out of the replay buffer, and the row would measure discontinuities.
      const std::uint64_t behind = score_.published * options_.shape.subscribers - score_.delivered;
      if (behind > readers_behind_max * options_.shape.subscribers) return;
      if (score_.in_flight() < outstanding) driver_->publish(outstanding - score_.in_flight());
    };
    publish();
    turn_until(
        loop_, "publishing", [&] { return now_nanoseconds() >= end; }, [&] { return score_.delivered; },
        publish);
  }

  void print_row(std::size_t outstanding, const Mark& begin, const Mark& end) const {
    const auto difference = [&](auto member) { return static_cast<double>(end.*member - begin.*member); };
    const double time = difference(&Mark::time);
    const double delivered = std::max(1.0, difference(&Mark::delivered));
    const auto microseconds = [](double nanoseconds) { return nanoseconds / 1e3; };
    const auto latency = [&](double share) {
      return microseconds(static_cast<double>(score_.latency.percentile(share)));
    };
    const auto cpu = static_cast<double>(end.server.total - begin.server.total);
    const auto user = static_cast<double>(end.server.user - begin.server.user);
    const auto system = static_cast<double>(end.server.system - begin.server.system);
    const auto client = static_cast<double>(end.client.total - begin.client.total);
    fmt::print(R"({{"system":"{}","connections":{},"subscribers":{},"payload":{},"outstanding":{},)"
               R"("seconds":{:.3f},"deliveries":{:.0f},"deliveries_per_second":{:.0f},)"
               R"("publishes_per_second":{:.0f},"cpu_us_per_delivery":{:.4f},"system_share":{:.3f},)"
               R"("server_busy":{:.3f},"client_busy":{:.3f},"messages_per_read":{:.2f},)"
               R"("latency_us":{{"p50":{:.1f},"p90":{:.1f},"p99":{:.1f},"p99.9":{:.1f},"max":{:.1f}}}}})"
               "\n",
               options_.system, options_.shape.connections, options_.shape.subscribers,
               options_.shape.payload_size, outstanding, time / second, delivered, delivered / time * second,
               difference(&Mark::answered) / time * second, microseconds(cpu / delivered),
               system / std::max(1.0, user + system), cpu / time, client / time,
               delivered / std::max(1.0, difference(&Mark::reads)), latency(0.5), latency(0.9), latency(0.99),
               latency(0.999), latency(1));
    std::fflush(stdout);
  }

  const Options& options_;
  Score score_;
  Loop loop_;
  std::unique_ptr<Driver> driver_;
};

}  // namespace
}  // namespace hark::bench

int main(int argc, char** argv) {
  using namespace hark::bench;
  Options options;
  CLI::App app("The load of the fan-out benchmark");
  app.add_option("--system", options.system, "whose protocol to speak")
      ->required()
      ->check(CLI::IsMember({"hark", "events", "redis", "floor"}));
  app.add_option("--port", options.shape.port, "the server's port on 127.0.0.1")->required();
  app.add_option("--server-pid", options.server, "the process whose CPU time counts")->required();
  app.add_option("--connections", options.shape.connections)->check(CLI::PositiveNumber);
  app.add_option("--subscribers", options.shape.subscribers, "a multiple of the connections")
      ->check(CLI::PositiveNumber);
  app.add_option("--payload", options.shape.payload_size, "bytes")
      ->check(CLI::Range(std::size_t{stamp_size}, std::size_t{1} << 20));
  app.add_option("--topic", options.shape.topic, "one that nothing was published to");
  app.add_option("--outstanding", options.outstanding, "publishes outstanding, a row each")
      ->check(CLI::PositiveNumber);
  app.add_option("--warm-up", options.warm_up, "seconds before each row");
  app.add_option("--seconds", options.seconds, "of each row");
  CLI11_PARSE(app, argc, argv);

  raise_file_limit();
  if (options.shape.subscribers % options.shape.connections != 0) {
    die("--subscribers must be a multiple of --connections");
  }
  options.shape.outstanding_max = *std::max_element(options.outstanding.begin(), options.outstanding.end());
  Run run(options);
  for (const auto outstanding : options.outstanding) run.row(outstanding);
  return 0;
}
