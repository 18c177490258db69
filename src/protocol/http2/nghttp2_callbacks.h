#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>

#include "protocol/http2/server_session.h"

namespace hark::protocol::http2 {

struct Nghttp2Deleter {
  void operator()(nghttp2_session_callbacks* it) const { nghttp2_session_callbacks_del(it); }
  void operator()(nghttp2_option* it) const { nghttp2_option_del(it); }
};

/// The library's calls into Nghttp2Session, whose address is their user_data. Built once, never changed.
const nghttp2_session_callbacks* session_callbacks();
std::unique_ptr<nghttp2_option, Nghttp2Deleter> session_options(const SessionLimits& limits);
/// Pulls from the source of `source.ptr`, a Stream.
ssize_t read_body_callback(nghttp2_session*, std::int32_t stream_id, std::uint8_t* buffer, std::size_t length,
                           std::uint32_t* flags, nghttp2_data_source* source, void* user_data);

}  // namespace hark::protocol::http2
