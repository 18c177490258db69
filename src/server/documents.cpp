#include "server/documents.h"

#include <functional>

#include "runtime/resources.h"
#include "server/openapi.h"
#include "server/version.h"

namespace hark::server {
namespace {

using Type = MetricsText::Type;
using Cores = std::vector<std::unique_ptr<CoreCounters>>;

/// Writes families of which each core has a sample.
class PerCore {
 public:
  PerCore(const Cores& cores, MetricsText& text) : cores_(cores), text_(text) {}

  template <typename F>
  void counter(std::string_view name, std::string_view help, F&& value) {
    each(name, Type::counter, help, value);
  }
  template <typename F>
  void gauge(std::string_view name, std::string_view help, F&& value) {
    each(name, Type::gauge, help, value);
  }

 private:
  template <typename F>
  void each(std::string_view name, Type type, std::string_view help, F& value) {
    text_.family(name, type, help);
    for (std::size_t core = 0; core < cores_.size(); ++core)
      text_.sample({{"core", std::to_string(core)}}, value(*cores_[core]));
  }
  const Cores& cores_;
  MetricsText& text_;
};

double seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

void write_load(PerCore& out) {
  out.gauge("hark_core_busy_ratio", "Share of the last second that the core's loop used its CPU.",
            [](auto& c) { return static_cast<double>(c.busy_permille.value()) / 1000; });
  out.counter("hark_core_cpu_seconds_total", "CPU time of the core's loop.",
              [](auto& c) { return seconds(c.busy_nanoseconds.value()); });
  out.gauge("hark_turn_longest_seconds", "CPU time of the longest turn in the last 30 to 60 s.",
            [](auto& c) { return seconds(c.longest_turn_nanoseconds.value()); });
  out.counter("hark_turns_total", "Turns of the core's loop.", [](auto& c) { return c.turns.value(); });
  out.counter("hark_turns_cut_total", "Turns that ended with connections still to be written.",
              [](auto& c) { return c.gateway.turns_cut.value(); });
  out.gauge("hark_mailbox_depth", "Parcels that waited for the core when its last turn began.",
            [](auto& c) { return c.mailbox_depth.value(); });
  out.counter("hark_parcels_total", "Parcels taken from mailboxes.",
              [](auto& c) { return c.parcels.value(); });
}

void write_connections(PerCore& out) {
  out.gauge("hark_connections", "Open connections.",
            [](auto& c) { return c.gateway.connections.connections.value(); });
  out.counter("hark_connections_accepted_total", "Connections accepted.",
              [](auto& c) { return c.gateway.connections.accepted.value(); });
  out.counter("hark_read_bytes_total", "Bytes read from clients.",
              [](auto& c) { return c.gateway.connections.bytes_read.value(); });
  out.counter("hark_written_bytes_total", "Bytes written to clients.",
              [](auto& c) { return c.gateway.connections.bytes_written.value(); });
  out.counter("hark_writes_total", "Gather-writes to clients.",
              [](auto& c) { return c.gateway.connections.writes.value(); });
  out.counter("hark_short_writes_total", "Gather-writes of which the kernel took a part only.",
              [](auto& c) { return c.gateway.connections.short_writes.value(); });
  out.counter("hark_requests_total", "gRPC calls answered.",
              [](auto& c) { return c.gateway.sessions.requests.value(); });
  out.counter("hark_requests_failed_total", "gRPC calls answered with an error status.",
              [](auto& c) { return c.gateway.sessions.requests_failed.value(); });
  out.counter("hark_http_requests_total", "HTTP/1.1 requests answered.",
              [](auto& c) { return c.gateway.sessions.http_requests.value(); });
  out.gauge("hark_inbound_bytes", "Memory of requests that are not complete or not answered.",
            [](auto& c) { return c.gateway.sessions.inbound_bytes.value(); });
  out.counter("hark_streams_total", "HTTP/2 streams opened.",
              [](auto& c) { return c.gateway.sessions.h2_streams.value(); });
  out.counter("hark_stream_resets_received_total", "RST_STREAM frames received.",
              [](auto& c) { return c.gateway.sessions.h2_resets_received.value(); });
  out.counter("hark_stream_resets_sent_total", "RST_STREAM frames sent.",
              [](auto& c) { return c.gateway.sessions.h2_resets_sent.value(); });
}

void write_cuts(const Cores& cores, MetricsText& text) {
  text.family("hark_connections_cut_total", Type::counter, "Connections that hark ended, by reason.");
  for (std::size_t core = 0; core < cores.size(); ++core) {
    const gateway::GatewayCounters& of = cores[core]->gateway;
    const std::string number = std::to_string(core);
    const std::pair<std::string_view, const Counter&> reasons[] = {
        {"flood", of.sessions.closed_for_flood},
        {"protocol", of.sessions.closed_for_protocol},
        {"stall", of.sessions.closed_for_stall},
        {"unread", of.connections.closed_for_stall},
        {"first_bytes", of.connections.closed_for_first_bytes},
        {"pinning", of.connections.closed_for_pinning},
    };
    for (const auto& [reason, counter] : reasons)
      text.sample({{"core", number}, {"reason", reason}}, counter.value());
  }
}

void write_topics(PerCore& out) {
  out.gauge("hark_topics", "Topics owned.", [](auto& c) { return c.owner.table.topics.value(); });
  out.gauge("hark_topics_bytes", "Memory of the topics owned.",
            [](auto& c) { return c.owner.table.bytes.value(); });
  out.gauge("hark_topics_remembered", "Forgotten topics whose numbers are remembered.",
            [](auto& c) { return c.owner.table.remembered.value(); });
  out.counter("hark_topics_evicted_total", "Topics forgotten for want of memory.",
              [](auto& c) { return c.owner.table.evicted.value(); });
  out.counter("hark_publishes_total", "Messages accepted.",
              [](auto& c) { return c.owner.publishes_committed.value(); });
  out.counter("hark_publishes_refused_total", "Publishes refused by the topic's owner.",
              [](auto& c) { return c.owner.publishes_refused.value(); });
  out.counter("hark_publishes_moved_total", "Publishes that reached a core which no longer owned the topic.",
              [](auto& c) { return c.owner.publishes_moved.value(); });
  out.counter("hark_publishes_timed_out_total", "Publishes whose outcome was told as unknown.",
              [](auto& c) { return c.gateway.publisher.timed_out.value(); });
  out.gauge("hark_publishes_under_way", "Publishes not yet answered by their owner.",
            [](auto& c) { return c.gateway.publisher.under_way.value(); });
  out.counter("hark_topics_moved_total", "Topics that came from another core.",
              [](auto& c) { return c.owner.topics_moved_in.value(); });
}

void write_delivery(PerCore& out) {
  out.gauge("hark_subscriptions", "Live subscriptions.",
            [](auto& c) { return c.gateway.views.subscriptions.value(); });
  out.gauge("hark_views", "Topics of which the core has a replica.",
            [](auto& c) { return c.gateway.views.views.value(); });
  out.counter("hark_deliveries_total", "Messages given to subscribers.",
              [](auto& c) { return c.gateway.views.deliveries.value(); });
  out.counter("hark_delivered_bytes_total", "Framed bytes of messages given to subscribers.",
              [](auto& c) { return c.gateway.views.delivered_bytes.value(); });
  out.counter("hark_heartbeats_total", "Heartbeats given to subscribers.",
              [](auto& c) { return c.gateway.views.heartbeats.value(); });
  out.counter("hark_registrations_total", "Registrations of views with owners.",
              [](auto& c) { return c.gateway.views.registrations.value(); });
  out.counter("hark_stale_parcels_total", "Parcels of an older registration, dropped.",
              [](auto& c) { return c.gateway.views.stale_parcels.value(); });
  out.gauge("hark_framed_bytes", "Memory of framed logs.",
            [](auto& c) { return c.gateway.framed.bytes.value(); });
  out.counter("hark_messages_framed_total", "Messages encoded, once a wire form and core.",
              [](auto& c) { return c.gateway.framed.messages_framed.value(); });
  out.gauge("hark_pinned_bytes", "Memory kept alive by slow readers alone.",
            [](auto& c) { return c.gateway.pinned.bytes.value(); });
}

void write_discontinuities(const Cores& cores, MetricsText& text) {
  text.family("hark_discontinuities_total", Type::counter, "Discontinuities told, by reason.");
  for (std::size_t core = 0; core < cores.size(); ++core) {
    for (std::size_t reason = 0; reason < discontinuity_reason_count; ++reason) {
      text.sample(
          {{"core", std::to_string(core)}, {"reason", to_string(static_cast<DiscontinuityReason>(reason))}},
          cores[core]->gateway.views.discontinuities[reason].value());
    }
  }
}

}  // namespace

gateway::Page Documents::get(std::string_view path, bool ready) {
  constexpr std::string_view text_plain = "text/plain; charset=utf-8";
  if (path == "/livez") return {200, text_plain, "live\n"};
  if (path == "/readyz" && !ready) return {503, text_plain, "draining\n"};
  if (path == "/readyz") return {200, text_plain, "ready\n"};
  if (path == "/openapi.json") return {200, "application/json", std::string(openapi_document())};
  if (path != "/metrics") return {};
  MetricsText text;
  PerCore per_core(cores_, text);
  text.family("hark_info", Type::gauge, "The version that runs.");
  text.sample({{"version", version}}, std::uint64_t{1});
  text.family("hark_resident_bytes", Type::gauge, "Resident memory of the process.");
  text.sample(std::uint64_t{runtime::rss_bytes()});
  text.family("hark_connections_limit", Type::gauge, "Connections that the process may have.");
  text.sample(std::uint64_t{budget_.connections_max()});
  text.family("hark_connections_refused_total", Type::counter,
              "Connections closed at once for want of descriptors.");
  for (std::size_t core = 0; core < listeners_.size(); ++core)
    text.sample({{"core", std::to_string(core)}}, listeners_[core]->refused().value());
  write_load(per_core);
  write_connections(per_core);
  write_cuts(cores_, text);
  write_topics(per_core);
  write_delivery(per_core);
  write_discontinuities(cores_, text);
  return {200, MetricsText::content_type, text.take()};
}

}  // namespace hark::server
