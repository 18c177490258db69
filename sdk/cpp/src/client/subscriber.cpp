#include "client/subscriber.h"

#include "protocol/grpc/client_codec.h"

namespace hark::client {
namespace {

using protocol::grpc::SubscriptionItem;

/// Above what any server sends (5 MiB and its frame): past it the stream makes no sense.
constexpr std::size_t message_bytes_max = 16 << 20;
constexpr const char* path = "/cache_client.pubsub.Pubsub/Subscribe";

}  // namespace

void Subscriber::begin(Http2Session& session, Instant now) {
  const Place::Request place = place_.request();
  Fields extra;
  if (!place.start.empty()) extra.list.emplace_back("hark-start", place.start);
  stream_ = session.request(path, extra,
                            protocol::grpc::encode_subscription_request_frame(
                                {wish_.namespace_name, wish_.topic, place.number, place.page}));
  ready_ = false;
  begun_ = now;
  decoder_ = protocol::grpc::MessageDecoder(protocol::grpc::MessageDecoder::Expect::many_messages);
}

void Subscriber::on_head(const Fields& head) {
  place_.begin_behind({head.number("hark-sequence-page"), head.number("hark-sequence-number")});
}

void Subscriber::on_body(ByteSpan bytes, Http2Session* session) {
  if (over_) return;
  if (!held_.empty()) return static_cast<void>(held_.append(as_text(bytes)));
  take_in(bytes, session);
}

void Subscriber::take_in(ByteSpan bytes, Http2Session* session) {
  while (!bytes.empty() && !over_) {
    if (!inbox_->has_room()) return static_cast<void>(held_.append(as_text(bytes)));
    const auto taken = decoder_.feed(bytes);
    if (!taken) return fail_for_good({Code::internal, "the server sent what is no message of gRPC", {}});
    if (session) session->consume(stream_, *taken);
    bytes = bytes.subspan(*taken);
    if (const auto size = decoder_.announced()) {
      if (*size > message_bytes_max)
        return fail_for_good({Code::internal, "the server sent too long a message", {}});
      decoder_.accept();
    }
    if (decoder_.complete()) take_message(decoder_.take());
  }
}

void Subscriber::take_message(const SharedBytes& message) {
  const auto item = protocol::grpc::decode_subscription_item(message.span());
  if (!item) return fail_for_good({Code::internal, "the server sent an item that makes no sense", {}});
  be_ready();
  switch (item->what) {
    case SubscriptionItem::What::none:
    case SubscriptionItem::What::heartbeat: return;
    case SubscriptionItem::What::discontinuity:
      back_off_.reset();
      return inbox_->put(place_.on_discontinuity(item->missed_to, item->page));
    case SubscriptionItem::What::item: break;
  }
  back_off_.reset();
  const Slot slot{item->page, item->number};
  auto verdict = place_.on_item(slot);
  if (verdict.before) inbox_->put(*std::move(verdict.before));
  if (!verdict.give) return;
  const Kind kind = item->kind == PayloadKind::text ? Kind::text : Kind::binary;
  inbox_->put(Item{slot, kind, std::string(as_text(item->payload)), std::string(item->publisher_id)});
}

void Subscriber::be_ready() {
  if (!std::exchange(ready_, true)) inbox_->on_ready(place_.last());
}

std::optional<Instant> Subscriber::on_closed(const Error& why, bool lost, Instant now, std::uint64_t random) {
  stream_ = 0;
  if (over_) return std::nullopt;
  if (held_.empty()) return settle({why, lost}, now, random);
  ending_ = {why, lost};
  return std::nullopt;
}

std::optional<Instant> Subscriber::on_room(Http2Session* session, Instant now, std::uint64_t random) {
  const std::string bytes = std::exchange(held_, {});
  take_in(as_byte_span(bytes), stream_ == 0 ? nullptr : session);
  if (over_ || !held_.empty() || !ending_) return std::nullopt;
  return settle(*std::exchange(ending_, {}), now, random);
}

std::optional<Instant> Subscriber::settle(const Ending& ending, Instant now, std::uint64_t random) {
  if (ends_subscription(ending.why.code)) {
    fail_for_good(ending.why);
    return std::nullopt;
  }
  inbox_->on_interruption(ending.why);
  if (ending.lost) return now;  // the connection has a back-off of its own
  // A stream that lived long was no failed attempt.
  if (ready_ && now - begun_ > 10s) back_off_.reset();
  return now + back_off_.next(random);
}

void Subscriber::fail_for_good(Error why) {
  why.outcome = Outcome::definite_no;
  end(why);
}

void Subscriber::end(const std::optional<Error>& why) {
  if (std::exchange(over_, true)) return;
  held_.clear();
  if (why) inbox_->on_end(*why);
}

}  // namespace hark::client
