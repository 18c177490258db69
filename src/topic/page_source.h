#pragma once

#include "model/position.h"

namespace hark::topic {

/// The process's counter of sequence pages. A topic takes current() when it begins.
class PageSource {
 public:
  virtual ~PageSource() = default;
  virtual SequencePage current() const = 0;
  /// Makes current() greater than `page`: called when a topic of that page is forgotten for good, so
  /// that its next life has a greater page. False, and nothing changed, while no page that is reserved
  /// on the disk is left: then what was to be forgotten must be remembered.
  [[nodiscard]] virtual bool step_past(SequencePage page) = 0;
};

}  // namespace hark::topic
