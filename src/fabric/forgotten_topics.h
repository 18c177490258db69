#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "fabric/parcel.h"
#include "topic/page_source.h"

namespace hark::fabric {

/// What stays of topics that were forgotten: about 64 bytes each, so that their numbers continue.
///
/// Bounded: at `count_max` the oldest record goes, and the page counter steps past its page, so
/// that the topic's next life has a greater one; while no page is left for that (the disk fails), the
/// record stays, and whoever fills this has to stop (over_full). Core: the owner's.
class ForgottenTopics {
 public:
  ForgottenTopics(std::size_t count_max, topic::PageSource& pages) : count_max_(count_max), pages_(pages) {}

  /// Keeps `topic` as the newest record, in place of an older one of the same topic.
  void remember(const ForgottenTopic& topic);
  /// Takes the record of the topic out, if there is one.
  std::optional<ForgottenTopic> recall(std::uint64_t path_hash);
  /// Takes out all that `select(path_hash)` wants.
  template <typename F>
  std::vector<ForgottenTopic> take_if(F&& select) {
    std::vector<ForgottenTopic> taken;
    for (const auto& [hash, record] : records_)
      if (select(hash)) taken.push_back(named(hash, record));
    for (const ForgottenTopic& topic : taken) records_.erase(topic.path_hash);
    return taken;
  }
  /// Drops the oldest above the bound, as far as there are pages. remember() does so by itself.
  void shrink();
  std::size_t size() const { return records_.size(); }
  /// Whether the bound is passed, since no page was left to step to. shrink() may mend it later.
  bool over_full() const { return records_.size() > count_max_; }

 private:
  struct Record {
    std::uint64_t namespace_id;
    SequencePage page;
    SequenceNumber next;
    std::uint64_t serial;  ///< of the entry of order_ that stands for it
  };
  struct Entry {
    std::uint64_t path_hash, serial;
  };
  struct Hash {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t path_hash) const { return path_hash; }
  };
  static ForgottenTopic named(std::uint64_t path_hash, const Record& record) {
    return {path_hash, record.namespace_id, record.page, record.next};
  }
  bool is_current(const Entry& entry) const;

  std::size_t count_max_;
  topic::PageSource& pages_;
  boost::unordered_flat_map<std::uint64_t, Record, Hash> records_;
  std::deque<Entry> order_;  // oldest first; some stand for no record any more, at most half and a few
  std::uint64_t next_serial_ = 0;
};

}  // namespace hark::fabric
