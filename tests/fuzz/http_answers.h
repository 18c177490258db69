#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace hark::fuzz {

/// One HTTP/1.1 answer, as a client of its own reads it.
struct HttpAnswer {
  int status = 0;
  std::string content_type;
  std::string body;       ///< out of its chunks
  bool close = false;     ///< it says that the connection ends
  bool streamed = false;  ///< chunked, or until the connection ends
  bool whole = false;     ///< its end has come
  bool has_slot = false;  ///< it names the place of a message that was published
};

/// Reads what a server has sent, strictly and with code that shares nothing with the server's. Whatever is no
/// sequence of answers stops the process.
class HttpAnswers {
 public:
  /// `is_head(i)`: whether the `i`th request asked by HEAD. `over`: nothing follows `bytes`.
  template <typename IsHead>
  HttpAnswers(std::string_view bytes, bool over, const IsHead& is_head) : rest_(bytes), over_(over) {
    while (!rest_.empty()) {
      std::optional<HttpAnswer> answer = take(is_head(finals.size()));
      if (!answer) break;
      if (answer->status < 200) {
        ++interims;
        continue;
      }
      finals.push_back(*std::move(answer));
      if (!finals.back().whole) break;
    }
  }

  std::vector<HttpAnswer> finals;
  std::size_t interims = 0;
  /// Whether everything belongs to a whole answer.
  bool whole() const { return rest_.empty() && (finals.empty() || finals.back().whole); }

 private:
  struct Framing {
    std::optional<std::size_t> length;
    bool chunked = false, connection = false;
  };

  /// RFC 9110, 5.5. Bytes from 0x80 on are there only where an answer says again what the client has said.
  static bool is_printable(std::string_view text) {
    for (const char c : text)
      if (c != '\t' && ((c >= 0 && c < 0x20) || c == 0x7f)) return false;
    return true;
  }

  std::optional<HttpAnswer> take(bool to_head) {
    const std::size_t end = rest_.find("\r\n\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view head = rest_.substr(0, end + 2);
    const std::string_view line = take_line(head);
    HARK_CHECK(line.size() >= 13 && line.starts_with("HTTP/1.1 ") && line[12] == ' ' && is_printable(line));
    HttpAnswer answer;
    for (const char c : line.substr(9, 3)) {
      HARK_CHECK(c >= '0' && c <= '9');
      answer.status = answer.status * 10 + (c - '0');
    }
    HARK_CHECK(answer.status >= 100 && answer.status <= 599);
    Framing framing;
    while (!head.empty()) take_field(take_line(head), answer, framing);
    rest_.remove_prefix(end + 4);
    take_body(to_head, framing, answer);
    return answer;
  }

  static std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    return line;
  }

  static void take_field(std::string_view line, HttpAnswer& answer, Framing& framing) {
    HARK_CHECK(is_printable(line));
    const std::size_t colon = line.find(": ");
    HARK_CHECK(colon != std::string_view::npos && colon > 0);
    const std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
    HARK_CHECK(name.find_first_of(" \t:") == std::string_view::npos);
    if (name == "Content-Length") {
      HARK_CHECK(!framing.length && !value.empty() && value.size() < 10);
      framing.length = 0;
      for (const char c : value) {
        HARK_CHECK(c >= '0' && c <= '9');
        framing.length = *framing.length * 10 + static_cast<std::size_t>(c - '0');
      }
    } else if (name == "Transfer-Encoding") {
      HARK_CHECK(!framing.chunked && value == "chunked");
      framing.chunked = true;
    } else if (name == "Connection") {
      HARK_CHECK(!framing.connection && (value == "close" || value == "keep-alive"));
      framing.connection = true;
      answer.close = value == "close";
    } else if (name == "Content-Type") {
      HARK_CHECK(answer.content_type.empty());
      answer.content_type = value;
    } else if (name == "hark-sequence-number") {
      answer.has_slot = true;
    }
  }

  void take_body(bool to_head, const Framing& framing, HttpAnswer& answer) {
    HARK_CHECK(!(framing.length && framing.chunked));
    HARK_CHECK(framing.connection == (answer.status >= 200));
    if (answer.status < 200 || answer.status == 204 || answer.status == 304) {
      HARK_CHECK(!framing.length && !framing.chunked);
      answer.whole = true;
    } else if (to_head && !(answer.status == 408 && rest_.size() == framing.length)) {
      // A request that was not whole in time is no HEAD yet.
      answer.whole = true;
    } else if (framing.length) {
      answer.body = rest_.substr(0, *framing.length);
      rest_.remove_prefix(answer.body.size());
      answer.whole = answer.body.size() == *framing.length;
    } else {
      HARK_CHECK(framing.chunked || answer.close);
      answer.streamed = true;
      if (framing.chunked) return take_chunks(answer);
      answer.body = rest_;
      rest_ = {};
      answer.whole = over_;
    }
  }

  void take_chunks(HttpAnswer& answer) {
    while (true) {
      const std::size_t end = rest_.find("\r\n");
      if (end == std::string_view::npos) return;
      std::size_t size = 0;
      HARK_CHECK(end > 0 && end < 8);
      for (const char c : rest_.substr(0, end)) {
        HARK_CHECK((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
        size = size * 16 + static_cast<std::size_t>(c <= '9' ? c - '0' : c - 'a' + 10);
      }
      if (rest_.size() < end + 2 + size + 2) return;
      HARK_CHECK(rest_.substr(end + 2 + size, 2) == "\r\n");
      answer.body += rest_.substr(end + 2, size);
      rest_.remove_prefix(end + 4 + size);
      if (size == 0) {
        answer.whole = true;
        return;
      }
    }
  }

  std::string_view rest_;
  bool over_;
};

}  // namespace hark::fuzz
