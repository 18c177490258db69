#include "server/serve.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/log.h"
#include "runtime/clock.h"
#include "runtime/resources.h"
#include "server/exit_codes.h"
#include "server/restart.h"
#include "server/version.h"

namespace hark::server {
namespace {

int refuse(int exit_code, std::string_view why) {
  std::fprintf(stderr, "hark: %.*s\n", static_cast<int>(why.size()), why.data());
  return exit_code;
}

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

}  // namespace

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
  watch.serve(*store, pages, [] { log_info("SIGHUP: there is nothing to reload yet"); });
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

std::string default_data_dir() {
  // Read once, before any thread runs.
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state) return std::string(state) + "/hark";
  if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.local/state/hark";
  return "hark-data";
}

}  // namespace hark::server
