#include "model/position.h"

#include "base/check.h"

namespace hark {

const char* to_string(DiscontinuityReason reason) {
  switch (reason) {
    case DiscontinuityReason::expired: return "expired";
    case DiscontinuityReason::slow_consumer: return "slow_consumer";
    case DiscontinuityReason::page_changed: return "page_changed";
    case DiscontinuityReason::position_ahead: return "position_ahead";
  }
  HARK_UNREACHABLE();
}

}  // namespace hark
