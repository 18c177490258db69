#include "protocol/sse/event_codec.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/base64.h"
#include "protocol/json/item_codec.h"

namespace hark::protocol::sse {
namespace {

constexpr std::string_view binary_line = "event: binary\n", data_name = "data: ";

char* write(std::string_view text, char* out) { return std::copy(text.begin(), text.end(), out); }

/// "id: PAGE:NUMBER\n", without allocation.
class IdLine {
 public:
  explicit IdLine(Position position) {
    char* at = write("id: ", line_.data());
    at = std::to_chars(at, line_.data() + line_.size(), position.page.value()).ptr;
    *at++ = ':';
    at = std::to_chars(at, line_.data() + line_.size(), position.number.value()).ptr;
    *at++ = '\n';
    size_ = static_cast<std::size_t>(at - line_.data());
  }
  std::string_view text() const { return {line_.data(), size_}; }

 private:
  std::array<char, 48> line_;
  std::size_t size_;
};

/// The lines of a text, of which there is one more than line ends: LF, CR or CRLF.
template <typename F>
void each_line(std::string_view text, F&& take) {
  while (true) {
    const std::size_t end = text.find_first_of("\r\n");
    take(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
}

Position slot_of(const Message& message) { return {message.page(), message.number()}; }

bool read_number(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value <= sequence_values_max;
}

}  // namespace

std::size_t event_size(const Message& message, EventData data) {
  std::size_t size = IdLine(slot_of(message)).text().size() + 1;
  if (data == EventData::json) return size + data_name.size() + json::item_size(message) + 1;
  if (message.kind() == PayloadKind::binary)
    return size + binary_line.size() + data_name.size() + base64_size(message.payload().size()) + 1;
  each_line(as_text(message.payload().span()),
            [&](std::string_view line) { size += data_name.size() + line.size() + 1; });
  return size;
}

char* write_event(const Message& message, EventData data, char* out) {
  out = write(IdLine(slot_of(message)).text(), out);
  if (data == EventData::json) {
    out = write("\n", json::write_item(message, write(data_name, out)));
  } else if (message.kind() == PayloadKind::binary) {
    out = write(data_name, write(binary_line, out));
    out = write("\n", write_base64(message.payload().span(), out));
  } else {
    each_line(as_text(message.payload().span()),
              [&](std::string_view line) { out = write("\n", write(line, write(data_name, out))); });
  }
  return write("\n", out);
}

void append_discontinuity(const Discontinuity& discontinuity, std::string& out) {
  out += "event: discontinuity\n";
  append_position({discontinuity.page, discontinuity.missed_to}, out);
  out += data_name;
  json::append_discontinuity(discontinuity, out);
  out += "\n\n";
}

void append_position(Position last, std::string& out) { out += IdLine(last).text(); }

void append_retry(std::uint64_t milliseconds, std::string& out) {
  out.append("retry: ").append(std::to_string(milliseconds)).append("\n");
}

void append_end(std::string_view problem, std::string& out) {
  out.append("event: end\n").append(data_name).append(problem).append("\n\n");
}

bool read_id(std::string_view id, Position& last) {
  const std::size_t colon = id.find(':');
  std::uint64_t page = 0, number = 0;
  if (colon == std::string_view::npos || !read_number(id.substr(0, colon), page) ||
      !read_number(id.substr(colon + 1), number) || page == 0)
    return false;
  last = {SequencePage(page), SequenceNumber(number)};
  return true;
}

}  // namespace hark::protocol::sse
