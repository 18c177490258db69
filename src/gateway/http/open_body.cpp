#include "gateway/http/open_body.h"

#include "gateway/checked_path.h"
#include "gateway/http/event_stream.h"
#include "gateway/http/long_poll.h"
#include "gateway/http/topic_target.h"

namespace hark::gateway::http {

Result<OpenedBody> open_body(SessionServices& services, TopicBody::Listener& listener,
                             const StreamRequest& request) {
  const auto names = names_of_target(request.path);
  if (!names) return Failure{names.error()};
  auto path = checked_path(services, services.draining, names->namespace_name, names->topic);
  if (!path) return Failure{path.error()};
  const bool events = request.wants_events();
  const bool with_latest = services.state->find_namespace(names->namespace_name)->begin_with_latest;
  const auto query =
      StreamQuery::parse(request.query, request.last_event_id,
                         events ? StreamQuery::Form::events : StreamQuery::Form::list, with_latest);
  if (!query) return Failure{query.error()};
  OpenedBody opened{nullptr, *std::move(path)};
  if (events) {
    opened.body = std::make_unique<EventStream>(services, listener, *query);
  } else {
    opened.body = std::make_unique<LongPoll>(services, listener, *query);
  }
  return opened;
}

}  // namespace hark::gateway::http
