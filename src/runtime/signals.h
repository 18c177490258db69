#pragma once

#include <optional>

#include "base/instant.h"
#include "model/error.h"
#include "runtime/fd.h"

namespace hark::runtime {

/// What a signal asks of the process.
enum class SignalRequest {
  stop,    ///< SIGTERM, SIGINT: drain; a second one: stop at once
  reload,  ///< SIGHUP: read settings and certificates again
};

/// Signals as something to wait for instead of interruptions. SIGTERM, SIGINT and SIGHUP are blocked
/// in all threads and read here; SIGPIPE and SIGXFSZ are ignored. Core: the main thread.
class Signals {
 public:
  /// Call first in main(): threads inherit the mask of the thread that starts them.
  static Result<Signals> block();

  /// The next request; none when `timeout` (Duration::max(): for ever) has passed.
  std::optional<SignalRequest> wait(Duration timeout);

  int fd() const { return signals_.get(); }  ///< readable when wait() would not wait

 private:
  explicit Signals(Fd signals) : signals_(std::move(signals)) {}
  Fd signals_;
};

}  // namespace hark::runtime
