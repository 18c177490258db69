#include "tests/sim/subscriber.h"

#include <charconv>

#include "cachepubsub.pb.h"

namespace hark::sim {

void Subscriber::subscribe(Client& client) {
  if (!knows_) return begin(client, {}, 0);
  if (like_go_) return begin(client, last_, 2);
  begin(client, {last_.page, last_.number + 1}, 1);
}

void Subscriber::probe(Client& client, Slot wish) {
  reader_ = stage_.next_reader();
  knows_ = false;
  begin(client, wish, 0);
}

void Subscriber::begin(Client& client, Slot wish, int again) {
  client_ = &client;
  stream_ = stage_.next_stream();
  ready_ = false;
  slow_ = 0;
  stage_.note({.kind = Kind::subscribe_sent,
               .id = stream_,
               .client = reader_,
               .topic = topic_,
               .slot = wish,
               .again = again});
  if (client.network().slow() || client.stalled()) note_slow(true);
  cache_client::pubsub::_SubscriptionRequest request;
  request.set_cache_name(stage_.topic_namespace(topic_));
  request.set_topic(stage_.plan.topics[topic_]);
  request.set_resume_at_topic_sequence_number(wish.number);
  request.set_sequence_page(wish.page);
  call_ = client.grpc().call("/cache_client.pubsub.Pubsub/Subscribe", request.SerializeAsString(), *this);
  client.flush();
}

void Subscriber::note_slow(bool begins) {
  if (!open() && !begins) return;
  slow_ += begins ? 1 : -1;
  stage_.note({.kind = begins ? Kind::slow_begins : Kind::slow_ends, .id = stream_});
}

void Subscriber::cancel() {
  if (!open()) return;
  Client* const client = client_;
  client->grpc().cancel(call_);
  client->flush();
}

void Subscriber::stall() {
  if (!open() || stalled_) return;
  stalled_ = true;
  note_slow(true);
  client_->grpc().hold(call_);
}

void Subscriber::resume() {
  if (!open() || !stalled_) return;
  if (client_->grpc().inside_message(call_)) ++stage_.stalls_inside_messages;
  stalled_ = false;
  client_->grpc().release(call_);
  note_slow(false);
  client_->flush();
}

void Subscriber::on_message(std::string_view message) {
  cache_client::pubsub::_SubscriptionItem item;
  if (!item.ParseFromArray(message.data(), static_cast<int>(message.size())))
    return stage_.broken("a message of a stream that is no _SubscriptionItem");
  if (item.has_heartbeat()) {
    ready_ = true;
    return stage_.note({.kind = Kind::heartbeat, .id = stream_});
  }
  if (item.has_discontinuity()) {
    const auto& gap = item.discontinuity();
    const Slot to{gap.new_sequence_page(), gap.new_topic_sequence()};
    if (!like_go_) {
      knows_ = true;
      last_ = to;
    }
    return stage_.note({.kind = Kind::gap, .id = stream_, .slot = to, .last = gap.last_topic_sequence()});
  }
  if (!item.has_item()) return stage_.broken("a _SubscriptionItem of no kind");
  const auto& value = item.item().value();
  const bool text = value.kind_case() == cache_client::pubsub::_TopicValue::kText;
  const std::string& payload = text ? value.text() : value.binary();
  Record record{.kind = Kind::item, .id = stream_};
  record.slot = {item.item().sequence_page(), item.item().topic_sequence_number()};
  record.hash = payload_hash(payload, text);
  const char* const end = payload.data() + payload.size();
  const auto id = std::from_chars(payload.data(), end, record.publish);
  if (id.ptr == end || std::from_chars(id.ptr + 1, end, record.topic).ec != std::errc{} ||
      record.topic >= stage_.plan.topics.size())
    return stage_.broken("a payload that nobody wrote");
  knows_ = true;
  last_ = record.slot;
  stage_.note(record);
}

void Subscriber::on_end(const CallEnd& end) {
  if (ready_ && end.status == 5) ++stage_.ended_by_deletion;
  if (ready_ && end.status == 14) ++stage_.ended_by_drain;
  call_ = 0;
  ready_ = stalled_ = false;
  stage_.note({.kind = Kind::stream_ended, .id = stream_, .status = end.status});
}

}  // namespace hark::sim
