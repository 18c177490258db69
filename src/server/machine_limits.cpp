#include "server/machine_limits.h"

#include <algorithm>

namespace hark::server {
namespace {

// Shares of the memory in percent. The rest is the program, the allocator's waste, and the kernel's sockets.
constexpr std::size_t topics_percent = 35, framed_percent = 8, pinned_percent = 6, inbound_percent = 6,
                      subscriptions_percent = 8, connections_percent = 12;
constexpr std::size_t many_cores = 16;
// As measured: a session of HTTP/2 with its connection, a stream with its subscription and view.
constexpr std::size_t connection_bytes = 24 << 10, subscription_bytes = 3 << 10;

}  // namespace

MachineLimits limits_for(std::size_t memory_bytes, std::size_t cores, std::size_t descriptors) {
  const auto share = [&](std::size_t percent) { return memory_bytes / 100 * percent; };
  const auto of_core = [&](std::size_t percent) { return share(percent) / cores; };
  Limits limits;
  if (cores > many_cores) {
    // Mailboxes grow with the square of the cores.
    limits.mailbox_slots = 512;
    limits.publish_credits = 128;
  }
  limits.topics_bytes_max = of_core(topics_percent);
  limits.framed_bytes_max = std::min(limits.framed_bytes_max, of_core(framed_percent));
  limits.pinned_bytes_max = std::min(limits.pinned_bytes_max, of_core(pinned_percent));
  limits.inbound_bytes_max = std::min(limits.inbound_bytes_max, of_core(inbound_percent));
  limits.subscriptions_max =
      std::min(limits.subscriptions_max, of_core(subscriptions_percent) / subscription_bytes);
  const std::size_t connections =
      std::min(descriptors - descriptors / 10, share(connections_percent) / connection_bytes);
  return {limits, std::max<std::size_t>(connections, 1)};
}

std::size_t memory_for(std::size_t connections) {
  return (connections * connection_bytes / connections_percent + 1) * 100;
}

}  // namespace hark::server
