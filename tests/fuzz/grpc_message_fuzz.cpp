// The decoder of request bodies: the first byte says what is expected and how the rest is cut. Cut
// or whole, the outcome must be the same, and nothing above the limit may ever be allocated.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "protocol/grpc/message_decoder.h"
#include "protocol/grpc/status.h"

namespace {

using namespace hark;
using namespace hark::protocol::grpc;

constexpr std::uint32_t message_bytes_max = 4096;

std::string decode(ByteSpan body, MessageDecoder::Expect expect, std::size_t piece) {
  MessageDecoder decoder(expect);
  std::string words;
  while (!body.empty()) {
    ByteSpan bytes = body.first(std::min(piece, body.size()));
    body = body.subspan(bytes.size());
    while (!bytes.empty()) {
      const auto taken = decoder.feed(bytes);
      if (!taken) return words + taken.error().context;
      HARK_CHECK(*taken > 0 && *taken <= bytes.size());
      bytes = bytes.subspan(*taken);
      if (const auto size = decoder.announced()) {
        if (*size > message_bytes_max) return words + "too large";
        decoder.accept();
        HARK_CHECK(decoder.missing() == *size);
      }
      if (decoder.complete()) words.append("[").append(decoder.take().text()).append("]");
    }
  }
  const auto end = decoder.finish();
  return words + (end ? "end" : end.error().context);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteSpan body = std::as_bytes(std::span(data + 1, size - 1));
  const auto expect =
      (data[0] & 1) != 0 ? MessageDecoder::Expect::many_messages : MessageDecoder::Expect::one_message;
  const std::size_t piece = (data[0] >> 1) + 1u;
  HARK_CHECK(decode(body, expect, piece) == decode(body, expect, size));

  // The two small parsers of headers go along.
  const auto timeout = parse_timeout(as_text(body));
  HARK_CHECK(!timeout || (*timeout >= Duration(0) && *timeout <= timeout_max));
  for (const char c : percent_encode(as_text(body))) HARK_CHECK(c >= 0x20 && c <= 0x7e);
  const Status status = status_of({static_cast<ErrorCode>(data[0] % 14), std::string(as_text(body))});
  HARK_CHECK(!status.message.empty() && status.message.size() <= status_message_bytes_max);
  return 0;
}
