// The decoder of HTTP/1.1 requests: however the bytes are cut, the same requests; what it lets through
// is clean, and written again in the plainest form it is the same request once more.
//
// The first two bytes of the input choose limits and cuts, the rest is what the peer sends.
#include <cstdint>

#include "base/check.h"
#include "protocol/http1/grammar.h"
#include "protocol/http1/testing/transcript.h"

namespace {

using namespace hark;
using namespace hark::protocol::http1;
using testing::transcript;
using testing::TranscriptOptions;

bool is_clean(std::string_view text) { return std::all_of(text.begin(), text.end(), is_value_byte); }

void check_head(const RequestHead& head, const RequestDecoder::Limits& limits) {
  HARK_CHECK(is_token(head.method));
  HARK_CHECK(!head.target.empty() && std::all_of(head.target.begin(), head.target.end(), is_target_byte));
  HARK_CHECK(head.path() == "*" || head.path().starts_with('/'));
  HARK_CHECK(head.fields.size() <= limits.fields_max);
  std::size_t lengths = 0, encodings = 0, hosts = 0;
  for (const Field& field : head.fields) {
    HARK_CHECK(is_token(field.name) && is_clean(field.value));
    lengths += equals_ignoring_case(field.name, "content-length");
    encodings += equals_ignoring_case(field.name, "transfer-encoding");
    hosts += equals_ignoring_case(field.name, "host");
  }
  HARK_CHECK(lengths + encodings <= 1);
  HARK_CHECK(hosts == 1 || (hosts == 0 && head.version_minor == 0));
  HARK_CHECK((head.framing == BodyFraming::chunked) == (encodings == 1));
  HARK_CHECK(head.framing != BodyFraming::length || lengths == 1);
}

std::string rewritten(const RequestHead& head) {
  std::string text = std::string(head.method).append(" ").append(head.target).append(" HTTP/1.");
  text += head.version_minor == 1 ? "1\r\n" : "0\r\n";
  for (const Field& field : head.fields)
    text.append(field.name).append(":").append(field.value).append("\r\n");
  return text + "\r\n";
}

std::string rewritten(const RequestHead& head, std::string_view body) {
  if (head.framing != BodyFraming::chunked) return std::string(body);
  char size[20] = "";
  std::snprintf(size, sizeof size, "%zx\r\n", body.size());
  return (body.empty() ? "" : size + std::string(body) + "\r\n") + "0\r\n\r\n";
}

/// Decodes all of `bytes`, holds the decoder to its promises, and writes the whole requests again.
std::string rewrite(std::string_view bytes, const TranscriptOptions& options) {
  using Event = RequestDecoder::Event;
  RequestDecoder decoder(options.limits);
  decoder.feed(as_byte_span(bytes));
  std::string out, head, body;
  for (Event event = decoder.next(); event != Event::need_more; event = decoder.next()) {
    HARK_CHECK(decoder.buffered() <= bytes.size());
    switch (event) {
      case Event::head:
        check_head(decoder.head(), options.limits);
        decoder.allow_body(options.body_bytes_max);
        head = rewritten(decoder.head());
        body.clear();
        break;
      case Event::body:
        HARK_CHECK(!decoder.body().empty());
        body += as_text(decoder.body());
        HARK_CHECK(body.size() <= options.body_bytes_max);
        break;
      case Event::end: out += head + rewritten(decoder.head(), body); break;
      default: {
        const int status = decoder.error().status;
        HARK_CHECK(status == 400 || status == 413 || status == 414 || status == 431 || status == 505);
        HARK_CHECK(decoder.next() == Event::need_more && decoder.buffered() == 0);
      }
    }
  }
  // Only a head may wait, and a CRLF in front of it.
  HARK_CHECK(decoder.buffered() <= options.limits.head_bytes_max);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes = as_text(std::as_bytes(std::span(data + 2, size - 2)));
  TranscriptOptions options{.limits = {.head_bytes_max = 32u + 8u * (data[0] & 63u), .fields_max = 8},
                            .body_bytes_max = (data[0] & 128u) != 0 ? 1u << 16 : 16u,
                            .full = true};
  const std::string whole = transcript(bytes, options);
  options.cuts = {1u + (data[1] & 7u), 1u + (data[1] >> 3u)};
  HARK_CHECK(transcript(bytes, options) == whole);

  const std::string again = rewrite(bytes, options);
  HARK_CHECK(rewrite(again, options) == again);
  return 0;
}
