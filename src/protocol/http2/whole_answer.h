#pragma once

#include <string>
#include <vector>

#include "protocol/http2/server_session.h"

namespace hark::protocol::http2 {

/// An answer's body and trailers, copied, until the peer has taken them. Owner: its stream.
class WholeAnswer final : public BodySource {
 public:
  WholeAnswer(ByteSpan body, std::span<const Header> trailers);

  std::size_t body_bytes() const { return body_bytes_; }

  Pulled pull(std::size_t bytes_max, Slices& out) override;
  void trailers(std::vector<Header>& out) override;

 private:
  struct Field {
    std::size_t name_bytes, value_bytes;
  };
  std::string bytes_;  // the body, then the trailers' names and values
  std::vector<Field> fields_;
  std::size_t body_bytes_;
  std::size_t sent_ = 0;
};

}  // namespace hark::protocol::http2
