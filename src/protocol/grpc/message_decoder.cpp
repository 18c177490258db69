#include "protocol/grpc/message_decoder.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace hark::protocol::grpc {

Result<std::size_t> MessageDecoder::feed(ByteSpan bytes) {
  if (bytes.empty()) return std::size_t{0};
  switch (state_) {
    case State::prefix: {
      const auto count = std::min(bytes.size(), prefix_.size() - filled_);
      std::memcpy(prefix_.data() + filled_, bytes.data(), count);
      filled_ += static_cast<std::uint32_t>(count);
      if (filled_ == prefix_.size()) {
        if (auto ended = end_prefix(); !ended) return Failure{ended.error()};
      }
      return count;
    }
    case State::body: {
      const auto count = std::min(bytes.size(), std::size_t{length_ - filled_});
      std::memcpy(block_->data() + filled_, bytes.data(), count);
      filled_ += static_cast<std::uint32_t>(count);
      if (filled_ == length_ && !open_ended_) state_ = State::complete;
      if (count == 0) return fail(ErrorCode::message_too_large, std::to_string(length_));
      return count;
    }
    case State::announced: return std::size_t{0};
    case State::complete:
      if (expect_ == Expect::many_messages) return std::size_t{0};
      [[fallthrough]];
    case State::taken:
      if (expect_ == Expect::body)
        return fail(ErrorCode::invalid_argument, "the body is longer than announced");
      return fail(ErrorCode::unimplemented, "more than one request message");
  }
  HARK_UNREACHABLE();
}

Result<void> MessageDecoder::end_prefix() {
  // The flag is judged first: the length of a message that cannot be read does not matter.
  const auto flag = static_cast<unsigned>(prefix_[0]);
  if (flag == 1) return fail(ErrorCode::unimplemented, "compression is not supported");
  if (flag != 0) return fail(ErrorCode::invalid_argument, "unknown flag before a message");
  length_ = 0;
  for (std::size_t i = 1; i < prefix_.size(); ++i) {
    length_ = length_ << 8 | static_cast<std::uint32_t>(prefix_[i]);
  }
  filled_ = 0;
  state_ = State::announced;
  return {};
}

std::optional<std::uint32_t> MessageDecoder::announced() const {
  if (state_ != State::announced) return std::nullopt;
  return length_;
}

void MessageDecoder::accept() {
  HARK_CHECK(state_ == State::announced);
  state_ = length_ == 0 ? State::complete : State::body;
  if (length_ > 0) block_ = ByteBlock::allocate(length_);
}

SharedBytes MessageDecoder::take() {
  HARK_CHECK(complete());
  state_ = expect_ == Expect::many_messages ? State::prefix : State::taken;
  const std::size_t size = std::exchange(filled_, 0);
  if (!block_) return {};
  // Of a body without a length a smaller block is kept than the one that had to be ready.
  if (open_ended_) return SharedBytes::copy_of(as_text(ByteSpan(block_->data(), size)));
  return SharedBytes(std::move(block_));
}

Result<void> MessageDecoder::finish() {
  const bool open_end = open_ended_ && (state_ == State::announced || state_ == State::body);
  if (open_end) state_ = State::complete;
  const bool between = state_ == State::prefix && filled_ == 0;
  if (state_ == State::complete || state_ == State::taken) return {};
  if (!between) return fail(ErrorCode::invalid_argument, "the request ended inside a message");
  if (expect_ == Expect::one_message) return fail(ErrorCode::unimplemented, "no request message");
  return {};
}

}  // namespace hark::protocol::grpc
