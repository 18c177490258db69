// What the library tells a session: frames received, frames sent, bodies asked for.
#include <algorithm>

#include "protocol/http2/nghttp2_session.h"

namespace hark::protocol::http2 {

int Nghttp2Session::on_begin_headers(const nghttp2_frame& frame) {
  const bool request = frame.headers.cat == NGHTTP2_HCAT_REQUEST;
  block_.begin(limits_, request);
  if (!request) return 0;
  auto stream = std::make_unique<Stream>(frame.hd.stream_id);
  check_library(nghttp2_session_set_stream_user_data(session_, stream->id, stream.get()));
  streams_.push_back(*stream.release());
  return 0;
}

int Nghttp2Session::on_header(const nghttp2_frame&, std::string_view name, std::string_view value) {
  if (block_.add(name, value)) return 0;
  cut_for_flood("a header list is too large");
  return NGHTTP2_ERR_CALLBACK_FAILURE;  // stops the decoder at once
}

int Nghttp2Session::on_frame_received(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      if (Stream* const stream = find(frame.hd.stream_id)) on_headers_received(frame, *stream);
      break;
    case NGHTTP2_DATA: {
      const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
      const bool padding_alone = frame.hd.length > 0 && frame.hd.length == frame.data.padlen;
      if (padding_alone && !ends && !guard_.allow_empty_data()) {
        cut_for_flood("too many empty DATA frames");
        return NGHTTP2_ERR_CALLBACK_FAILURE;
      }
      Stream* const stream = find(frame.hd.stream_id);
      if (!ends || !stream) break;
      stream->request_ended = true;
      if (!stream->reset_by_us) events_.on_request_end(stream->id);
      break;
    }
    case NGHTTP2_RST_STREAM: on_reset_received(find(frame.hd.stream_id)); break;
    case NGHTTP2_SETTINGS:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) preface_by_.reset();
      break;
    default: break;
  }
  return 0;
}

void Nghttp2Session::on_headers_received(const nghttp2_frame& frame, Stream& stream) {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  stream.request_ended = ends;
  if (!stream.announced) {
    stream.announced = true;
    ++counters_.streams_opened;
    events_.on_request(stream.id, block_, ends);
  } else if (ends && !stream.reset_by_us) {
    events_.on_request_end(stream.id);
  }
  block_.clear();
}

int Nghttp2Session::on_data_chunk(StreamId id, ByteSpan bytes) {
  Stream* const stream = find(id);
  if (!stream) {
    check_library(nghttp2_session_consume_connection(session_, bytes.size()));
    return 0;
  }
  stream->unconsumed += bytes.size();
  if (stream->reset_by_us) {
    give_back(*stream, bytes.size());  // the rest of a frame that was on its way
  } else {
    events_.on_body(id, bytes);
  }
  return 0;
}

void Nghttp2Session::on_frame_sent(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
      if (frame.hd.type == NGHTTP2_DATA && !ends) return;  // the hot path
      Stream* const stream = find(frame.hd.stream_id);
      if (!stream) return;
      stream->head_sent = true;
      // RFC 9113, 8.1: the answer is whole, so the rest of the request is of no use.
      if (ends && !stream->request_ended) reset_stream(*stream, NGHTTP2_NO_ERROR);
      return;
    }
    case NGHTTP2_RST_STREAM: return on_reset_sent(find(frame.hd.stream_id));
    case NGHTTP2_GOAWAY:
      // Ours have failed before; this one is the library's, for broken framing.
      if (frame.goaway.error_code != NGHTTP2_NO_ERROR) {
        const std::span reason(frame.goaway.opaque_data, frame.goaway.opaque_data_len);
        fail_once(counters_.closed_for_protocol, ErrorCode::invalid_argument, as_text(std::as_bytes(reason)));
      }
      return;
    default: return;
  }
}

void Nghttp2Session::on_frame_not_sent(const nghttp2_frame& frame, int error) {
  if (frame.hd.type != NGHTTP2_HEADERS) return;
  // A reset is on its way already, and whose fault it was must stay known.
  if (error == NGHTTP2_ERR_STREAM_CLOSING || error == NGHTTP2_ERR_STREAM_CLOSED) return;
  // A head above the library's 64 KiB.
  if (Stream* const stream = find(frame.hd.stream_id)) { reset_stream(*stream, NGHTTP2_INTERNAL_ERROR); }
}

void Nghttp2Session::on_reset_received(const Stream* stream) {
  ++counters_.resets_received;
  const bool early = stream && !stream->head_sent;
  const bool allowed = early ? guard_.allow_early_reset(now_) : guard_.allow_late_reset(now_);
  if (!allowed) cut_for_flood("too many stream resets");
}

void Nghttp2Session::on_reset_sent(const Stream* stream) {
  ++counters_.resets_sent;
  if (stream && stream->reset_by_us) return;
  if (!guard_.allow_early_reset(now_)) cut_for_flood("too many stream errors");
}

void Nghttp2Session::on_stream_closed(StreamId id) {
  Stream* const stream = find(id);
  if (!stream) return;
  // From here on the owner's late calls for this stream find nothing.
  check_library(nghttp2_session_set_stream_user_data(session_, id, nullptr));
  if (stream->unconsumed > 0) {
    check_library(nghttp2_session_consume_connection(session_, stream->unconsumed));
  }
  forget_answer(*stream);
  streams_.erase(streams_.iterator_to(*stream));
  const std::unique_ptr<Stream> ended(stream);
  if (ended->announced) events_.on_stream_closed(id);
}

void Nghttp2Session::forget_answer(Stream& stream) {
  if (!stream.in_answers.is_linked()) return;
  stream.in_answers.unlink();
  answer_bytes_ -= stream.answer->body_bytes();
}

ssize_t Nghttp2Session::read_body(Stream& stream, std::size_t bytes_max, std::uint32_t& flags) {
  if (stream.dry_at == resumes_) return NGHTTP2_ERR_DEFERRED;
  constexpr std::size_t smallest_frame = 1024;  // no crumbs at the end of a gather-write
  const std::size_t limit = std::min(bytes_max, std::max(out_->room(), smallest_frame));
  slices_.clear();
  const BodySource::Pulled pulled = stream.source->pull(limit, slices_);
  const std::size_t given = slices_.bytes();
  HARK_CHECK(given <= limit);

  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  switch (pulled) {
    case BodySource::Pulled::more: HARK_CHECK(given > 0); break;
    case BodySource::Pulled::wait:
      if (given == 0) return NGHTTP2_ERR_DEFERRED;
      stream.dry_at = resumes_;
      break;
    case BodySource::Pulled::end:
      flags |= NGHTTP2_DATA_FLAG_EOF;
      if (submit_trailers(stream)) flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      stream.source = nullptr;
      forget_answer(stream);
      break;
  }
  if (stream.in_answers.is_linked() && given > 0) {
    see_new_answers(now_);  // else this one, behind them, would end the search for them
    stream.answer_moved = now_;
    answers_.splice(answers_.end(), answers_, answers_.iterator_to(stream));
  }
  return static_cast<ssize_t>(given);
}

int Nghttp2Session::send_body(ByteSpan frame_head) {
  out_->append_copy(frame_head);
  for (const Slices::Slice& slice : slices_) {
    if (slice.lasting) {
      out_->append(slice.bytes);
    } else {
      out_->append_copy(slice.bytes);
    }
  }
  guard_.on_data_sent();
  return out_->room() == 0 ? NGHTTP2_ERR_PAUSE : 0;
}

}  // namespace hark::protocol::http2
