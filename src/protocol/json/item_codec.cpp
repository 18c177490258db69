#include "protocol/json/item_codec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/base64.h"
#include "protocol/json/text.h"

namespace hark::protocol::json {
namespace {

constexpr std::string_view number_name = R"({"item":{"topic_sequence_number":)",
                           page_name = R"(,"sequence_page":)", text_name = R"(,"value":{"text":)",
                           binary_name = R"(,"value":{"binary":")", publisher_name = R"(},"publisher_id":)",
                           end_with_publisher = "}}", end = "}}}";

/// The decimal digits of a number, without allocation.
class Digits {
 public:
  explicit Digits(std::uint64_t value)
      : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), value).ptr) {}
  std::string_view text() const { return {digits_.data(), end_}; }

 private:
  std::array<char, 20> digits_;
  const char* end_;
};

char* write(std::string_view text, char* out) { return std::copy(text.begin(), text.end(), out); }

std::size_t value_size(const Message& message) {
  if (message.kind() == PayloadKind::text)
    return text_name.size() + quoted_size(as_text(message.payload().span()));
  return binary_name.size() + base64_size(message.payload().size()) + 1;
}

}  // namespace

std::size_t item_size(const Message& message) {
  const std::size_t head = number_name.size() + Digits(message.number().value()).text().size() +
                           page_name.size() + Digits(message.page().value()).text().size();
  const std::string_view publisher = message.publisher_id();
  const std::size_t tail = publisher.empty()
                               ? end.size()
                               : publisher_name.size() + quoted_size(publisher) + end_with_publisher.size();
  return head + value_size(message) + tail;
}

char* write_item(const Message& message, char* out) {
  out = write(number_name, out);
  out = write(Digits(message.number().value()).text(), out);
  out = write(page_name, out);
  out = write(Digits(message.page().value()).text(), out);
  if (message.kind() == PayloadKind::text) {
    out = write_quoted(as_text(message.payload().span()), write(text_name, out));
  } else {
    out = write("\"", write_base64(message.payload().span(), write(binary_name, out)));
  }
  if (message.publisher_id().empty()) return write(end, out);
  return write(end_with_publisher, write_quoted(message.publisher_id(), write(publisher_name, out)));
}

void append_discontinuity(const Discontinuity& told, std::string& out) {
  const auto number = [&](std::string_view name, std::uint64_t value) {
    out.append(name).append(Digits(value).text());
  };
  const bool other_page = told.reason == DiscontinuityReason::page_changed;
  // A claim ahead of the head misses nothing, and tells of none.
  const std::uint64_t missed_from = other_page ? 1
                                    : told.reason == DiscontinuityReason::position_ahead
                                        ? told.missed_to.value() + 1
                                        : told.last.number.value() + 1;
  number(R"({"discontinuity":{"last_topic_sequence":)", told.last.number.value());
  number(R"(,"last_sequence_page":)", told.last.page.value());
  number(R"(,"new_topic_sequence":)", told.missed_to.value() + 1);
  number(R"(,"new_sequence_page":)", told.page.value());
  number(R"(,"missed_from":)", missed_from);
  number(R"(,"missed_to":)", told.missed_to.value());
  out.append(R"(,"reason":")").append(to_string(told.reason)).append("\"}}");
}

}  // namespace hark::protocol::json
