#include "server/machine_limits.h"

#include <gtest/gtest.h>

#include "fabric/link.h"

namespace hark::server {
namespace {

constexpr std::size_t mib = 1 << 20, gib = std::size_t{1} << 30;

// Goal: all budgets together leave room for the program, on a small machine as on a large one.
TEST(MachineLimits, StayBelowTheMemory) {
  for (const std::size_t memory : {64 * mib, 256 * mib, 2 * gib, 24 * gib, 1024 * gib}) {
    for (const std::size_t cores : {1U, 2U, 16U, 64U, 128U}) {
      SCOPED_TRACE(testing::Message() << memory / mib << " MiB, " << cores << " cores");
      const MachineLimits limits = limits_for(memory, cores, 20'000);
      const Limits& core = limits.core;
      const std::size_t budgets = cores * (core.topics_bytes_max + core.framed_bytes_max +
                                           core.pinned_bytes_max + core.inbound_bytes_max);
      EXPECT_LE(budgets, memory / 100 * 60);
      EXPECT_LE(limits.connections_max * (24 << 10), memory / 8);
      EXPECT_GE(limits.connections_max, 1u);
      EXPECT_LE(limits.connections_max, 18'000u) << "a tenth of the descriptors is for other things";
      EXPECT_GT(core.mailbox_slots, fabric::bulk_reserve(core)) << "deliveries need room in a mailbox";
      EXPECT_EQ(core.mailbox_slots & (core.mailbox_slots - 1), 0u) << "a power of two";
    }
  }
}

// A topic's buffer may hold four of the largest messages, whatever the machine.
TEST(MachineLimits, AlwaysLetAMessageThrough) {
  const Limits core = limits_for(256 * mib, 2, 1024).core;
  EXPECT_GE(core.inbound_bytes_max, core.message_bytes_max);
  EXPECT_GE(core.pinned_bytes_max, core.message_bytes_max);
  EXPECT_GE(core.topics_bytes_max, core.replay_bytes_max);
}

TEST(MachineLimits, TheMemoryForConnectionsIsEnough) {
  for (const std::size_t wanted : {1U, 999U, 10'000U, 1'000'000U}) {
    EXPECT_GE(limits_for(memory_for(wanted), 1, 10 * wanted + 10).connections_max, wanted);
    EXPECT_LE(limits_for(memory_for(wanted) / 2, 1, 10 * wanted + 10).connections_max, wanted);
  }
}

}  // namespace
}  // namespace hark::server
