#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/message.h"

namespace hark::protocol::sse {

// Items as events of a text/event-stream (WHATWG HTML, 9.2). Each block ends by its empty line. Its id is
// PAGE:NUMBER, the last number that the client has then, so that Last-Event-ID resumes behind it.

enum class EventData : std::uint8_t {
  json,  ///< as protocol/json says it: nothing is lost
  text,  ///< the payload itself; line ends of every kind arrive as LF. Bytes: event "binary", as base64
};

/// Size of write_event's output.
std::size_t event_size(const Message& message, EventData data);
/// Writes the block of a message. Returns the end of what was written.
char* write_event(const Message& message, EventData data, char* out);

/// Appends the block of event "discontinuity", in either data form as JSON.
void append_discontinuity(const Discontinuity& discontinuity, std::string& out);

/// Appends the lines of a block that tells where the client stands: it dispatches nothing. The caller ends
/// the block.
void append_position(Position last, std::string& out);
/// Appends the line that tells how long to wait before a reconnect, in milliseconds.
void append_retry(std::uint64_t milliseconds, std::string& out);
/// Appends the block of event "end": the stream is over and why, as one line of JSON.
void append_end(std::string_view problem, std::string& out);

/// A comment, which keeps the connection alive.
inline constexpr std::string_view heartbeat = ":\n\n";

/// Reads an id back. False: it is none.
bool read_id(std::string_view id, Position& last);

}  // namespace hark::protocol::sse
