#include "gateway/requested_start.h"

#include <charconv>

namespace hark::gateway {

Result<void> read_requested_start(std::string_view text, topic::ResumeRequest& resume) {
  constexpr std::string_view last = "last:";
  if (text == "new" || text == "latest") {
    resume.fresh_messages = text == "latest" ? 1 : 0;
    return {};
  }
  const bool of_newest = text.starts_with(last);
  if (of_newest) text.remove_prefix(last.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || value > sequence_values_max || (!of_newest && value == 0))
    return fail(ErrorCode::invalid_argument,
                "start is new, latest, the number of a message (from 1 on), or last:COUNT");
  if (of_newest)
    resume.fresh_messages = value;
  else
    resume.number = SequenceNumber(value);
  return {};
}

}  // namespace hark::gateway
