#pragma once

#include <cstdint>
#include <vector>

namespace hark::topic {

using CoreId = std::uint16_t;

/// Who owns which topic: weighted rendezvous hashing over the cores, the same answer everywhere.
///
/// Changing one core's weight moves only topics to or from that core. Immutable; a change is a new
/// map with a greater version. Of equal scores the lower core wins.
class OwnerMap {
 public:
  /// `weights` by core; 0 takes a core out. Requires at least one above 0.
  OwnerMap(std::uint64_t version, std::vector<double> weights);

  std::uint64_t version() const { return version_; }
  std::size_t core_count() const { return weights_.size(); }
  /// The owner of the topic whose path has this hash. O(cores).
  CoreId owner_of(std::uint64_t path_hash) const;

 private:
  std::uint64_t version_;
  std::vector<double> weights_;
  bool equal_weights_;
};

}  // namespace hark::topic
