#pragma once

#include <memory>

#include "base/gather.h"
#include "gateway/http/topic_body.h"

namespace hark::gateway::http {

/// Writes a TopicBody as HTTP/1.1 sends it: in chunks, or, to a client of HTTP/1.0, as it is until the
/// connection ends (RFC 9112, 6.3). A chunk's head is this connection's own; what is in it is shared.
class BodyWriter {
 public:
  BodyWriter(std::unique_ptr<TopicBody> body, bool chunked) : body_(std::move(body)), chunked_(chunked) {}

  TopicBody& body() { return *body_; }
  const TopicBody& body() const { return *body_; }
  bool chunked() const { return chunked_; }

  using Written = TopicBody::Pulled;
  /// Appends until `out` has no room (`more`), nothing is there to send (`wait`), or all was sent (`end`).
  Written write(Gather& out);

 private:
  void append_chunk(const Slices& slices, Gather& out) const;

  std::unique_ptr<TopicBody> body_;
  bool chunked_;
};

}  // namespace hark::gateway::http
