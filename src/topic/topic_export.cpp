#include "topic/topic_export.h"

#include <algorithm>

#include "base/check.h"
#include "base/utf8.h"

namespace hark::topic {
namespace {

enum class Kind : unsigned char { topic = 1, message, forgotten, name_space, end, moment };

constexpr std::uint64_t age_milliseconds_max = 1'000'000'000'000;  // some 30 years; fits in nanoseconds

Failure<Error> damaged(std::string_view what) {
  return fail(ErrorCode::invalid_argument, std::string("damaged export: ").append(what));
}

void put_number(std::string& to, std::uint64_t value, std::size_t bytes = 8) {
  for (std::size_t i = 0; i < bytes; ++i) to.push_back(static_cast<char>(value >> (8 * i)));
}

void put_text(std::string& to, std::string_view text) {
  put_number(to, text.size(), 4);
  to.append(text);
}

std::uint64_t number_in(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// Takes fields from a body. Past its end everything is empty and complete() is false.
class Fields {
 public:
  explicit Fields(std::string_view body) : rest_(body) {}

  std::uint64_t number(std::size_t bytes = 8) { return number_in(take(bytes)); }
  std::string_view text() { return take(number(4)); }
  bool complete() const { return good_ && rest_.empty(); }

 private:
  std::string_view take(std::uint64_t bytes) {
    if (bytes > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

  std::string_view rest_;
  bool good_ = true;
};

void put_body(std::string& to, const ExportedTopic& topic) {
  put_number(to, static_cast<unsigned char>(Kind::topic), 1);
  put_text(to, topic.path.namespace_name());
  put_text(to, topic.path.topic_name());
  for (const std::uint64_t value :
       {topic.namespace_id, topic.page.value(), topic.oldest.value(), topic.next.value()})
    put_number(to, value);
}

void put_message(std::string& to, PayloadKind kind, Duration age, std::string_view id,
                 std::string_view payload) {
  put_number(to, static_cast<unsigned char>(Kind::message), 1);
  put_number(to, static_cast<unsigned char>(kind), 1);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(age).count();
  put_number(to, static_cast<std::uint64_t>(std::max<std::int64_t>(milliseconds, 0)));
  put_text(to, id);
  put_text(to, payload);
}

void put_body(std::string& to, const ExportedMessage& message) {
  put_message(to, message.draft.kind, message.age, message.draft.publisher_id, message.draft.payload.text());
}

void put_body(std::string& to, const ExportedForgotten& topic) {
  put_number(to, static_cast<unsigned char>(Kind::forgotten), 1);
  for (const std::uint64_t value :
       {topic.path_hash, topic.namespace_id, topic.page.value(), topic.next.value()})
    put_number(to, value);
}

void put_body(std::string& to, const ExportedNamespace& settings) {
  put_number(to, static_cast<unsigned char>(Kind::name_space), 1);
  put_text(to, settings.name);
  put_number(to, settings.id);
  put_number(to, settings.begin_with_latest ? 1 : 0, 1);
}

void put_body(std::string& to, const ExportedMoment& moment) {
  put_number(to, static_cast<unsigned char>(Kind::moment), 1);
  put_number(to, moment.epoch_milliseconds);
}

void put_body(std::string& to, const ExportEnd& end) {
  put_number(to, static_cast<unsigned char>(Kind::end), 1);
  put_number(to, end.records);
}

/// Appends a head and what `put` appends as its body.
template <typename F>
void put_record(std::string& to, F&& put) {
  const std::size_t head = to.size();
  to.resize(head + export_head_bytes);
  put();
  const std::string_view body = std::string_view(to).substr(head + export_head_bytes);
  HARK_CHECK(body.size() <= export_body_bytes_max);
  std::string numbers;
  put_number(numbers, body.size(), 4);
  put_number(numbers, export_checksum(body));
  to.replace(head, export_head_bytes, numbers);
}

bool is_position(SequencePage page, SequenceNumber next) {
  return page.value() > 0 && page.value() < sequence_values_max && next.value() > 0 &&
         next.value() < sequence_values_max;
}

Result<ExportRecord> topic_in(Fields fields) {
  const std::string_view name_space = fields.text(), name = fields.text();
  ExportedTopic topic;
  topic.namespace_id = fields.number();
  topic.page = SequencePage(fields.number());
  topic.oldest = SequenceNumber(fields.number());
  topic.next = SequenceNumber(fields.number());
  if (!fields.complete() || !is_position(topic.page, topic.next) || topic.oldest.value() == 0 ||
      topic.oldest > topic.next || !check_namespace_name(name_space) || !check_topic_name(name))
    return damaged("a topic that cannot be");
  topic.path = TopicPath(name_space, name);
  return ExportRecord(std::move(topic));
}

Result<ExportRecord> message_in(Fields fields) {
  const std::uint64_t kind = fields.number(1), milliseconds = fields.number();
  const std::string_view id = fields.text(), payload = fields.text();
  const bool text = kind == static_cast<std::uint64_t>(PayloadKind::text);
  const bool known = text || kind == static_cast<std::uint64_t>(PayloadKind::binary);
  if (!fields.complete() || !known || milliseconds > age_milliseconds_max || (text && !is_utf8(payload)))
    return damaged("a message that cannot be");
  MessageDraft draft{static_cast<PayloadKind>(kind), SharedBytes::copy_of(payload), std::string(id)};
  return ExportRecord(ExportedMessage{std::move(draft), static_cast<std::int64_t>(milliseconds) * 1ms});
}

Result<ExportRecord> forgotten_in(Fields fields) {
  ExportedForgotten topic;
  topic.path_hash = fields.number();
  topic.namespace_id = fields.number();
  topic.page = SequencePage(fields.number());
  topic.next = SequenceNumber(fields.number());
  if (!fields.complete() || !is_position(topic.page, topic.next))
    return damaged("a forgotten topic that cannot be");
  return ExportRecord(topic);
}

Result<ExportRecord> namespace_in(Fields fields) {
  ExportedNamespace settings;
  settings.name = fields.text();
  settings.id = fields.number();
  const std::uint64_t latest = fields.number(1);
  settings.begin_with_latest = latest == 1;
  if (!fields.complete() || latest > 1 || (!settings.name.empty() && !check_namespace_name(settings.name)))
    return damaged("a namespace that cannot be");
  return ExportRecord(std::move(settings));
}

}  // namespace

std::uint64_t export_checksum(std::string_view bytes) {
  std::uint64_t sum = 0xcbf29ce484222325 ^ bytes.size();
  const auto mix = [&](std::uint64_t word) {
    sum = (sum ^ word) * 0x9e3779b97f4a7c15;
    sum ^= sum >> 29;
  };
  while (!bytes.empty()) {
    const std::size_t count = std::min<std::size_t>(8, bytes.size());
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < count; ++i)
      word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    mix(word);
    bytes.remove_prefix(count);
  }
  return sum;
}

void append_record(std::string& to, const ExportRecord& record) {
  put_record(to, [&] { std::visit([&](const auto& r) { put_body(to, r); }, record); });
}

void append_message(std::string& to, const Message& message, Instant now) {
  put_record(to, [&] {
    put_message(to, message.kind(), now - message.accepted_at(), message.publisher_id(),
                message.payload().text());
  });
}

Result<ExportHead> decode_export_head(std::string_view bytes) {
  HARK_CHECK(bytes.size() == export_head_bytes);
  const ExportHead head{number_in(bytes.substr(0, 4)), number_in(bytes.substr(4))};
  if (head.body_bytes == 0 || head.body_bytes > export_body_bytes_max)
    return damaged("a length that cannot be");
  return head;
}

Result<ExportRecord> decode_export_body(const ExportHead& head, std::string_view body) {
  if (body.size() != head.body_bytes || export_checksum(body) != head.checksum)
    return damaged("a checksum is wrong");
  Fields fields(body);
  switch (static_cast<Kind>(fields.number(1))) {
    case Kind::topic: return topic_in(fields);
    case Kind::message: return message_in(fields);
    case Kind::forgotten: return forgotten_in(fields);
    case Kind::name_space: return namespace_in(fields);
    case Kind::moment: {
      const ExportedMoment moment{fields.number()};
      if (!fields.complete()) return damaged("a moment that cannot be");
      return ExportRecord(moment);
    }
    case Kind::end: {
      const ExportEnd end{fields.number()};
      if (!fields.complete()) return damaged("an end that cannot be");
      return ExportRecord(end);
    }
  }
  return damaged("a record of an unknown kind");
}

}  // namespace hark::topic
