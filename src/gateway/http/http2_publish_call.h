#pragma once

#include "gateway/http/http2_answer.h"
#include "gateway/http/publishing.h"

namespace hark::gateway::http {

/// POST of a topic over HTTP/2: its body is one message.
class Http2PublishCall final : public http2::Call {
 public:
  /// `length`: of the body, if the client told it.
  Http2PublishCall(Asker asker, TopicPath path, const protocol::http2::RequestHead& head,
                   std::optional<std::uint64_t> length);
  void on_message(SharedBytes body, Instant now) override;
  void on_published(const Result<Position>& result) override;

 private:
  void say_refusal(const Error& error) override;

  Asker asker_;
  TopicPath path_;
  std::string content_type_, accept_;
};

}  // namespace hark::gateway::http
