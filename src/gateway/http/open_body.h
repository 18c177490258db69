#pragma once

#include <memory>

#include "gateway/http/topic_body.h"
#include "model/names.h"

namespace hark::gateway::http {

/// GET of a topic, whatever the version of HTTP. Borrowed for the call that takes it.
struct StreamRequest {
  std::string_view path, query, accept, last_event_id;
  /// Whether it asks for events.
  bool wants_events() const { return accept.find("text/event-stream") != std::string_view::npos; }
};

/// The body that answers a request, not yet begun, and the topic to begin it with.
struct OpenedBody {
  std::unique_ptr<TopicBody> body;
  TopicPath path;
};

/// Errors: as of checked_path() and StreamQuery::parse().
Result<OpenedBody> open_body(SessionServices& services, TopicBody::Listener& listener,
                             const StreamRequest& request);

}  // namespace hark::gateway::http
