#include "gateway/http/stream_query.h"

#include <array>
#include <charconv>
#include <optional>

#include "gateway/requested_start.h"
#include "protocol/http1/percent.h"

namespace hark::gateway::http {
namespace {

/// The parameters that mean something here, each once.
class Parameters {
 public:
  enum Name : std::size_t { start, sequence_number, sequence_page, format, wait, count };

  Result<void> read(std::string_view query) {
    while (!query.empty()) {
      const std::string_view pair = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(query.size(), pair.size() + 1));
      if (auto taken = take(pair); !taken) return taken;
    }
    return {};
  }
  const std::optional<std::string>& operator[](Name name) const { return values_[name]; }
  static std::string_view name_of(Name name) { return names[name]; }

 private:
  static constexpr std::array<std::string_view, count> names{"start", "sequence_number", "sequence_page",
                                                             "format", "wait"};

  Result<void> take(std::string_view pair) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    for (std::size_t i = 0; i < count; ++i) {
      if (name != names[i]) continue;
      const std::string said(name);
      if (values_[i]) return fail(ErrorCode::invalid_argument, said + " comes twice");
      values_[i] = protocol::http1::percent_decode(pair.substr(std::min(equals + 1, pair.size())));
      if (!values_[i]) return fail(ErrorCode::invalid_argument, said + ": a % needs two hexadecimal digits");
    }
    return {};
  }
  std::array<std::optional<std::string>, count> values_;
};

Result<std::uint64_t> number(std::string_view name, std::string_view text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value <= max) return value;
  return fail(ErrorCode::invalid_argument,
              std::string(name) + " is a whole number from 0 to " + std::to_string(max));
}

Result<void> read_position(const Parameters& said, topic::ResumeRequest& resume) {
  for (const auto name : {Parameters::sequence_number, Parameters::sequence_page}) {
    if (!said[name]) continue;
    const auto value = number(Parameters::name_of(name), *said[name], sequence_values_max);
    if (!value) return Failure{value.error()};
    if (name == Parameters::sequence_number)
      resume.number = SequenceNumber(*value);
    else
      resume.page = SequencePage(*value);
  }
  return {};
}

Result<void> read_begin(const Parameters& said, std::string_view last_event_id,
                        topic::ResumeRequest& resume) {
  const bool position = said[Parameters::sequence_number] || said[Parameters::sequence_page];
  if (said[Parameters::start] && position)
    return fail(ErrorCode::invalid_argument, "say start, or sequence_number and sequence_page: not both");
  if (said[Parameters::start]) {
    if (auto read = read_requested_start(*said[Parameters::start], resume); !read) return read;
  }
  if (auto read = read_position(said, resume); !read) return read;
  if (last_event_id.empty()) return {};
  // A client that comes back says where it was, whatever its address said when it came first.
  Position last;
  if (!protocol::sse::read_id(last_event_id, last))
    return fail(ErrorCode::invalid_argument, "Last-Event-ID is PAGE:NUMBER, as an event's id was");
  resume.page = last.page;
  resume.number = last.number.next();
  return {};
}

}  // namespace

Result<StreamQuery> StreamQuery::parse(std::string_view query, std::string_view last_event_id, Form form,
                                       bool begin_with_latest) {
  Parameters said;
  if (auto read = said.read(query); !read) return Failure{read.error()};
  StreamQuery parsed;
  parsed.resume.fresh_messages = form == Form::list && begin_with_latest ? 1 : 0;
  const std::string_view id = form == Form::events ? last_event_id : std::string_view();
  if (auto read = read_begin(said, id, parsed.resume); !read) return Failure{read.error()};
  if (form == Form::events && said[Parameters::format]) {
    const std::string& format = *said[Parameters::format];
    if (format != "json" && format != "text")
      return fail(ErrorCode::invalid_argument, "format is json or text");
    if (format == "text") parsed.data = protocol::sse::EventData::text;
  }
  if (form == Form::list && said[Parameters::wait]) {
    const auto seconds = number("wait", *said[Parameters::wait], static_cast<std::uint64_t>(wait_max / 1s));
    if (!seconds) return Failure{seconds.error()};
    parsed.wait = *seconds * 1s;
  }
  return parsed;
}

}  // namespace hark::gateway::http
