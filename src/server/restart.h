#pragma once

#include <optional>

#include "server/restart_files.h"
#include "server/watch.h"

namespace hark::server {

// How topics outlive an orderly restart: from the cores that stopped to the files, and from there to new
// ones.

/// What the cores of a process begin with: what the last one left, or nothing but the namespace `default`.
fabric::ClusterStateRef state_of(const std::optional<ExportManifest>& manifest, std::size_t cores);

/// Gives each core of a server that was not started the topics it owns. `first_page`: of this process.
Result<void> import_topics(const RestartFiles& files, const ExportManifest& manifest, SequencePage first_page,
                           Server& server, const fabric::ClusterState& state);

/// Writes the topics of a server that was halted, each core's in a thread, until `end` at the latest. A
/// second signal ends the process, and so does a disk that hangs beyond `end` (exit_io): nobody waits for it.
void export_topics(const RestartFiles& files, Server& server, std::size_t cores, Watch& watch,
                   runtime::Wake& wake, Instant end);

}  // namespace hark::server
