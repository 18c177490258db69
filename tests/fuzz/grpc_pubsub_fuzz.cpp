// The pubsub codec beside protobuf-lite: both must make the same of any bytes, and write the same
// bytes.
#include <algorithm>

#include "base/check.h"
#include "grpc_pubsub_oracle.h"

namespace {

using namespace hark;
using namespace hark::protocol::grpc;

void agree(const std::string& by_hark, const std::string& by_protobuf) {
  HARK_CHECK_MSG(by_hark == by_protobuf, by_hark + " / " + by_protobuf);
}

// Some number of any length, so that varints of each size are written.
std::uint64_t number_from(ByteSpan bytes) {
  std::uint64_t number = 0;
  for (const std::byte byte : bytes.last(std::min<std::size_t>(bytes.size(), 8))) {
    number = number << 8 | static_cast<std::uint64_t>(byte);
  }
  return bytes.empty() ? 0 : number >> (static_cast<unsigned>(bytes.front()) % 64);
}

// An accepted publish becomes an item, as on its way to subscribers.
void encode(const PublishRequest& request, ByteSpan bytes) {
  const std::uint64_t number = number_from(bytes);
  const auto message =
      Message::create({SequencePage(number >> 11), SequenceNumber(number)},
                      {request.kind, SharedBytes::copy_of(request.payload), std::string(request.topic)}, {});
  agree(oracle::item_by_hark(*message), oracle::item_by_protobuf(*message));
  const Discontinuity discontinuity{DiscontinuityReason::expired,
                                    {SequencePage(0), SequenceNumber(number >> 7)},
                                    SequencePage(number >> 40),
                                    SequenceNumber(number)};
  agree(oracle::discontinuity_by_hark(discontinuity), oracle::discontinuity_by_protobuf(discontinuity));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan bytes = std::as_bytes(std::span(data, size));
  agree(oracle::publish_by_hark(bytes), oracle::publish_by_protobuf(bytes));
  agree(oracle::subscription_by_hark(bytes), oracle::subscription_by_protobuf(bytes));
  if (const auto request = decode_publish_request(bytes)) encode(*request, bytes);
  return 0;
}
