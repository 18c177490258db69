#include "config/registry.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "config/units.h"

namespace hark::config {
namespace {

using Unit = Setting::Unit;

// key, place, unit, least, most, what it is
constexpr auto bytes = Unit::bytes;
constexpr auto plain = Unit::none;

constexpr std::array table{
    Setting{"dev", &Settings::dev, plain, "", "",
            "Serve without authentication, on loopback only. Required until there are tokens."},
    Setting{"listen", &Settings::listen, plain, "", "",
            "HOST:PORT where clients come; port 0 takes a free one, which the log tells."},
    Setting{"data_dir", &Settings::data_dir, plain, "", "",
            "What must outlive the process, used by one process at a time. Empty: $XDG_STATE_HOME/hark, else "
            "~/.local/state/hark."},
    Setting{"cores", &Settings::cores, plain, "0", "128",
            "Threads that serve, each on its own. 0: as many CPUs as the process may use."},

    Setting{"log.level", &Settings::log_level, plain, "", "",
            "The least of what is logged: debug, info, warn, error or off.", true},

    Setting{"http.allowed_origins", &HttpSettings::allowed_origins, plain, "", "",
            "Origins whose pages may publish and follow from a browser (CORS), \"https://app.example\" each; "
            "\"*\": all. Others are refused (403); pages that this server gave always may.",
            true},

    Setting{
        "limits.message_bytes_max", &Limits::message_bytes_max, bytes, "1", "5MB",
        "Largest payload of a message; official SDKs cannot receive more than 5 MB. Above it a publish is "
        "refused."},
    Setting{"limits.replay_messages_max", &Limits::replay_messages_max, plain, "1", "10000000",
            "Messages kept of a topic for those who come back. Past it the oldest leaves."},
    Setting{"limits.replay_bytes_max", &Limits::replay_bytes_max, bytes, "4KiB", "64GiB",
            "Bytes kept of a topic. At least four messages of the largest size. Past it the oldest leaves."},
    Setting{"limits.replay_age_max", &Limits::replay_age_max, plain, "1s", "30d",
            "How long a message is kept."},

    Setting{
        "limits.topics_bytes_max", &Limits::topics_bytes_max, bytes, "1MiB", "16TiB",
        "Memory of the topics of one core: payloads, names, indexes. At it idle topics are forgotten, then "
        "publishes refused.",
        false, true},
    Setting{"limits.framed_bytes_max", &Limits::framed_bytes_max, bytes, "64KiB", "16TiB",
            "Cache of framed messages of one core. Past it what was used longest ago goes.", false, true},
    Setting{
        "limits.pinned_bytes_max", &Limits::pinned_bytes_max, bytes, "64KiB", "16TiB",
        "Bytes that slow readers of one core keep alive. Past it the connection that does so longest is reset.",
        false, true},
    Setting{"limits.inbound_bytes_max", &Limits::inbound_bytes_max, bytes, "64KiB", "16TiB",
            "Requests of one core that are not complete. At it others wait, then are refused.", false, true},
    Setting{"limits.inbound_shares", &Limits::inbound_shares, plain, "1", "1024",
            "One connection may have this part of it; more only while half is free."},
    Setting{"limits.topics_max", &Limits::topics_max, plain, "1", "100000000",
            "Topics kept by one core, and names of forgotten ones whose numbers continue."},
    Setting{"limits.view_linger", &Limits::view_linger, plain, "0s", "1h",
            "How long a core keeps its replica of a topic after the last reader: reconnects, long polls."},
    Setting{"limits.lingering_views_max", &Limits::lingering_views_max, plain, "0", "10000000",
            "Such replicas of one core. Past it the one that waits longest goes."},

    Setting{"limits.read_bytes_a_turn", &Limits::read_bytes_a_turn, bytes, "4KiB", "16MiB",
            "Read of one connection in one turn; the rest waits in the kernel."},
    Setting{"limits.publishes_a_turn", &Limits::publishes_a_turn, plain, "1", "65536",
            "Publishes that an owner accepts in one turn."},
    Setting{"limits.flush_a_turn", &Limits::flush_a_turn, plain, "100us", "100ms",
            "Time that a turn writes; then the loop looks for new work and resumes."},
    Setting{"limits.write_bytes_max", &Limits::write_bytes_max, bytes, "4KiB", "16MiB",
            "Largest gather-write to one connection."},
    Setting{"limits.write_bytes_first", &Limits::write_bytes_first, bytes, "4KiB", "16MiB",
            "The first one, and the one after the kernel took only a part."},
    Setting{"limits.parcels_a_turn", &Limits::parcels_a_turn, plain, "16", "1048576",
            "Taken from the other cores in one turn."},
    Setting{"limits.delivery_messages_max", &Limits::delivery_messages_max, plain, "1", "65536",
            "Messages of one topic in one batch to a core."},
    Setting{"limits.delivery_bytes_max", &Limits::delivery_bytes_max, bytes, "64KiB", "1GiB",
            "Bytes of such a batch; one message always fits."},

    Setting{"limits.mailbox_slots", &Limits::mailbox_slots, plain, "64", "1048576",
            "Parcels under way from one core to another; a power of two. At it the sender waits.", false,
            true},
    Setting{
        "limits.publish_credits", &Limits::publish_credits, plain, "1", "262144",
        "Publishes of one core under way to one owner; at most a quarter of mailbox_slots. Without credit a "
        "connection is not read.",
        false, true},
    Setting{"limits.publish_deadline", &Limits::publish_deadline, plain, "100ms", "60s",
            "How long a publish may wait for its answer; then its outcome is told as unknown."},
    Setting{"limits.control_requests_max", &Limits::control_requests_max, plain, "1", "1024",
            "Namespaces being created or deleted for clients of one core. Past it: refused."},
    Setting{"limits.namespaces_max", &Limits::namespaces_max, plain, "1", "1000000",
            "Each core holds them all. Past it none is created."},

    Setting{"limits.streams_max", &Limits::streams_max, plain, "1", "1000000",
            "Streams of one HTTP/2 connection; SDKs open thousands."},
    Setting{"limits.subscriptions_max", &Limits::subscriptions_max, plain, "1", "100000000",
            "Subscriptions of one core. At it new ones are refused.", false, true},
    Setting{"limits.heartbeat_every", &Limits::heartbeat_every, plain, "100ms", "60s",
            "How often an idle stream beats; official SDKs need 1s."},
    Setting{
        "limits.heartbeat_every_max", &Limits::heartbeat_every_max, plain, "100ms", "60s",
        "Stretched up to this where there are so many streams that beats would cost more than 1 % of a core."},
    Setting{"limits.first_byte_within", &Limits::first_byte_within, plain, "100ms", "10min",
            "A new connection says what it speaks within this time, or is closed."},
    Setting{"limits.header_within", &Limits::header_within, plain, "100ms", "10min",
            "A request's head is complete within this time, or refused."},
    Setting{"limits.body_within", &Limits::body_within, plain, "100ms", "1h",
            "A request's body too, plus the time that body_bytes_a_second_min allows."},
    Setting{"limits.body_bytes_a_second_min", &Limits::body_bytes_a_second_min, bytes, "1", "1GiB",
            "The least rate of a body."},
    Setting{"limits.idle_connection_max", &Limits::idle_connection_max, plain, "1s", "30d",
            "A connection without a subscription and without a request is closed after this time."},
    Setting{
        "limits.control_write_within", &Limits::control_write_within, plain, "100ms", "10min",
        "An answer of which the peer takes nothing for this long ends the connection. Live subscriptions are "
        "never ended for slowness."},
    Setting{"limits.linger_close", &Limits::linger_close, plain, "0s", "1min",
            "How long the last words of a connection may take to be read."},
    Setting{"limits.drain_within", &Limits::drain_within, plain, "0s", "1h",
            "How long streams have to end after SIGTERM; then they are cut."},
};

/// Levenshtein's distance: how many letters must be changed, added or left out.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

}  // namespace

std::span<const Setting> all_settings() { return table; }

const Setting* find_setting(std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Setting& s) { return s.key == key; });
  return found == table.end() ? nullptr : &*found;
}

std::string_view nearest_key(std::string_view key) {
  constexpr std::size_t key_bytes_max = 128;  // nobody misspells more than that
  std::string_view nearest;
  std::size_t least = std::min(key.size(), key_bytes_max) / 3 + 2;
  if (key.size() > key_bytes_max) return nearest;
  for (const Setting& setting : table) {
    // The table's name may be what is missing.
    const std::string_view name = setting.key.substr(setting.key.find('.') + 1);
    const bool is_table = setting.key.starts_with(std::string(key) + ".");
    const std::size_t away = is_table ? 1 : std::min(distance(key, setting.key), distance(key, name));
    if (away < least) {
      least = away;
      nearest = setting.key;
    }
  }
  return nearest;
}

std::vector<std::string> contradictions(const Settings& settings) {
  const Limits& limits = settings.limits;
  std::vector<std::string> found;
  const auto demand = [&](bool holds, std::string sentence) {
    if (!holds) found.push_back(std::move(sentence));
  };
  demand(limits.replay_bytes_max / 4 >= limits.message_bytes_max,
         "limits.replay_bytes_max (" + show_bytes(limits.replay_bytes_max) +
             ") is at least four times limits.message_bytes_max (" + show_bytes(limits.message_bytes_max) +
             ")");
  demand(std::has_single_bit(limits.mailbox_slots), "limits.mailbox_slots is a power of two");
  demand(limits.publish_credits <= limits.mailbox_slots / 4,
         "limits.publish_credits is at most a quarter of limits.mailbox_slots");
  demand(limits.write_bytes_first <= limits.write_bytes_max,
         "limits.write_bytes_first is at most limits.write_bytes_max");
  demand(limits.heartbeat_every <= limits.heartbeat_every_max,
         "limits.heartbeat_every is at most limits.heartbeat_every_max");
  demand(limits.inbound_bytes_max >= limits.message_bytes_max,
         "limits.inbound_bytes_max has room for one message of limits.message_bytes_max");
  return found;
}

}  // namespace hark::config
