#pragma once

#include <string>
#include <string_view>

#include "base/metrics.h"
#include "fabric/publisher.h"
#include "gateway/heartbeats.h"
#include "gateway/session.h"
#include "gateway/view_table.h"
#include "model/http_settings.h"

namespace hark::gateway {

/// The bodies of requests that are not complete yet, on one core together (Limits::inbound_bytes_max).
class InboundBudget {
 public:
  InboundBudget(std::size_t bytes_max, Gauge& bytes) : bytes_max_(bytes_max), bytes_(bytes) {}
  /// A request up to this is small: the last eighth of the budget is for those alone, so that many clients
  /// who announce much and send little cannot keep the others from publishing.
  static constexpr std::size_t small = 16 << 10;

  /// False: no room; the peer's window stays shut until somebody gives back. One always fits.
  bool take(std::size_t bytes) {
    const std::size_t most = bytes <= small ? bytes_max_ : bytes_max_ - bytes_max_ / 8;
    if (bytes_.value() > 0 && bytes_.value() + bytes > most) return false;
    bytes_.add(bytes);
    return true;
  }
  void give_back(std::size_t bytes) {
    bytes_.subtract(bytes);
    ++given_back_;
  }
  std::size_t bytes() const { return bytes_.value(); }
  /// Grows with each give_back: who waits for room looks again when it has changed.
  std::uint64_t given_back() const { return given_back_; }

 private:
  std::size_t bytes_max_;
  Gauge& bytes_;
  std::uint64_t given_back_ = 0;
};

/// How a core asks for namespaces to be created and deleted, which core 0 decides.
class ControlClient {
 public:
  virtual ~ControlClient() = default;
  /// Answered by Session::on_controlled with `ticket`. False: too many are under way (rate_limit).
  [[nodiscard]] virtual bool request(fabric::ControlRequest::Verb verb, std::string_view namespace_name,
                                     ConnectionId connection, std::uint64_t ticket) = 0;
};

/// Small documents that are served over HTTP: health and metrics.
struct Page {
  int status = 404;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body = "not found\n";
};
class Pages {
 public:
  virtual ~Pages() = default;
  /// The page at `path`. `ready`: whether this core serves and does not drain. Status 404: none.
  virtual Page get(std::string_view path, bool ready) = 0;
};

/// What sessions count, over all connections of a core.
struct SessionTotals {
  Counter requests, requests_failed;  ///< calls answered, of them with an error status
  Counter http_requests;
  Counter h2_streams, h2_resets_received, h2_resets_sent;
  Counter closed_for_flood, closed_for_protocol, closed_for_stall;
  Gauge inbound_bytes;
};

/// What a core offers to its sessions. All outlive them.
struct SessionServices {
  const Limits& limits;
  const fabric::ClusterStateRef& state;  ///< the current one
  const HttpSettingsRef& http;           ///< likewise
  const bool& draining;
  fabric::Publisher& publisher;
  ViewTable& views;
  FramedCache& cache;
  InboundBudget& inbound;
  Heartbeats& heartbeats;
  ControlClient& control;
  Pages& pages;
  SessionTotals& totals;
  ViewCounters& view_counters;
};

}  // namespace hark::gateway
