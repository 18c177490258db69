#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "fabric/parcel.h"
#include "topic/page_source.h"

namespace hark::fabric {

/// What stays of topics that were forgotten: 48 bytes each, so that their numbers continue.
///
/// Bounded: at `count_max` the oldest record goes, and the page counter steps past its page, so
/// that the topic's next life has a greater one; while no page is left for that (the disk fails), the
/// record stays, and whoever fills this has to stop (over_full). Core: the owner's.
class ForgottenTopics {
 public:
  ForgottenTopics(std::size_t count_max, topic::PageSource& pages)
      : count_max_(count_max), pages_(pages) {}

  void remember(const ForgottenTopic& topic);
  /// Takes the record of the topic out, if there is one.
  std::optional<ForgottenTopic> recall(std::uint64_t path_hash);
  /// Takes out all that `select(path_hash)` wants.
  template <typename F>
  std::vector<ForgottenTopic> take_if(F&& select) {
    std::vector<ForgottenTopic> taken;
    for (const auto& [hash, record] : records_)
      if (select(hash)) taken.push_back(record);
    for (const ForgottenTopic& record : taken) records_.erase(record.path_hash);
    return taken;
  }
  std::size_t size() const { return records_.size(); }
  /// Whether the bound is passed, since no page was left to step to. remember() mends it later.
  bool over_full() const { return records_.size() > count_max_; }

 private:
  struct Hash {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t path_hash) const { return path_hash; }
  };
  std::size_t count_max_;
  topic::PageSource& pages_;
  boost::unordered_flat_map<std::uint64_t, ForgottenTopic, Hash> records_;
  std::deque<std::uint64_t> order_;  // may name records that are gone; never more than 2 * count_max_
};

}  // namespace hark::fabric
