#include "server/restart.h"

#include <cstdlib>
#include <thread>

#include "base/log.h"
#include "runtime/clock.h"
#include "server/exit_codes.h"

namespace hark::server {
namespace {

/// A writer looks at the time between topics; this is for the one write that is under way then.
constexpr Duration write_grace = 200ms;

}  // namespace

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
  const auto topics = files.consume(manifest, first_page, runtime::epoch_milliseconds(),
                                    [&](std::uint64_t path_hash) -> fabric::TopicTable& {
                                      return server.core(state.owners->owner_of(path_hash)).owner().table();
                                    });
  if (!topics) return Failure{topics.error()};
  log_info("{} topics continue", *topics);
  return {};
}

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
    const Watch::Awaited awaited = watch.await(*flags[core], end + write_grace);
    if (awaited == Watch::Awaited::stopped) std::_Exit(1);
    if (awaited == Watch::Awaited::late) {
      log_error("the disk of the data directory does not answer: topics are not kept, they begin anew");
      std::_Exit(exit_io);
    }
    threads[core].join();
  }
  const fabric::ClusterState& state = *server.core(0).control().state();
  ExportManifest manifest{state.namespaces, state.last_namespace_id, runtime::epoch_milliseconds(), {}};
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

}  // namespace hark::server
