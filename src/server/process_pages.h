#pragma once

#include "runtime/atomic_pages.h"
#include "topic/page_source.h"

namespace hark::server {

/// The process's pages as topics see them.
class ProcessPages final : public topic::PageSource {
 public:
  explicit ProcessPages(runtime::AtomicPages& pages) : pages_(pages) {}
  SequencePage current() const override { return pages_.current(); }
  [[nodiscard]] bool step_past(SequencePage page) override { return pages_.step_past(page); }

 private:
  runtime::AtomicPages& pages_;
};

}  // namespace hark::server
