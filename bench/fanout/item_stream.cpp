#include "bench/fanout/item_stream.h"

#include <fmt/core.h>

#include <algorithm>

namespace hark::bench {
namespace {

constexpr std::size_t prefix_size = 5;

// The size of the gRPC message that begins at `bytes`, prefix included; 0 when not even that is
// here.
std::size_t message_size(Bytes bytes) {
  if (bytes.size() < prefix_size) return 0;
  if (bytes[0] != 0) die("a compressed gRPC message");
  return prefix_size + read_u32(bytes.data() + 1);
}

}  // namespace

void ItemStream::feed(Bytes bytes, Score& score) {
  while (!partial_.empty() && !bytes.empty()) {
    const auto size = message_size(partial_);
    const auto wanted = (size == 0 ? prefix_size : size) - partial_.size();
    const auto take = std::min(wanted, bytes.size());
    partial_.insert(partial_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(take));
    bytes = bytes.subspan(take);
    if (message_size(partial_) != partial_.size()) continue;
    read_message(Bytes(partial_).subspan(prefix_size), score);
    partial_.clear();
  }
  while (!bytes.empty()) {
    const auto size = message_size(bytes);
    if (size == 0 || size > bytes.size()) {
      partial_.assign(bytes.begin(), bytes.end());
      return;
    }
    read_message(bytes.subspan(prefix_size, size - prefix_size), score);
    bytes = bytes.subspan(size);
  }
}

std::uint32_t ItemStream::consume(std::size_t bytes, std::size_t threshold) {
  consumed_ += bytes;
  if (consumed_ < threshold) return 0;
  const auto give_back = static_cast<std::uint32_t>(consumed_);
  consumed_ = 0;
  return give_back;
}

void ItemStream::read_message(Bytes message, Score& score) {
  Field field;
  if (!take_field(message, field)) die("an item that is no protocol buffer");
  if (field.number == 1) {
    read_item(field.bytes, score);
  } else if (field.number == 2) {
    die("a subscriber received a discontinuity: the load outran its reader");
  } else if (!confirmed_) {
    confirmed_ = true;
    ++score.ready;
  }
}

void ItemStream::read_item(Bytes item, Score& score) {
  std::uint64_t sequence = 0;
  Bytes payload;
  Field field;
  while (!item.empty()) {
    if (!take_field(item, field)) die("a topic item that is no protocol buffer");
    if (field.number == 1) sequence = field.value;
    if (field.number != 2) continue;
    Bytes value = field.bytes;
    Field kind;
    if (!take_field(value, kind)) die("a topic value that is no protocol buffer");
    payload = kind.bytes;
  }
  if (payload.size() != payload_size_) {
    die(fmt::format("a payload of {} bytes instead of {}", payload.size(), payload_size_));
  }
  if (last_sequence_ != 0 && sequence != last_sequence_ + 1) {
    die(fmt::format("sequence number {} after {}", sequence, last_sequence_));
  }
  last_sequence_ = sequence;
  score.deliver(subscriber_, payload.data());
}

}  // namespace hark::bench
