#include "tests/sim/record.h"

#include <fmt/format.h>

namespace hark::sim {
namespace {

std::string slot_text(const Slot& slot) { return fmt::format("{}:{}", slot.page, slot.number); }

std::string body(const Record& r) {
  switch (r.kind) {
    case Kind::publish_sent:
      return fmt::format("publish  p{} on connection {} to t{}, {} bytes", r.id, r.client, r.topic, r.bytes);
    case Kind::publish_written: return fmt::format("written  p{}", r.id);
    case Kind::publish_acked: return fmt::format("ack      p{} is {}", r.id, slot_text(r.slot));
    case Kind::publish_refused: return fmt::format("no       p{} status {}", r.id, r.status);
    case Kind::publish_unknown: return fmt::format("unknown  p{}", r.id);
    case Kind::subscribe_sent:
      return fmt::format("subscribe s{} of reader {} to t{} from {}{}", r.id, r.client, r.topic,
                         slot_text(r.slot),
                         r.again == 0   ? ""
                         : r.again == 1 ? " (after its last)"
                                        : " (at its last)");
    case Kind::heartbeat: return fmt::format("heartbeat s{}", r.id);
    case Kind::item:
      return fmt::format("item     s{} {} p{} t{}", r.id, slot_text(r.slot), r.publish, r.topic);
    case Kind::gap: return fmt::format("gap      s{} after {} to {}", r.id, r.last, slot_text(r.slot));
    case Kind::stream_ended: return fmt::format("ended    s{} status {}", r.id, r.status);
    case Kind::slow_begins: return fmt::format("slow     s{} begins", r.id);
    case Kind::slow_ends: return fmt::format("slow     s{} ends", r.id);
    case Kind::deleting: return fmt::format("namespace n{} is to be deleted", r.topic);
    case Kind::deleted: return fmt::format("namespace n{} deleted, status {}", r.topic, r.status);
    case Kind::creating: return fmt::format("namespace n{} is to be created", r.topic);
    case Kind::created: return fmt::format("namespace n{} created, status {}", r.topic, r.status);
    case Kind::draining: return "draining";
    case Kind::drained: return "drained";
    case Kind::quiet: return "quiet";
    case Kind::finished: return "finished";
  }
  return "?";
}

}  // namespace

std::string to_text(const Record& record) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(record.at.time_since_epoch()).count();
  return fmt::format("{:>12.6f}  {}", static_cast<double>(us) / 1e6, body(record));
}

std::uint64_t mixed(std::uint64_t hash, const Record& r) {
  const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0x100000001B3ULL + (hash >> 29); };
  mix(static_cast<std::uint64_t>(r.at.time_since_epoch().count()));
  mix(static_cast<std::uint64_t>(r.kind));
  for (const std::uint64_t value :
       {std::uint64_t{r.id}, std::uint64_t{r.client}, std::uint64_t{r.topic}, std::uint64_t{r.publish},
        r.slot.page, r.slot.number, r.last, r.hash, r.bytes})
    mix(value);
  mix(static_cast<std::uint64_t>(r.status));
  return hash;
}

}  // namespace hark::sim
