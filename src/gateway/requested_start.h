#pragma once

#include <string_view>

#include "model/error.h"
#include "topic/resume.h"

namespace hark::gateway {

/// Reads `start` as clients of every transport say it: `new` (only what comes), `latest` (the newest message
/// first), N (from that number of the current page on) or `last:N` (the newest N first). It changes what it
/// speaks of in `resume`. invalid_argument for anything else.
Result<void> read_requested_start(std::string_view text, topic::ResumeRequest& resume);

}  // namespace hark::gateway
