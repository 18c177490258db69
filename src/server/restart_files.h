#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "fabric/cluster_state.h"
#include "fabric/topic_table.h"
#include "runtime/data_directory.h"
#include "topic/topic_export.h"

namespace hark::server {

/// What makes an export valid: the namespaces, and how many records each part has.
struct ExportManifest {
  std::map<std::string, fabric::NamespaceSettings, std::less<>> namespaces;
  std::uint64_t last_namespace_id = 0;
  std::uint64_t epoch_milliseconds = 0;  ///< when it was made
  std::vector<std::uint64_t> part_records;
};

/// What a process leaves to the next one: a part of topics a core, and a manifest written last.
///
/// Without the manifest there is no export, so none is ever half. It is removed before the parts are
/// believed: an export continues topics once, else numbers would be given out twice. Blocks on the
/// disk; write_part may run for different cores at the same time. `directory` is borrowed.
class RestartFiles {
 public:
  explicit RestartFiles(const runtime::DataDirectory& directory) : directory_(directory) {}

  /// Sets the process's hash key to the one kept here, made at the first start. Before any TopicPath.
  Result<void> use_hash_key() const;

  /// Writes the topics of core `core`, whose thread has ended. Gives the number of records. Fails at `end`.
  Result<std::uint64_t> write_part(std::size_t core, fabric::TopicTable& table, Instant end) const;
  Result<void> complete(const ExportManifest& manifest) const;
  /// Removes what there is of an export.
  void discard(std::size_t parts) const;

  /// The manifest; none when there is none or when it is damaged, which is told and set aside.
  std::optional<ExportManifest> manifest() const;
  /// Gives each topic to `table_of(path hash)`, once: the export is gone afterwards. A damaged one is
  /// set aside and nothing of it is used. Pages of `first_page` and greater are foreign. Gives the
  /// number of topics. Messages are older by what the wall clock says has passed since the export
  /// (`epoch_milliseconds` now; nothing when it stepped back). Fails when the manifest cannot be removed:
  /// then hark must not serve.
  Result<std::size_t> consume(const ExportManifest& manifest, SequencePage first_page,
                              std::uint64_t epoch_milliseconds,
                              const std::function<fabric::TopicTable&(std::uint64_t)>& table_of) const;

 private:
  using Visit = std::function<void(topic::ExportRecord)>;
  Result<void> read_part(std::size_t part, std::uint64_t records, SequencePage first_page,
                         const Visit& visit) const;
  void set_aside(std::string_view name, std::string_view why) const;

  const runtime::DataDirectory& directory_;
};

}  // namespace hark::server
