#include "tests/sim/publisher.h"

#include <fmt/format.h>

#include "cachepubsub.pb.h"

namespace hark::sim {

void Publisher::publish(std::uint32_t topic) {
  const std::uint32_t id = stage_.next_publish();
  const Plan& plan = stage_.plan;
  std::string payload = fmt::format("{}/{}/", id, topic);
  std::size_t size = random_.between(0, plan.payload_max);
  if (plan.large_payloads && random_.percent(15)) size = random_.between(0, plan.limits.message_bytes_max);
  while (payload.size() < std::min(size, plan.limits.message_bytes_max))
    payload.push_back(static_cast<char>('a' + payload.size() * 7 % 26));
  const bool text = random_.percent(50);

  cache_client::pubsub::_PublishRequest request;
  request.set_cache_name(stage_.topic_namespace(topic));
  request.set_topic(plan.topics[topic]);
  if (text) {
    request.mutable_value()->set_text(payload);
  } else {
    request.mutable_value()->set_binary(payload);
  }
  stage_.note({.kind = Kind::publish_sent,
               .id = id,
               .client = client_->number(),
               .topic = topic,
               .hash = payload_hash(payload, text),
               .bytes = payload.size()});
  ++under_way_;
  client_->grpc().call("/cache_client.pubsub.Pubsub/Publish", request.SerializeAsString(),
                       calls_.emplace_back(*this, id, topic));
  client_->flush();
}

void Publisher::Call::on_end(const CallEnd& end) {
  --publisher_.under_way_;
  Record record{.id = id_, .topic = topic_, .status = end.status};
  if (end.status == 0) {
    record.kind = Kind::publish_acked;
    record.slot = {end.page, end.number};
  } else if (end.status == 4 || end.status < 0) {
    record.kind = Kind::publish_unknown;
  } else {
    record.kind = Kind::publish_refused;
  }
  publisher_.stage_.note(record);
}

}  // namespace hark::sim
