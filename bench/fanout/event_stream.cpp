#include "bench/fanout/event_stream.h"

#include <fmt/core.h>

#include <array>
#include <charconv>

namespace hark::bench {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  die("a stamp that is none");
}

/// Takes `text` from the front of `from`, or dies.
void expect(std::string_view& from, std::string_view text) {
  if (!from.starts_with(text))
    die(fmt::format("an event's data has '{}' instead of '{}'", from.substr(0, 40), text));
  from.remove_prefix(text.size());
}

std::uint64_t take_number(std::string_view& from) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), number);
  if (error != std::errc()) die("a number that is none");
  from.remove_prefix(static_cast<std::size_t>(end - from.data()));
  return number;
}

}  // namespace

void write_text_stamp(char* payload, Stamp stamp) {
  std::array<std::uint8_t, stamp_size> bytes;
  write_stamp(bytes.data(), stamp);
  for (const std::uint8_t byte : bytes) {
    *payload++ = digits[byte >> 4];
    *payload++ = digits[byte & 15];
  }
}

void EventStream::feed(Bytes bytes, Score& score) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty()) {
    if (place_ == Place::chunk) {
      const std::string_view part = text.substr(0, left_);
      read_body(part, score);
      left_ -= part.size();
      text.remove_prefix(part.size());
      if (left_ == 0) place_ = Place::chunk_end;
      continue;
    }
    const std::size_t end = text.find('\n');
    line_.append(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
    if (!line_.ends_with('\r')) die("a line of HTTP without its CR");
    const std::string_view line = std::string_view(line_).substr(0, line_.size() - 1);
    switch (place_) {
      case Place::head: read_head_line(line); break;
      case Place::size: read_size(line); break;
      case Place::chunk_end:
        if (!line.empty()) die("a chunk that is longer than it said");
        place_ = Place::size;
        break;
      case Place::chunk: break;
    }
    line_.clear();
  }
}

void EventStream::read_head_line(std::string_view line) {
  if (line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.1 200 "))
    die(fmt::format("events: {}", line));
  if (line.empty()) place_ = Place::size;
}

void EventStream::read_size(std::string_view line) {
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
  if (error != std::errc() || end != line.data() + line.size()) die("a chunk without a size");
  if (left_ == 0) die("the events ended");
  place_ = Place::chunk;
}

void EventStream::read_body(std::string_view bytes, Score& score) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      event_line_.append(bytes);
      return;
    }
    if (event_line_.empty()) {
      read_event_line(bytes.substr(0, end), score);
    } else {
      event_line_.append(bytes.substr(0, end));
      read_event_line(event_line_, score);
      event_line_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
}

void EventStream::read_event_line(std::string_view line, Score& score) {
  if (!confirmed_) {
    confirmed_ = true;
    ++score.ready;
  }
  if (line.starts_with("event: ")) die(fmt::format("{}: the load outran its reader", line));
  if (!line.starts_with("data: ")) return;
  line.remove_prefix(6);
  expect(line, R"({"item":{"topic_sequence_number":)");
  const std::uint64_t sequence = take_number(line);
  expect(line, R"(,"sequence_page":)");
  take_number(line);
  expect(line, R"(,"value":{"text":")");
  const std::string_view payload = line.substr(0, payload_size_);
  line.remove_prefix(payload.size());
  expect(line, R"("}}})");
  if (last_sequence_ != 0 && sequence != last_sequence_ + 1)
    die(fmt::format("sequence number {} after {}", sequence, last_sequence_));
  last_sequence_ = sequence;
  std::array<std::uint8_t, stamp_size> stamp;
  for (std::size_t i = 0; i < stamp.size(); ++i)
    stamp[i] = static_cast<std::uint8_t>(value_of(payload[2 * i]) * 16 + value_of(payload[2 * i + 1]));
  score.deliver(subscriber_, stamp.data());
}

}  // namespace hark::bench
