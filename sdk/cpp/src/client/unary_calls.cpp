#include "client/unary_calls.h"

#include "base/check.h"

namespace hark::client {
namespace {

constexpr std::size_t prefix_size = 5;
/// A page of the namespaces' list is the longest answer there is.
constexpr std::size_t answer_bytes_max = 16 << 20;

Error late(bool sent) {
  return {Code::deadline_exceeded,
          sent ? "no answer came in time" : "there was no connection in time; nothing was sent",
          sent ? Outcome::unknown : Outcome::definite_no};
}

/// Whether `body` is one message of gRPC, not compressed.
bool is_one_message(std::string_view body) {
  if (body.size() < prefix_size || body[0] != 0) return false;
  std::size_t size = 0;
  for (std::size_t i = 1; i < prefix_size; ++i) size = size << 8 | static_cast<unsigned char>(body[i]);
  return body.size() == prefix_size + size;
}

}  // namespace

void UnaryCalls::add(UnaryCall call) {
  const CallId id = next_id_++;
  const Instant deadline = call.deadline;
  impatient_ = impatient_ || !call.retry_unavailable;
  entries_.emplace(id, Entry{std::move(call), BackOff(back_off_first_, back_off_max_), 0, false, {}, {}, {}});
  times_.emplace(deadline, id);
  waiting_.push_back(id);
}

bool UnaryCalls::pump(Http2Session& session) {
  bool begun = false;
  for (trim(); !waiting_.empty() && session.accepts() && !session.sending(sending_); trim()) {
    const auto at = entries_.find(waiting_.front());
    Entry& entry = at->second;
    std::string frame = entry.call.retry_unavailable ? entry.call.frame : std::move(entry.call.frame);
    const StreamId stream = session.request(entry.call.path, {}, std::move(frame));
    waiting_.pop_front();
    entry.stream = sending_ = stream;
    streams_.emplace(stream, at->first);
    begun = true;
  }
  return begun;
}

void UnaryCalls::on_sent(StreamId stream) { of_stream(stream)->second.sent = true; }
void UnaryCalls::on_head(StreamId stream, const Fields& head) { of_stream(stream)->second.head = head; }

void UnaryCalls::on_body(StreamId stream, ByteSpan bytes, Http2Session& session) {
  Entry& entry = of_stream(stream)->second;
  if (entry.body.size() + bytes.size() > answer_bytes_max)
    return;  // its window stays shut, its deadline ends it
  entry.body.append(as_text(bytes));
  session.consume(stream, bytes.size());
}

void UnaryCalls::on_closed(StreamId stream, const Fields& trailers, bool in_order, bool refused, Instant now,
                           std::uint64_t random) {
  const auto at = of_stream(stream);
  Entry& entry = at->second;
  if (in_order) return settle(at, answer_of(entry, trailers), now, random);
  const char* const why =
      refused ? "the server refused the request unseen" : "the server cut the request off";
  settle(at, error_of_broken_stream(entry.sent, refused, why), now, random);
}

Result<Answer> UnaryCalls::answer_of(Entry& entry, const Fields& trailers) {
  const CallStatus status = status_of(entry.head, trailers);
  if (!status.ok) return status.error;
  if (!is_one_message(entry.body))
    return Error{Code::internal, "the server's answer makes no sense", Outcome::unknown};
  return Answer{entry.body.substr(prefix_size), trailers};
}

void UnaryCalls::on_unreachable(const std::string& why) {
  impatient_ = false;
  std::deque<CallId> kept;
  for (const CallId id : std::exchange(waiting_, {})) {
    const auto at = entries_.find(id);
    if (at == entries_.end()) continue;
    if (at->second.call.retry_unavailable)
      kept.push_back(id);
    else
      finish(at, Error{Code::unavailable, why, Outcome::definite_no});
  }
  waiting_ = std::move(kept);
}

void UnaryCalls::on_lost(const std::string& why, Instant now, std::uint64_t random) {
  sending_ = 0;
  for (const auto& [stream, id] : std::exchange(streams_, {})) {
    const auto at = entries_.find(id);
    HARK_CHECK(at != entries_.end());
    settle(at, error_of_broken_stream(at->second.sent, false, why), now, random);
  }
}

void UnaryCalls::tick(Instant now, Http2Session* session) {
  while (!times_.empty() && times_.begin()->first <= now) {
    const CallId id = times_.begin()->second;
    const auto at = entries_.find(id);
    Entry& entry = at->second;
    if (entry.retry_at && *entry.retry_at < entry.call.deadline) {
      times_.erase(times_.begin());
      entry.retry_at.reset();
      times_.emplace(entry.call.deadline, id);
      waiting_.push_back(id);
      continue;
    }
    if (entry.stream != 0 && session) session->cancel(entry.stream);
    finish(at, late(entry.sent));
  }
  trim();
}

void UnaryCalls::trim() {
  while (!waiting_.empty() && !entries_.contains(waiting_.front())) waiting_.pop_front();
  if (waiting_.empty()) impatient_ = false;
}

std::optional<Instant> UnaryCalls::deadline() const {
  if (times_.empty()) return std::nullopt;
  return times_.begin()->first;
}

void UnaryCalls::close() {
  while (!entries_.empty()) {
    const Outcome outcome = entries_.begin()->second.sent ? Outcome::unknown : Outcome::definite_no;
    finish(entries_.begin(), Error{Code::cancelled, "the client was closed", outcome});
  }
  waiting_.clear();
}

UnaryCalls::Entries::iterator UnaryCalls::of_stream(StreamId stream) {
  const auto at = entries_.find(streams_.at(stream));
  HARK_CHECK(at != entries_.end());
  return at;
}

/// The call's end, unless it is to be tried again.
void UnaryCalls::settle(Entries::iterator at, Result<Answer> result, Instant now, std::uint64_t random) {
  Entry& entry = at->second;
  const bool again = entry.call.retry_unavailable && !result && result.error().code == Code::unavailable &&
                     result.error().outcome == Outcome::definite_no;
  const Instant retry_at = again ? now + entry.back_off.next(random) : now;
  if (!again || retry_at >= entry.call.deadline) return finish(at, std::move(result));
  times_.erase({due(entry), at->first});
  streams_.erase(entry.stream);
  entry.stream = 0;
  entry.sent = false;
  entry.head = {};
  entry.body.clear();
  entry.retry_at = retry_at;
  times_.emplace(retry_at, at->first);
}

void UnaryCalls::finish(Entries::iterator at, Result<Answer> result) {
  Entry& entry = at->second;
  times_.erase({due(entry), at->first});
  streams_.erase(entry.stream);
  const auto done = std::move(entry.call.done);
  entries_.erase(at);
  done(std::move(result));
}

}  // namespace hark::client
