#include "server/serve.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/log.h"
#include "config/registry.h"
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

Result<runtime::Endpoint> listen_endpoint(const config::Settings& settings) {
  auto endpoint = runtime::Endpoint::parse(settings.listen);
  if (!endpoint) return fail(ErrorCode::invalid_argument, "listen: " + endpoint.error().context);
  if (!endpoint->is_loopback())
    return fail(ErrorCode::invalid_argument, "listen: " + settings.listen +
                                                 ": --dev has no authentication, so it listens on loopback "
                                                 "only; write 127.0.0.1:" +
                                                 std::to_string(endpoint->port()));
  return endpoint;
}

void greet(const Server& server, const config::Settings& settings, std::size_t cores) {
  log_info("hark {}: {} cores, data in {}, up to {} connections", version, cores, escaped(settings.data_dir),
           server.connections_max());
  log_warn("--dev: no authentication, tokens are neither needed nor looked at; loopback only");
  log_info("listening on {}", server.local().to_string());
}

/// Says what of a budget was set beyond what the machine gives, which may end the process for want of memory.
void warn_of_excess(const config::Loaded& loaded, const Limits& machine) {
  for (const config::Setting& setting : config::all_settings()) {
    const auto* const place = std::get_if<std::size_t Limits::*>(&setting.place);
    if (!setting.by_machine || !place || !loaded.where.contains(setting.key)) continue;
    if (loaded.settings.limits.*(*place) > machine.*(*place))
      log_warn("{} is {}: for this machine it would be {}", setting.key, setting.show(loaded.settings),
               machine.*(*place));
  }
}

/// Takes what SIGHUP may change, and says what waits for a new start.
void reload(config::Settings& running, const config::Loaded& loaded, Server& server) {
  if (!loaded.problems.empty()) {
    for (const std::string& problem : loaded.problems) log_error("SIGHUP: {}", problem);
    return log_error("SIGHUP: nothing was changed");
  }
  const config::Changes changes = config::changes_between(running, loaded.settings);
  for (const std::string& change : changes.taken) log_info("SIGHUP: {}", change);
  for (const std::string& change : changes.waiting) log_warn("SIGHUP: {} takes a new start", change);
  if (changes.taken.empty() && changes.waiting.empty()) log_info("SIGHUP: nothing has changed");
  running.log_level = loaded.settings.log_level;
  running.http = loaded.settings.http;
  set_log_level(running.log_level);
  server.reload(std::make_shared<const HttpSettings>(running.http));
}

}  // namespace

int serve(config::Loaded loaded, const std::function<config::Loaded()>& load_again) {
  const config::Settings as_said = loaded.settings;  // a reload compares with this
  config::Settings& settings = loaded.settings;
  set_log_level(settings.log_level);
  if (!settings.dev)
    return refuse(exit_config,
                  "there is no authentication yet, so hark serves only with --dev "
                  "(loopback only): hark serve --dev");
  const auto endpoint = listen_endpoint(settings);
  if (!endpoint) return refuse(exit_config, endpoint.error().context);
  auto signals = runtime::Signals::block();
  auto wake = runtime::Wake::open();
  auto poller = runtime::Poller::open();
  const auto descriptors = runtime::raise_descriptor_limit();
  if (!signals || !wake || !poller || !descriptors)
    return refuse(exit_unavailable, "the system refuses what hark needs (descriptors, signals)");

  if (settings.data_dir.empty()) {
    settings.data_dir = default_data_dir();
    std::error_code ignored;  // DataDirectory tells what is wrong
    std::filesystem::create_directories(std::filesystem::path(settings.data_dir).parent_path(), ignored);
  }
  const auto directory = runtime::DataDirectory::open(settings.data_dir);
  if (!directory) return refuse(exit_unavailable, directory.error().context);
  const RestartFiles files(**directory);
  if (auto key = files.use_hash_key(); !key) return refuse(exit_unavailable, key.error().context);
  auto store = runtime::PageStore::open(**directory, runtime::epoch_milliseconds());
  if (!store) return refuse(exit_unavailable, store.error().context);
  runtime::AtomicPages pages(store->first(), store->last(), [&] { (*wake)->notify(); });

  const std::size_t cores =
      settings.cores > 0 ? settings.cores : std::min(runtime::cpu_count(), config::cores_max);
  const MachineLimits machine = limits_for(runtime::memory_limit_bytes(), cores, *descriptors);
  warn_of_excess(loaded, machine.core);
  config::lower_to_machine(loaded, machine.core);
  const auto manifest = files.manifest();
  const auto state = state_of(manifest, cores);
  auto server = Server::open({.listen = *endpoint,
                              .core_count = cores,
                              .limits = {settings.limits, machine.connections_max},
                              .pages = pages,
                              .main_wake = **wake,
                              .state = state,
                              .http = std::make_shared<const HttpSettings>(settings.http)});
  if (!server) return refuse(exit_unavailable, server.error().context);
  if (manifest) {
    const auto imported = import_topics(files, *manifest, store->first(), **server, *state);
    if (!imported) return refuse(exit_unavailable, imported.error().context);
  }
  (*server)->start();
  greet(**server, settings, cores);

  Watch watch(*signals, **wake, *poller);
  config::Settings running = as_said;
  watch.serve(*store, pages, [&] { reload(running, load_again(), **server); });
  log_info("draining: streams end, nothing new is accepted; a second signal ends at once");
  const Instant end = runtime::now() + settings.limits.drain_within + 1500ms;
  if (!watch.drain(**server, settings.limits.drain_within)) {
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
