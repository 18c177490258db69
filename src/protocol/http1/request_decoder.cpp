#include "protocol/http1/request_decoder.h"

#include <algorithm>

namespace hark::protocol::http1 {

RequestDecoder::RequestDecoder(Limits limits) : limits_(limits), scanner_(limits.head_bytes_max) {}

void RequestDecoder::feed(ByteSpan bytes) {
  if (state_ == State::failed) return;
  buffer_.erase(0, used_);
  used_ = 0;
  buffer_.append(as_text(bytes));
}

RequestDecoder::Event RequestDecoder::next() {
  const Event event = decode();
  if (event == Event::need_more && buffered() == 0) release_buffer();
  return event;
}

void RequestDecoder::release_buffer() {
  // A connection may idle for minutes after a large piece of a body.
  if (buffer_.capacity() > idle_buffer_bytes_max) std::string().swap(buffer_);
  buffer_.clear();
  used_ = 0;
}

RequestDecoder::Event RequestDecoder::decode() {
  switch (state_) {
    case State::head: return next_head();
    case State::framing: return begin_body();
    case State::body_length: return next_length_body();
    case State::body_chunked: return next_chunked_body();
    case State::end:
      state_ = State::head;
      scanner_ = HeadScanner(limits_.head_bytes_max);
      skipped_empty_line_ = false;
      in_request_ = false;
      return Event::end;
    case State::failed: break;
  }
  return Event::need_more;
}

RequestDecoder::Event RequestDecoder::next_head() {
  // RFC 9112, 2.2: one empty line before a request is forgiven; some clients end a body with it.
  if (!skipped_empty_line_) {
    if (unused() == "\r") return Event::need_more;
    if (unused().starts_with("\r\n")) {
      used_ += 2;
      skipped_empty_line_ = true;
    }
  }
  const HeadScanner::Outcome outcome = scanner_.scan(unused());
  if (outcome == HeadScanner::Outcome::need_more) return Event::need_more;
  if (outcome == HeadScanner::Outcome::failed) return fail(scanner_.error());
  const std::size_t size = scanner_.size();
  if (size == 2) return fail({400, "empty request"});
  head_text_.assign(unused().substr(0, size - 2));
  used_ += size;
  const RequestError error = parse_request_head(head_text_, limits_.fields_max, head_);
  if (error.status != 0) return fail(error);
  body_bytes_max_ = 0;
  state_ = State::framing;
  in_request_ = true;
  return Event::head;
}

RequestDecoder::Event RequestDecoder::begin_body() {
  switch (head_.framing) {
    case BodyFraming::none: state_ = State::end; break;
    case BodyFraming::length:
      if (head_.content_length > body_bytes_max_) return fail({413, "body too large"});
      body_bytes_left_ = head_.content_length;
      state_ = State::body_length;
      break;
    case BodyFraming::chunked:
      chunks_.emplace(ChunkDecoder::Limits{.body_bytes_max = body_bytes_max_,
                                           .trailer_bytes_max = limits_.head_bytes_max});
      state_ = State::body_chunked;
      break;
  }
  return decode();
}

RequestDecoder::Event RequestDecoder::next_length_body() {
  const ByteSpan rest = as_byte_span(unused());
  if (rest.empty()) return Event::need_more;
  body_ = rest.first(std::min<std::uint64_t>(body_bytes_left_, rest.size()));
  used_ += body_.size();
  body_bytes_left_ -= body_.size();
  if (body_bytes_left_ == 0) state_ = State::end;
  return Event::body;
}

RequestDecoder::Event RequestDecoder::next_chunked_body() {
  const ChunkDecoder::Step step = chunks_->step(as_byte_span(unused()));
  used_ += step.used;
  switch (step.outcome) {
    case ChunkDecoder::Outcome::need_more: return Event::need_more;
    case ChunkDecoder::Outcome::failed: return fail(chunks_->error());
    case ChunkDecoder::Outcome::data: body_ = step.data; return Event::body;
    case ChunkDecoder::Outcome::done: break;
  }
  state_ = State::end;
  return decode();
}

RequestDecoder::Event RequestDecoder::fail(RequestError error) {
  error_ = error;
  state_ = State::failed;
  std::string().swap(buffer_);
  used_ = 0;
  return Event::error;
}

}  // namespace hark::protocol::http1
