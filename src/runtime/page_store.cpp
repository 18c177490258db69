#include "runtime/page_store.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/log.h"

namespace hark::runtime {
namespace {

// One line: "hark-pages 1 MARK CHECKSUM", the checksum (16 hex digits) over what stands before it.
constexpr std::string_view file_name = "pages";
constexpr std::string_view heading = "hark-pages 1 ";
constexpr std::size_t file_bytes_max = 4096;

/// FNV-1a, 64 bits: against damage, not against malice.
std::uint64_t checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::string format_mark(SequencePage mark) {
  const std::string text = fmt::format("{}{} ", heading, mark.value());
  return fmt::format("{}{:016x}\n", text, checksum(text));
}

std::optional<SequencePage> parse_mark(std::string_view text) {
  if (!text.starts_with(heading)) return std::nullopt;
  const std::string_view digits = text.substr(heading.size());
  std::uint64_t mark = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mark);
  if (error != std::errc{} || mark >= sequence_values_max) return std::nullopt;
  // There is one way to write a mark; whatever differs from it in any byte is damage.
  if (text != format_mark(SequencePage(mark))) return std::nullopt;
  return SequencePage(mark);
}

}  // namespace

Result<PageStore> PageStore::open(const DataDirectory& directory, std::uint64_t epoch_milliseconds) {
  auto contents = directory.read(file_name, file_bytes_max);
  if (!contents) return Failure{contents.error()};
  SequencePage mark;  // 0: the first start
  if (contents->has_value()) {
    const std::optional<SequencePage> parsed = parse_mark(**contents);
    if (!parsed) {
      return fail(ErrorCode::unavailable,
                  fmt::format("the file {0}/{1} is damaged. It keeps sequence pages from being used "
                              "twice. Restore it from a copy; without one, see that the clock is "
                              "right, remove the file and start again",
                              escaped(directory.path()), file_name));
    }
    mark = *parsed;
  }
  const std::uint64_t first = std::max(epoch_milliseconds, mark.next().value());
  // Pages below 2^53 milliseconds end in the year 287396: only a broken clock or file comes near.
  if (first >= sequence_values_max - reserved_at_once)
    return fail(ErrorCode::unavailable,
                fmt::format("no sequence pages are left after {}: is the clock right?", first));
  PageStore store(directory, SequencePage(first));
  if (Result<void> reserved = store.reserve_more(); !reserved) return Failure{reserved.error()};
  return store;
}

Result<void> PageStore::reserve_more() {
  if (last_.value() >= sequence_values_max - 1 - reserved_at_once)
    return fail(ErrorCode::unavailable, "no sequence pages are left");
  return reserve_to(last_ + reserved_at_once);
}

Result<void> PageStore::reserve_to(SequencePage last) {
  Result<void> written = directory_->replace(file_name, format_mark(last));
  if (written) last_ = last;
  return written;
}

}  // namespace hark::runtime
