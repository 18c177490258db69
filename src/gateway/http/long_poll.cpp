#include "gateway/http/long_poll.h"

#include <algorithm>

#include "gateway/http/wire_forms.h"

namespace hark::gateway::http {

LongPoll::LongPoll(SessionServices& services, Listener& listener, const StreamQuery& query)
    : TopicBody(services, listener, ElementForm::instance(), query),
      answer_at_(listener.now() + query.wait) {}

std::optional<Instant> LongPoll::due() const {
  if (stage_ != Stage::waiting) return std::nullopt;
  return answer_at_;
}

void LongPoll::on_ready() {
  if (subscription().has_item() || listener().now() >= answer_at_) return answer();
  stage_ = Stage::waiting;
  Slices none;
  HARK_CHECK(subscription().pull(1, none) == Pulled::wait && none.bytes() == 0);
  listener().on_body();  // there is something new to wait for
}

void LongPoll::on_work() {
  if (stage_ == Stage::waiting) return answer();
  listener().on_body();
}

void LongPoll::on_end(EndReason reason) {
  // An empty list tells a client that waits to come back; where the owner has not answered there is no
  // position to tell, and a topic that is gone has none.
  if (stage_ == Stage::asking || (stage_ == Stage::waiting && reason != EndReason::draining))
    return listener().on_refused(error_of(reason));
  on_work();
}

void LongPoll::answer() {
  stage_ = Stage::items;
  set_own("{\"items\":[");
  listener().on_begin();
}

LongPoll::Pulled LongPoll::pull(std::size_t bytes_max, Slices& out) {
  // What is our own is copied before anything else is given, so that each has all the room for slices.
  if (give_own(bytes_max, out) || out.bytes() > 0) return Pulled::more;
  if (stage_ == Stage::items) {
    pull_elements(bytes_max, out);
    if (stage_ == Stage::items || out.bytes() > 0) return Pulled::more;
  }
  if (stage_ == Stage::over) return Pulled::end;
  stage_ = Stage::over;
  set_own(tail());
  give_own(bytes_max, out);
  return Pulled::more;
}

/// What there is of the list; when that was all, on to the tail.
void LongPoll::pull_elements(std::size_t bytes_max, Slices& out) {
  Slices elements;
  bool all = false;
  if (given_ < bytes_enough) {
    // The comma before the first element is not sent, so there is room for one byte more.
    const std::size_t room = bytes_max + (first_ ? 1 : 0);
    all = subscription().pull(std::min(room, bytes_enough - given_), elements) != Pulled::more;
  } else {
    subscription().pull_rest(bytes_max, elements);
  }
  for (const Slices::Slice& slice : elements) {
    given_ += slice.bytes.size();
    const ByteSpan bytes = std::exchange(first_, false) ? slice.bytes.subspan(1) : slice.bytes;
    if (!bytes.empty()) out.add_lasting(bytes);
  }
  if (all || (given_ >= bytes_enough && !subscription().in_message())) stage_ = Stage::tail;
}

std::string LongPoll::tail() const {
  const Position next = subscription().place();
  return "],\"next\":{\"sequence_number\":" + std::to_string(next.number.value()) +
         ",\"sequence_page\":" + std::to_string(next.page.value()) + "}}\n";
}

}  // namespace hark::gateway::http
