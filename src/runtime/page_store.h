#pragma once

#include <cstdint>

#include "model/position.h"
#include "runtime/data_directory.h"

namespace hark::runtime {

/// The high-water mark of sequence pages, kept on disk so that pages only grow, also when the process
/// is killed and the clock steps back meanwhile.
///
/// Every page up to last() may have been given out, as far as the next start knows. The mark is on
/// the disk before a page below it is used. Blocks on the disk: not for a core.
class PageStore {
 public:
  static constexpr std::uint64_t reserved_at_once = 1'000'000;

  /// Reads the mark and reserves pages from max(epoch_milliseconds, mark + 1) on. Fails when the file
  /// is damaged or cannot be written, with what to do. `directory` is borrowed.
  static Result<PageStore> open(const DataDirectory& directory, std::uint64_t epoch_milliseconds);

  SequencePage first() const { return first_; }  ///< the first page of this process
  SequencePage last() const { return last_; }    ///< the last one reserved

  /// Reserves as many again; last() rises only on success. Fails near 2^53, the end of pages.
  Result<void> reserve_more();

 private:
  PageStore(const DataDirectory& directory, SequencePage first)
      : directory_(&directory), first_(first), last_(first.previous()) {}
  Result<void> reserve_to(SequencePage last);

  const DataDirectory* directory_;
  SequencePage first_, last_;
};

}  // namespace hark::runtime
