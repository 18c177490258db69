#include "gateway/http/event_stream.h"

#include "gateway/http/problem.h"
#include "gateway/http/wire_forms.h"

namespace hark::gateway::http {
namespace {

constexpr std::uint64_t retry_milliseconds = 1000;

/// Spread over a second, by where connections stand: clients of a server that restarts must not all come at
/// once. The factor takes neighbours far from each other.
std::uint64_t spread(ConnectionId connection) {
  return retry_milliseconds / 2 + std::uint64_t{connection.index} * 619 % (retry_milliseconds + 1);
}

}  // namespace

EventStream::EventStream(SessionServices& services, Listener& listener, const StreamQuery& query)
    : TopicBody(services, listener, EventForm::instance(query.data), query),
      tells_position_(query.resume.number.value() == 0 || query.resume.page.value() == 0) {}

std::string EventStream::come_back_later(ConnectionId connection) {
  std::string body;
  protocol::sse::append_retry(spread(connection), body);
  return body += '\n';
}

void EventStream::on_ready() {
  begun_ = true;
  std::string head;
  protocol::sse::append_retry(retry_milliseconds, head);
  if (tells_position_ && !subscription().has_notice()) {
    const Position next = subscription().place();
    protocol::sse::append_position({next.page, next.number.previous()}, head);
  }
  set_own(head += '\n');
  listener().on_begin();
}

void EventStream::on_end(EndReason reason) {
  if (reason == EndReason::draining) {
    tail_ = come_back_later(listener().connection());
  } else {
    std::string problem = problem_of(error_of(reason)).body;
    problem.pop_back();  // its newline: an event's data is one line
    protocol::sse::append_end(problem, tail_);
  }
  if (begun_) return listener().on_body();
  if (reason != EndReason::draining) return listener().on_refused(error_of(reason));
  begun_ = true;
  listener().on_begin();
}

EventStream::Pulled EventStream::pull(std::size_t bytes_max, Slices& out) {
  if (give_own(bytes_max, out)) return Pulled::more;
  if (over_) return out.bytes() > 0 ? Pulled::more : Pulled::end;
  if (out.full() || out.bytes() >= bytes_max) return Pulled::more;
  const Pulled pulled = subscription().pull(bytes_max, out);
  if (pulled != Pulled::end) return pulled;
  // What was given of our own is not copied yet, so the last words wait for the next call.
  if (out.bytes() == 0) {
    over_ = true;
    set_own(std::exchange(tail_, {}));
    give_own(bytes_max, out);
  }
  return Pulled::more;
}

}  // namespace hark::gateway::http
