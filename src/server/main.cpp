#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/log.h"
#include "runtime/clock.h"
#include "runtime/done_flag.h"
#include "runtime/page_store.h"
#include "runtime/resources.h"
#include "runtime/signals.h"
#include "server/options.h"
#include "server/restart_files.h"
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

  /// Until `flag` is done or a second stop is asked for (false).
  bool await(const runtime::DoneFlag& flag) {
    while (!flag.done())
      if (next(100ms) == runtime::SignalRequest::stop) return false;
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
    return fail(ErrorCode::invalid_argument, "--listen " + options.listen +
                                                 ": --dev has no authentication, so it listens on loopback "
                                                 "only; write 127.0.0.1:" +
                                                 std::to_string(endpoint->port()));
  return endpoint;
}

void greet(const Server& server, const ServeOptions& options, std::size_t cores) {
  log_info("hark {}: {} cores, data in {}, up to {} connections", version, cores, escaped(options.data_dir),
           server.connections_max());
  log_warn("--dev: no authentication, tokens are neither needed nor looked at; loopback only");
  log_info("listening on {}", server.local().to_string());
}

fabric::ClusterStateRef state_of(const std::optional<ExportManifest>& manifest, std::size_t cores) {
  auto state = std::make_shared<fabric::ClusterState>(*control::ControlPlane::initial_state(cores));
  if (manifest) {
    state->namespaces = manifest->namespaces;
    state->last_namespace_id = manifest->last_namespace_id;
  }
  return state;
}

Result<void> import_topics(const RestartFiles& files, const ExportManifest& manifest, SequencePage first_page,
                           Server& server, const fabric::ClusterState& state) {
  const auto topics =
      files.consume(manifest, first_page, [&](std::uint64_t path_hash) -> fabric::TopicTable& {
        return server.core(state.owners->owner_of(path_hash)).owner().table();
      });
  if (!topics) return Failure{topics.error()};
  log_info("{} topics continue", *topics);
  return {};
}

/// Writes the topics of a server that was halted, each core's in a thread. A second signal ends the process.
void export_topics(const RestartFiles& files, Server& server, std::size_t cores, Watch& watch,
                   runtime::Wake& wake, Instant end) {
  std::vector<Result<std::uint64_t>> parts(cores, Result<std::uint64_t>(0));
  std::vector<std::unique_ptr<runtime::DoneFlag>> flags;
  std::vector<std::thread> threads;
  for (std::size_t core = 0; core < cores; ++core) {
    runtime::DoneFlag& flag = *flags.emplace_back(std::make_unique<runtime::DoneFlag>(wake));
    threads.emplace_back([&, core] {
      parts[core] = files.write_part(core, server.core(core).owner().table(), end);
      flag.report();
    });
  }
  for (std::size_t core = 0; core < cores; ++core) {
    if (!watch.await(*flags[core])) std::_Exit(1);
    threads[core].join();
  }
  const fabric::ClusterState& state = *server.core(0).control().state();
  ExportManifest manifest{state.namespaces, state.last_namespace_id, {}};
  Result<void> written;
  for (const auto& part : parts) {
    if (part)
      manifest.part_records.push_back(*part);
    else
      written = Failure{part.error()};
  }
  if (written) written = files.complete(manifest);
  if (written) return log_info("topics are written to the data directory");
  log_error("topics are not kept, they begin anew at the next start: {}", written.error().context);
  files.discard(cores);
}

int serve(ServeOptions options) {
  if (!options.dev)
    return refuse(exit_config,
                  "there is no authentication yet, so hark serves only with --dev "
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
  const RestartFiles files(**directory);
  if (auto key = files.use_hash_key(); !key) return refuse(exit_unavailable, key.error().context);
  auto store = runtime::PageStore::open(**directory, runtime::epoch_milliseconds());
  if (!store) return refuse(exit_unavailable, store.error().context);
  runtime::AtomicPages pages(store->first(), store->last(), [&] { (*wake)->notify(); });

  const std::size_t cores = options.cores > 0 ? options.cores : std::min(runtime::cpu_count(), cores_max);
  const auto manifest = files.manifest();
  const auto state = state_of(manifest, cores);
  auto server = Server::open({.listen = *endpoint,
                              .core_count = cores,
                              .limits = limits_for(runtime::memory_limit_bytes(), cores, *descriptors),
                              .pages = pages,
                              .main_wake = **wake,
                              .state = state});
  if (!server) return refuse(exit_unavailable, server.error().context);
  if (manifest) {
    const auto imported = import_topics(files, *manifest, store->first(), **server, *state);
    if (!imported) return refuse(exit_unavailable, imported.error().context);
  }
  (*server)->start();
  greet(**server, options, cores);

  Watch watch(*signals, **wake, *poller);
  watch.serve(*store, pages);
  log_info("draining: streams end, nothing new is accepted; a second signal ends at once");
  const Instant end = runtime::now() + Limits{}.drain_within + 1500ms;
  if (!watch.drain(**server, Limits{}.drain_within)) {
    log_warn("second signal: ending at once");
    std::_Exit(1);
  }
  (*server)->halt();
  export_topics(files, **server, cores, watch, **wake, end);
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
