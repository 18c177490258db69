#pragma once

#include <optional>

#include "model/position.h"

namespace hark::topic {

/// What is kept of a topic: the current page, the oldest number kept, and the head (the newest
/// committed number; 0 before the first). oldest == head + 1 when nothing is kept.
struct Buffer {
  SequencePage page;
  SequenceNumber oldest;
  SequenceNumber head;
};

/// Where a subscriber wants to begin.
struct ResumeRequest {
  SequenceNumber number;             ///< the first one wanted; 0: a fresh subscription
  SequencePage page;                 ///< the page it belongs to; 0: whichever is current
  std::uint64_t fresh_messages = 1;  ///< a fresh subscription begins with this many of the newest
};

/// What the subscriber is owed first.
struct ResumePlan {
  std::optional<Discontinuity> notice;
  SequenceNumber first;  ///< the first number that follows; head + 1 is "live"
};

/// The rules of resuming, one for all transports (delivery contract, C8). Pure.
ResumePlan plan_resume(const Buffer& buffer, const ResumeRequest& request);

}  // namespace hark::topic
