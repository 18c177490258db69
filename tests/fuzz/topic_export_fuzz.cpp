// The records of an export: whatever the bytes, decoding ends with a record or an error; a record that comes
// out is one that can be, and written again it is the same bytes.
#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "topic/topic_export.h"

namespace {

using namespace hark;
using namespace hark::topic;

struct CanBe {
  void operator()(const ExportedTopic& t) const {
    HARK_CHECK(check_namespace_name(t.path.namespace_name()) && check_topic_name(t.path.topic_name()));
    HARK_CHECK(t.page.value() > 0 && t.oldest.value() > 0 && t.oldest <= t.next);
    HARK_CHECK(t.next.value() < sequence_values_max && t.page.value() < sequence_values_max);
  }
  void operator()(const ExportedMessage& m) const {
    HARK_CHECK(m.age >= Duration{0});
    HARK_CHECK(m.draft.kind == PayloadKind::binary || is_utf8(m.draft.payload.text()));
  }
  void operator()(const ExportedForgotten& f) const { HARK_CHECK(f.page.value() > 0 && f.next.value() > 0); }
  void operator()(const ExportedNamespace& n) const {
    HARK_CHECK(n.name.empty() || check_namespace_name(n.name).has_value());
  }
  void operator()(const ExportedMoment&) const {}
  void operator()(const ExportEnd&) const {}
};

void check(const Result<ExportRecord>& record, std::string_view body) {
  if (!record) return;
  std::visit(CanBe{}, *record);
  std::string again;
  append_record(again, *record);
  HARK_CHECK(std::string_view(again).substr(export_head_bytes) == body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // As a file: heads with their lengths and checksums.
  for (std::string_view left = bytes; left.size() >= export_head_bytes;) {
    const auto head = decode_export_head(left.substr(0, export_head_bytes));
    if (!head) break;
    left.remove_prefix(export_head_bytes);
    const std::string_view body = left.substr(0, head->body_bytes);
    check(decode_export_body(*head, body), body);
    left.remove_prefix(body.size());
  }
  // As a body alone, whose checksum is right: else a fuzzer never comes past it.
  if (size > 0) check(decode_export_body({size, export_checksum(bytes)}, bytes), bytes);
  return 0;
}
