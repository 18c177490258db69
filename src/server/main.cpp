#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/log.h"
#include "runtime/clock.h"
#include "runtime/page_store.h"
#include "runtime/resources.h"
#include "runtime/signals.h"
#include "server/options.h"
#include "server/server.h"
#include "server/version.h"

namespace hark::server {
namespace {

int refuse(int exit_code, std::string_view why) {
  std::fprintf(stderr, "hark: %.*s\n", static_cast<int>(why.size()), why.data());
  return exit_code;
}

/// The main thread while the cores serve: signals, and the disk that no core may wait for.
class Watch {
 public:
  Watch(runtime::Signals& signals, runtime::Wake& wake, runtime::Poller& poller)
      : signals_(signals), wake_(wake), poller_(poller) {
    HARK_CHECK(poller_.add(wake_.fd(), wake_).has_value());
    HARK_CHECK(poller_.add_level(signals_.fd(), listener_).has_value());
  }

  /// Until a stop is asked for.
  void serve(runtime::PageStore& store, runtime::AtomicPages& pages) {
    while (true) {
      const bool retry = pages_low(store, pages);
      const auto request = next(retry ? Duration(1s) : Duration::max());
      if (request == runtime::SignalRequest::stop) return;
      if (request == runtime::SignalRequest::reload) log_info("SIGHUP: there is nothing to reload yet");
    }
  }

  /// Until the server has drained, `within` has passed, or a second stop is asked for (false).
  bool drain(Server& server, Duration within) {
    const Instant end = runtime::now() + within;
    server.drain();
    while (!server.drained()) {
      const Duration left = end - runtime::now();
      if (left <= Duration{0}) break;
      if (next(left) == runtime::SignalRequest::stop) return false;
    }
    return true;
  }

 private:
  struct Quiet : runtime::EventHandler {
    void on_events(runtime::Events) override {}
  };

  std::optional<runtime::SignalRequest> next(Duration timeout) {
    wake_.prepare_to_sleep();
    poller_.wait(timeout);
    wake_.awake();
    return signals_.wait(Duration{0});
  }

  /// Reserves more pages when few are left. True: that failed, try again soon.
  bool pages_low(runtime::PageStore& store, runtime::AtomicPages& pages) {
    if (!pages.low()) return false;
    if (auto reserved = store.reserve_more(); !reserved) {
      log_error("cannot reserve sequence pages: {}", reserved.error().context);
      pages.ask_again();
      return true;
    }
    pages.extend(store.last());
    return false;
  }

  runtime::Signals& signals_;
  runtime::Wake& wake_;
  runtime::Poller& poller_;
  Quiet listener_;
};

Result<runtime::Endpoint> listen_endpoint(const ServeOptions& options) {
  auto endpoint = runtime::Endpoint::parse(options.listen);
  if (!endpoint) return fail(ErrorCode::invalid_argument, "--listen " + endpoint.error().context);
  if (!endpoint->is_loopback())
    return fail(ErrorCode::invalid_argument,
                "--listen " + options.listen + ": --dev has no authentication, so it listens on loopback "
                "only; write 127.0.0.1:" + std::to_string(endpoint->port()));
  return endpoint;
}

void greet(const Server& server, const ServeOptions& options, std::size_t cores) {
  log_info("hark {}: {} cores, data in {}, up to {} connections", version, cores, escaped(options.data_dir),
           server.connections_max());
  log_warn("--dev: no authentication, tokens are neither needed nor looked at; loopback only");
  log_info("listening on {}", server.local().to_string());
}

int serve(ServeOptions options) {
  if (!options.dev)
    return refuse(exit_config, "there is no authentication yet, so hark serves only with --dev "
                               "(loopback only): hark serve --dev");
  const auto endpoint = listen_endpoint(options);
  if (!endpoint) return refuse(exit_config, endpoint.error().context);
  auto signals = runtime::Signals::block();
  auto wake = runtime::Wake::open();
  auto poller = runtime::Poller::open();
  const auto descriptors = runtime::raise_descriptor_limit();
  if (!signals || !wake || !poller || !descriptors)
    return refuse(exit_unavailable, "the system refuses what hark needs (descriptors, signals)");

  if (options.data_dir.empty()) {
    options.data_dir = default_data_dir();
    std::error_code ignored;  // DataDirectory tells what is wrong
    std::filesystem::create_directories(std::filesystem::path(options.data_dir).parent_path(), ignored);
  }
  const auto directory = runtime::DataDirectory::open(options.data_dir);
  if (!directory) return refuse(exit_unavailable, directory.error().context);
  auto store = runtime::PageStore::open(**directory, runtime::epoch_milliseconds());
  if (!store) return refuse(exit_unavailable, store.error().context);
  runtime::AtomicPages pages(store->first(), store->last(), [&] { (*wake)->notify(); });

  const std::size_t cores = options.cores > 0 ? options.cores : std::min(runtime::cpu_count(), cores_max);
  auto server = Server::open({.listen = *endpoint,
                              .core_count = cores,
                              .limits = limits_for(runtime::memory_limit_bytes(), cores, *descriptors),
                              .pages = pages,
                              .main_wake = **wake});
  if (!server) return refuse(exit_unavailable, server.error().context);
  (*server)->start();
  greet(**server, options, cores);

  Watch watch(*signals, **wake, *poller);
  watch.serve(*store, pages);
  log_info("draining: streams end, nothing new is accepted; a second signal ends at once");
  if (!watch.drain(**server, Limits{}.drain_within)) {
    log_warn("second signal: ending at once");
    std::_Exit(1);
  }
  (*server)->stop();
  log_info("stopped");
  return 0;
}

}  // namespace
}  // namespace hark::server

int main(int argc, char** argv) {
  const auto parsed = hark::server::parse_command_line(argc, argv);
  if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;
  return hark::server::serve(std::get<hark::server::ServeOptions>(parsed));
}
