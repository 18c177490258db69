#pragma once

#include <string>
#include <string_view>

#include "gateway/session_services.h"
#include "model/message.h"
#include "model/names.h"

namespace hark::gateway::http {

// POST of a topic, whatever the version of HTTP.

/// What its head says. Borrowed for the call that takes it.
struct PublishHead {
  std::string_view path, origin, authority;
  std::uint64_t content_length = 0;
};

/// The topic that it names, or why nothing of this length can be published to it. Errors: as checked_path(),
/// permission_denied (another origin), message_too_large.
Result<TopicPath> check_publish(const SessionServices& services, const PublishHead& head);

/// The body as a message. Only text and binary are taken at their word: clients that never thought of it say
/// "application/x-www-form-urlencoded". Errors: invalid_argument (a text that is no UTF-8).
Result<MessageDraft> draft_of(std::string_view content_type, SharedBytes body);

/// The answer to a publish that has its slot: 204, or 200 and JSON if `accept` asks for it. Its headers are
/// `hark-sequence-number` and `hark-sequence-page`.
struct PublishAnswer {
  PublishAnswer(Position slot, std::string_view accept);
  int status;
  std::string number, page;
  std::string body;  ///< application/json
};

}  // namespace hark::gateway::http
