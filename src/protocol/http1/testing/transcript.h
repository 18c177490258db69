#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "protocol/http1/request_decoder.h"

namespace hark::protocol::http1::testing {

struct TranscriptOptions {
  RequestDecoder::Limits limits = {};
  std::uint64_t body_bytes_max = 1 << 20;
  std::vector<std::size_t> cuts = {std::string::npos};  ///< bytes fed at a time, in turn; none is 0
  bool full = false;  ///< the fields, path and query too, and control bytes of bodies as they are
};

inline std::string words_of(const RequestHead& head, bool full) {
  std::string words = std::string(head.method) + " " + std::string(head.target);
  if (head.version_minor == 0) words += " 1.0";
  if (head.framing == BodyFraming::chunked) words += " chunked";
  if (head.framing == BodyFraming::length) words += " length=" + std::to_string(head.content_length);
  if (!head.keep_alive) words += " close";
  if (head.expects_continue) words += " continue";
  if (!full) return words;
  words.append(" ").append(head.path()).append(" ").append(head.query());
  for (const Field& field : head.fields)
    words.append(" {").append(field.name).append(": ").append(field.value).append("}");
  return words;
}

/// What a decoder makes of `bytes`, in words: "POST /a length=5 'hello' end, error 400 no Host". A body's
/// pieces are joined, so the words do not depend on the cuts. " more" at the end: a request has begun.
/// Control bytes of a body are shown as points.
inline std::string transcript(std::string_view bytes, const TranscriptOptions& options) {
  using Event = RequestDecoder::Event;
  RequestDecoder decoder(options.limits);
  std::string words, body;
  const auto flush = [&] {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    if (!options.full) std::replace_if(body.begin(), body.end(), is_control, '.');
    if (!body.empty()) words.append(" '").append(body).append("'");
    body.clear();
  };
  for (std::size_t turn = 0; !bytes.empty(); ++turn) {
    const std::string_view piece = bytes.substr(0, options.cuts[turn % options.cuts.size()]);
    bytes.remove_prefix(piece.size());
    decoder.feed(as_byte_span(piece));
    for (Event event = decoder.next(); event != Event::need_more; event = decoder.next()) {
      if (event == Event::body) {
        if (decoder.body().empty()) return words + " EMPTY PIECE";
        body += as_text(decoder.body());
        continue;
      }
      flush();
      if (event == Event::end) words += " end";
      if (event == Event::head || event == Event::error) words += words.empty() ? "" : ", ";
      if (event == Event::head) {
        words += words_of(decoder.head(), options.full);
        decoder.allow_body(options.body_bytes_max);
      }
      if (event == Event::error) {
        words += "error " + std::to_string(decoder.error().status) + " " + decoder.error().reason;
      }
    }
  }
  flush();
  const bool over = decoder.error().status != 0 || decoder.between_requests();
  return over ? words : words + (words.empty() ? "more" : " more");
}

}  // namespace hark::protocol::http1::testing
