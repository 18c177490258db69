#include "protocol/grpc/health.h"

#include <array>

#include "protocol/grpc/descriptors.h"
#include "protocol/grpc/message_frame.h"
#include "protocol/grpc/wire_reader.h"

namespace hark::protocol::grpc {
namespace {

constexpr std::array<std::byte, 7> frame_of(ServingStatus status) {
  std::array<std::byte, 7> frame{};
  frame[4] = std::byte{2};  // the message's length
  frame[5] = std::byte{8};  // field 1, a varint
  frame[6] = std::byte{static_cast<std::uint8_t>(status)};
  return frame;
}

}  // namespace

Result<std::string_view> decode_health_request(ByteSpan message) { return decode_text_field(message, 1); }

ServingStatus health_of(std::string_view service, bool ready) {
  if (!service.empty() && !Descriptors::embedded().has_service(service)) {
    return ServingStatus::service_unknown;
  }
  return ready ? ServingStatus::serving : ServingStatus::not_serving;
}

Status health_not_found() { return {StatusCode::not_found, {}, "Service is not served here"}; }

ByteSpan health_frame(ServingStatus status) {
  static constexpr auto serving = frame_of(ServingStatus::serving);
  static constexpr auto not_serving = frame_of(ServingStatus::not_serving);
  static constexpr auto service_unknown = frame_of(ServingStatus::service_unknown);
  switch (status) {
    case ServingStatus::unknown: return empty_message_frame();  // the default is not written
    case ServingStatus::serving: return serving;
    case ServingStatus::not_serving: return not_serving;
    case ServingStatus::service_unknown: return service_unknown;
  }
  return empty_message_frame();
}

}  // namespace hark::protocol::grpc
