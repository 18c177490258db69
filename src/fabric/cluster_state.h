#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "topic/owner_map.h"

namespace hark::fabric {

/// One namespace's settings.
struct NamespaceSettings {
  std::uint64_t id = 0;  ///< a namespace that is deleted and created again has another one
  bool begin_with_latest = true;  ///< Momento's forms: a fresh subscription begins with the newest message
};

/// Everything that control decides, as one immutable snapshot. Each core holds one; a change is a
/// new snapshot with the next version, and control waits until every core has carried it out.
struct ClusterState {
  std::uint64_t version = 0;
  std::map<std::string, NamespaceSettings, std::less<>> namespaces;
  std::uint64_t last_namespace_id = 1;  ///< the greatest that was ever given out: none is given out twice
  std::shared_ptr<const topic::OwnerMap> owners;

  const NamespaceSettings* find_namespace(std::string_view name) const {
    const auto found = namespaces.find(name);
    return found == namespaces.end() ? nullptr : &found->second;
  }
};

using ClusterStateRef = std::shared_ptr<const ClusterState>;

}  // namespace hark::fabric
