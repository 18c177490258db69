#pragma once

#include <cstddef>
#include <cstdint>

#include "base/instant.h"

namespace hark {

/// Every limit of a core, with its unit and the reason for its default. What happens at a limit
/// stands beside it. Memory budgets are lowered to what the machine gives (server/machine_limits).
struct Limits {
  // --- a message and its topic -------------------------------------------------------------------
  /// Largest payload. The SDKs of Go, Python and Java cannot receive more than 5,243,000 bytes.
  /// At it: the publish is refused (message_too_large).
  std::size_t message_bytes_max = 1 << 20;
  /// Replay buffer of a topic; the oldest message leaves first. A minute's absence of a phone at
  /// 160 messages a second fits.
  std::size_t replay_messages_max = 10'000;
  std::size_t replay_bytes_max = 4 << 20;
  Duration replay_age_max = 10min;

  // --- a core's memory ---------------------------------------------------------------------------
  /// Payloads, names and indexes of the topics owned here. At it: framed caches go, then idle
  /// topics, then publishes are refused (memory_limit).
  std::size_t topics_bytes_max = std::size_t{1} << 30;
  /// Framed logs: a cache, so the least recently used segment goes.
  std::size_t framed_bytes_max = 256 << 20;
  /// What readers inside a message keep alive beyond the replay buffer, with what short writes left
  /// over. Past it the connection that pins longest is reset.
  std::size_t pinned_bytes_max = 64 << 20;
  /// Bodies of requests not yet complete. At it windows stay shut until others finish.
  std::size_t inbound_bytes_max = 64 << 20;
  /// One connection may have this part of it, or one message; more only while half of it stays free. Who
  /// announces much and sends little must not shut the windows of others. At it its own stay shut.
  std::size_t inbound_shares = 8;
  /// Topics kept, and names remembered (page and next number) after a topic was forgotten.
  std::size_t topics_max = 1'000'000;
  /// How long a view stays after its last reader: reconnects and long polls come back.
  Duration view_linger = 1min;
  std::size_t lingering_views_max = 10'000;  ///< a core; past it the one that waits longest goes

  // --- the turn ----------------------------------------------------------------------------------
  std::size_t read_bytes_a_turn = 64 << 10;  ///< a connection; the rest waits in the kernel
  std::size_t publishes_a_turn = 256;        ///< accepted by an owner
  Duration flush_a_turn = 1ms;               ///< then the loop polls, and resumes where it stopped
  std::size_t write_bytes_max = 128 << 10;   ///< one gather-write of one connection
  std::size_t write_bytes_first = 16 << 10;  ///< the first, and the one after a short one; then it doubles
  std::size_t parcels_a_turn = 1024;         ///< taken from the other cores
  std::size_t delivery_messages_max = 512;   ///< one batch of a topic to a core
  std::size_t delivery_bytes_max = 4 << 20;   ///< references only: a topic's whole buffer may go at once

  // --- the fabric --------------------------------------------------------------------------------
  std::size_t mailbox_slots = 2048;  ///< from one core to another; a power of two
  /// Publishes a core may have under way to one owner. Without credit a connection is not read.
  std::size_t publish_credits = 512;
  Duration publish_deadline = 5s;  ///< then the answer is "unknown" (deadline_exceeded)
  /// Namespaces being created or deleted on behalf of one core. Past it: rate_limit.
  std::size_t control_requests_max = 32;
  std::size_t namespaces_max = 10'000;  ///< each core holds them all. Past it: memory_limit

  // --- connections -------------------------------------------------------------------------------
  std::size_t streams_max = 20'000;           ///< a connection; SDKs open thousands
  std::size_t subscriptions_max = 1'000'000;  ///< a core; at it: subscription_limit
  Duration heartbeat_every = 1s;              ///< what the official suites need
  Duration heartbeat_every_max = 15s;         ///< stretched up to this, so that beats cost <= 1 %
  Duration first_byte_within = 5s;            ///< preface or request line
  Duration header_within = 5s;
  Duration body_within = 10s;                 ///< plus the time that body_bytes_a_second_min allows
  std::size_t body_bytes_a_second_min = 1024;
  Duration idle_connection_max = 10min;       ///< without a subscription or a ping
  Duration control_write_within = 10s;        ///< answers that the peer does not take
  Duration linger_close = 2s;                 ///< a closed connection's last words are given this long
  Duration drain_within = 8s;                 ///< streams that do not end are cut
};

}  // namespace hark
