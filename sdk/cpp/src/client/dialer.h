#pragma once

#include <sys/socket.h>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/instant.h"
#include "client/address.h"
#include "client/transport.h"
#include "runtime/fd.h"
#include "runtime/wake.h"

namespace hark::client {

/// One attempt to connect: looks the name up, tries its addresses in turn.
///
/// A name is looked up by a thread of its own, since the system's call blocks for as long as it likes; it is
/// left to itself when the attempt is given up. The client's thread owns this.
class Dialer {
 public:
  /// `wake` is notified when the name was looked up. Until `deadline`.
  Dialer(const Address& address, std::shared_ptr<runtime::Wake> wake, Instant now, Instant deadline);

  /// What to poll for writing; -1: nothing.
  int descriptor() const { return socket_.get(); }
  Instant deadline() const { return socket_ ? attempt_deadline_ : deadline_; }

  enum class State : std::uint8_t { busy, connected, failed };
  State advance(Instant now);
  /// After `connected`, once.
  std::unique_ptr<Transport> take();
  /// After `failed`: "cannot connect to HOST:PORT: ...".
  std::string why() const;

 private:
  struct Target {
    sockaddr_storage address;
    socklen_t size;
  };
  /// What the thread that looks up shares with this.
  struct LookUp {
    std::mutex mutex;
    bool done = false;
    std::string error;
    std::vector<Target> targets;
  };

  static void look_up(const Address& address, int flags, LookUp& result);
  bool begin_next(Instant now);
  State fail(std::string why);

  Address address_;
  Instant deadline_, attempt_deadline_{};
  std::shared_ptr<LookUp> look_up_;
  std::optional<std::vector<Target>> targets_;  // once looked up
  std::size_t next_ = 0;                        // of targets_
  runtime::Fd socket_;
  std::string why_;
};

}  // namespace hark::client
