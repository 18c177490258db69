#pragma once

#include <optional>
#include <string>

#include "hark/client/message.h"
#include "hark/client/subscription.h"

namespace hark::client {

/// How far one subscription has come: what to ask for when it (re)connects, and what each word of the
/// server means for the user. Pure; one thread.
class Place {
 public:
  explicit Place(Start start);

  /// What the next Subscribe asks for: either a position, or `start` (the value of `hark-start`).
  struct Request {
    std::uint64_t number = 0;
    std::uint64_t page = 0;
    std::string start;
  };
  Request request() const;

  /// The server's word, before the first message, on where it begins: behind `slot`.
  void begin_behind(Slot slot);

  /// What to give the user for a message at `slot`: nothing when it was given before (a server may send
  /// the last one again), else the message, after a discontinuity if the server has told of none.
  struct Verdict {
    bool give = false;
    std::optional<Discontinuity> before;
  };
  Verdict on_item(Slot slot);

  /// The server's discontinuity in the user's words: it goes on behind number `missed_to` of `page`.
  Discontinuity on_discontinuity(std::uint64_t missed_to, std::uint64_t page);

  /// The last slot given or told as missed; page 0: none yet.
  Slot last() const { return known_ ? last_ : Slot{}; }

 private:
  bool is_known_page(std::uint64_t page) const { return known_ && last_.page == page; }

  Start start_;
  bool known_ = false;  // last_ is a slot that the server has named, or the caller with its page
  Slot last_;           // before that: the claim of Start::from, with page 0
};

}  // namespace hark::client
