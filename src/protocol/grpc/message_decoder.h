#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/shared_bytes.h"
#include "model/error.h"

namespace hark::protocol::grpc {

/// Collects the messages of one stream's request body: a 5-byte prefix (flag, length), then the
/// message (gRPC over HTTP/2, "Length-Prefixed-Message").
///
/// Believes no length: after the prefix nothing is taken until the caller has looked at announced()
/// and either gives up or calls accept(), which allocates that one block.
///
///     while (!bytes.empty()) {
///       auto taken = decoder.feed(bytes);
///       if (!taken) return answer(taken.error());
///       bytes = bytes.subspan(*taken);
///       if (auto size = decoder.announced()) { /* limit, memory budget */ decoder.accept(); }
///       if (decoder.complete()) handle(decoder.take());
///     }
///
/// Core: its connection's. After an error only destruction makes sense.
class MessageDecoder {
 public:
  enum class Expect : std::uint8_t {
    one_message,    ///< unary and server streaming: a second one is an error
    many_messages,  ///< client streaming
    body,           ///< no gRPC at all: the body itself, without a prefix, is the one message
  };

  explicit MessageDecoder(Expect expect) : expect_(expect) {}
  /// Expects a body: of `length` bytes (at most `bytes_max`), or, when it tells no length, of any up to
  /// `bytes_max`.
  MessageDecoder(std::optional<std::uint64_t> length, std::uint32_t bytes_max)
      : length_(static_cast<std::uint32_t>(length.value_or(bytes_max))),
        state_(length == 0U ? State::complete : State::announced),
        expect_(Expect::body),
        open_ended_(!length) {}

  /// Takes bytes of the body, cut anywhere, and says how many it took: all of them, unless accept()
  /// or take() is due first. unimplemented for a compressed message and for a second one where one
  /// is expected (gRPC status codes, "cardinality violation"); invalid_argument for other flags;
  /// message_too_large for a body that outgrows what it may have.
  Result<std::size_t> feed(ByteSpan bytes);
  /// The length of the message whose prefix is complete, while accept() is due. Bytes.
  std::optional<std::uint32_t> announced() const;
  /// Allocates announced() bytes. Requires announced().
  void accept();
  /// Whether take() gives a message.
  bool complete() const { return state_ == State::complete; }
  /// The whole message, without its prefix. Requires complete().
  SharedBytes take();
  /// The body ended here. invalid_argument inside a message; unimplemented if one was expected and
  /// none came. What was expected as a body without a length is complete now.
  Result<void> finish();
  /// Bytes accepted but not yet here: what the peer still has to send.
  std::uint32_t missing() const { return state_ == State::body ? length_ - filled_ : 0; }

 private:
  enum class State : std::uint8_t { prefix, announced, body, complete, taken };

  Result<void> end_prefix();

  Ref<ByteBlock> block_;
  std::uint32_t length_ = 0;
  std::uint32_t filled_ = 0;  // of the prefix or of the block
  std::array<std::byte, 5> prefix_{};
  State state_ = State::prefix;
  Expect expect_;
  bool open_ended_ = false;  // a body whose length is known when it ends
};
static_assert(sizeof(MessageDecoder) <= 64, "one a stream");

}  // namespace hark::protocol::grpc
