#pragma once

#include <vector>

#include "gateway/session_services.h"
#include "runtime/connection_budget.h"
#include "runtime/tcp_listener.h"
#include "server/core.h"

namespace hark::server {

/// /livez, /readyz and /metrics. Any core: reads counters that other cores write.
class Documents final : public gateway::Pages {
 public:
  Documents(const std::vector<std::unique_ptr<CoreCounters>>& cores, const runtime::ConnectionBudget& budget)
      : cores_(cores), budget_(budget) {}
  /// Before the cores run.
  void add_listener(const runtime::TcpListener& listener) { listeners_.push_back(&listener); }

  gateway::Page get(std::string_view path, bool ready) override;

 private:
  const std::vector<std::unique_ptr<CoreCounters>>& cores_;
  const runtime::ConnectionBudget& budget_;
  std::vector<const runtime::TcpListener*> listeners_;
};

}  // namespace hark::server
