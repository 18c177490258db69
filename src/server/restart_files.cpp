#include "server/restart_files.h"

#include <sodium.h>

#include <cstring>

#include "base/keyed_hash.h"
#include "base/log.h"
#include "runtime/clock.h"
#include "runtime/data_file.h"

namespace hark::server {
namespace {

using topic::ExportRecord;

constexpr std::string_view manifest_name = "export-complete";
constexpr std::string_view key_name = "hash-key";

std::string part_name(std::size_t part) { return fmt::format("topics-{}", part); }

Failure<Error> damaged(std::string_view what) {
  return fail(ErrorCode::invalid_argument, std::string("damaged export: ").append(what));
}

/// Reads records front to back; none at the end of the file.
class RecordReader {
 public:
  static Result<RecordReader> open(const runtime::DataDirectory& directory, std::string_view name) {
    auto file = runtime::DataFileReader::open(directory, name);
    if (!file) return Failure{file.error()};
    if (!*file) return damaged("a file is missing");
    RecordReader reader(**std::move(file));
    const auto magic = reader.file_.next(topic::export_magic.size());
    if (!magic) return Failure{magic.error()};
    if (*magic != topic::export_magic) return damaged("another version, or no export at all");
    return reader;
  }

  Result<std::optional<ExportRecord>> next() {
    const auto bytes = file_.next(topic::export_head_bytes);
    if (!bytes) return Failure{bytes.error()};
    if (bytes->empty()) return std::optional<ExportRecord>();
    if (bytes->size() < topic::export_head_bytes) return damaged("cut off");
    const auto head = topic::decode_export_head(*bytes);
    if (!head) return Failure{head.error()};
    const auto body = file_.next(head->body_bytes);
    if (!body) return Failure{body.error()};
    auto record = topic::decode_export_body(*head, *body);
    if (!record) return Failure{record.error()};
    return std::optional(*std::move(record));
  }

 private:
  explicit RecordReader(runtime::DataFileReader file) : file_(std::move(file)) {}
  runtime::DataFileReader file_;
};

/// Writes records and counts them.
class RecordWriter {
 public:
  explicit RecordWriter(runtime::DataFileWriter file) : file_(std::move(file)), bytes_(topic::export_magic) {}

  Result<void> add(const ExportRecord& record) {
    topic::append_record(bytes_, record);
    return flush();
  }
  Result<void> add_message(const Message& message, Instant now) {
    topic::append_message(bytes_, message, now);
    return flush();
  }
  Result<void> finish() {
    const std::uint64_t records = records_;
    if (auto added = add(topic::ExportEnd{records}); !added) return added;
    records_ = records;
    return file_.finish();
  }
  std::uint64_t records() const { return records_; }

 private:
  Result<void> flush() {
    ++records_;
    auto written = file_.append(bytes_);
    bytes_.clear();
    return written;
  }

  runtime::DataFileWriter file_;
  std::string bytes_;
  std::uint64_t records_ = 0;
};

Result<void> write_topic(RecordWriter& writer, const fabric::OwnedTopic& owned, Instant now) {
  const topic::Topic& t = owned.topic;
  const topic::Buffer buffer = t.buffer();
  topic::ExportedTopic head{t.path(), owned.namespace_id, t.page(), buffer.oldest, t.head().next()};
  if (auto added = writer.add(std::move(head)); !added) return added;
  for (SequenceNumber n = buffer.oldest; n <= t.head(); ++n)
    if (auto added = writer.add_message(*t.at(n), now); !added) return added;
  return {};
}

/// Puts topics together from their records and gives them to who owns them.
class Adopter {
 public:
  Adopter(const ExportManifest& manifest, Duration away,
          const std::function<fabric::TopicTable&(std::uint64_t)>& table_of)
      : manifest_(manifest), table_of_(table_of), now_(runtime::now()), exported_at_(now_ - away) {}

  void take(ExportRecord record) {
    if (auto* topic = std::get_if<topic::ExportedTopic>(&record)) {
      end_topic();
      begun_.emplace(
          topic::TopicState{std::move(topic->path), topic->page, topic::ReplayRing(topic->oldest)});
      namespace_id_ = topic->namespace_id;
    } else if (auto* message = std::get_if<topic::ExportedMessage>(&record)) {
      topic::ReplayRing& ring = begun_->ring;
      ring.push(Message::create({begun_->page, ring.next()}, std::move(message->draft),
                                exported_at_ - message->age));
    } else if (const auto* f = std::get_if<topic::ExportedForgotten>(&record)) {
      table_of_(f->path_hash).remember({f->path_hash, f->namespace_id, f->page, f->next});
    }
  }

  void end_topic() {
    if (!begun_) return;
    const auto found = manifest_.namespaces.find(begun_->path.namespace_name());
    fabric::TopicTable& table = table_of_(begun_->path.hash());
    const bool wanted = found != manifest_.namespaces.end() && found->second.id == namespace_id_;
    if (wanted && !table.find(begun_->path)) {
      table.settle(table.adopt(*std::move(begun_), namespace_id_), now_);
      ++topics_;
    }
    begun_.reset();
  }

  std::size_t topics() const { return topics_; }

 private:
  const ExportManifest& manifest_;
  const std::function<fabric::TopicTable&(std::uint64_t)>& table_of_;
  const Instant now_, exported_at_;
  std::optional<topic::TopicState> begun_;
  std::uint64_t namespace_id_ = 0;
  std::size_t topics_ = 0;
};

/// A clock that stepped back says nothing; ages then are what they were.
Duration time_away(const ExportManifest& manifest, std::uint64_t epoch_milliseconds) {
  constexpr std::uint64_t most = 1'000'000'000'000;  // as of an age: some 30 years
  if (manifest.epoch_milliseconds == 0 || epoch_milliseconds <= manifest.epoch_milliseconds) return {};
  return static_cast<std::int64_t>(std::min(epoch_milliseconds - manifest.epoch_milliseconds, most)) * 1ms;
}

Result<ExportManifest> read_manifest(const runtime::DataDirectory& directory) {
  auto reader = RecordReader::open(directory, manifest_name);
  if (!reader) return Failure{reader.error()};
  ExportManifest manifest;
  for (std::uint64_t records = 0;; ++records) {
    auto next = reader->next();
    if (!next) return Failure{next.error()};
    if (!*next) {
      if (manifest.part_records.size() < 2 || manifest.part_records.back() != records - 1)
        return damaged("cut off");
      manifest.part_records.pop_back();
      return manifest;
    }
    if (const auto* settings = std::get_if<topic::ExportedNamespace>(&**next)) {
      manifest.last_namespace_id = std::max(manifest.last_namespace_id, settings->id);
      if (!settings->name.empty())
        manifest.namespaces[settings->name] = {settings->id, settings->begin_with_latest};
    } else if (const auto* moment = std::get_if<topic::ExportedMoment>(&**next)) {
      manifest.epoch_milliseconds = moment->epoch_milliseconds;
    } else if (const auto* end = std::get_if<topic::ExportEnd>(&**next)) {
      manifest.part_records.push_back(end->records);
    } else {
      return damaged("a record out of place");
    }
  }
}

}  // namespace

Result<void> RestartFiles::use_hash_key() const {
  HashKey key;
  const auto kept = directory_.read(key_name, 1024);
  if (!kept) return Failure{kept.error()};
  if (*kept && (*kept)->size() == key.size()) {
    std::memcpy(key.data(), (*kept)->data(), key.size());
  } else {
    if (*kept) set_aside(key_name, "it is not a key of 16 bytes");
    randombytes_buf(key.data(), key.size());
    const std::string_view bytes(reinterpret_cast<const char*>(key.data()), key.size());
    if (auto written = directory_.replace(key_name, bytes); !written) return written;
  }
  set_hash_key(key);
  return {};
}

Result<std::uint64_t> RestartFiles::write_part(std::size_t core, fabric::TopicTable& table,
                                               Instant end) const {
  auto file = runtime::DataFileWriter::create(directory_, part_name(core));
  if (!file) return Failure{file.error()};
  RecordWriter writer(*std::move(file));
  Result<void> written;
  const Instant now = runtime::now();
  table.for_each([&](const fabric::OwnedTopic& topic) {
    if (!written) return;
    written = runtime::now() < end ? write_topic(writer, topic, now)
                                   : Result<void>(fail(ErrorCode::unavailable, "there was no time left"));
  });
  for (const auto& f : table.take_forgotten([](std::uint64_t) { return true; }))
    if (written) written = writer.add(topic::ExportedForgotten{f.path_hash, f.namespace_id, f.page, f.next});
  if (written) written = writer.finish();
  if (!written) return Failure{written.error()};
  return writer.records();
}

Result<void> RestartFiles::complete(const ExportManifest& manifest) const {
  auto file = runtime::DataFileWriter::create(directory_, manifest_name);
  if (!file) return Failure{file.error()};
  RecordWriter writer(*std::move(file));
  Result<void> written = writer.add(topic::ExportedNamespace{{}, manifest.last_namespace_id});
  if (written) written = writer.add(topic::ExportedMoment{manifest.epoch_milliseconds});
  for (const auto& [name, settings] : manifest.namespaces)
    if (written)
      written = writer.add(topic::ExportedNamespace{name, settings.id, settings.begin_with_latest});
  for (const std::uint64_t records : manifest.part_records)
    if (written) written = writer.add(topic::ExportEnd{records});
  return written ? writer.finish() : written;
}

void RestartFiles::discard(std::size_t parts) const {
  for (std::size_t part = 0; part < parts; ++part)
    for (const std::string& name : {part_name(part), part_name(part) + ".tmp"})
      if (auto removed = directory_.remove(name); !removed) log_warn("{}", removed.error().context);
}

std::optional<ExportManifest> RestartFiles::manifest() const {
  const auto there = runtime::DataFileReader::open(directory_, manifest_name);
  if (there && !*there) return std::nullopt;
  auto manifest = read_manifest(directory_);
  if (manifest) return *std::move(manifest);
  set_aside(manifest_name, manifest.error().context);
  return std::nullopt;
}

Result<void> RestartFiles::read_part(std::size_t part, std::uint64_t records, SequencePage first_page,
                                     const Visit& visit) const {
  auto reader = RecordReader::open(directory_, part_name(part));
  if (!reader) return Failure{reader.error()};
  std::uint64_t messages = 0;  // that the topic under way still has to have
  for (std::uint64_t n = 0;; ++n) {
    auto next = reader->next();
    if (!next) return Failure{next.error()};
    if (!*next) return damaged("cut off");
    const ExportRecord& record = **next;
    const bool message = std::holds_alternative<topic::ExportedMessage>(record);
    if (message != (messages > 0)) return damaged("a topic without some of its messages");
    if (message) --messages;
    if (const auto* end = std::get_if<topic::ExportEnd>(&record)) {
      if (end->records != n || records != n) return damaged("records are missing");
      const auto rest = reader->next();
      return rest && !*rest ? Result<void>() : damaged("more than there was");
    }
    if (const auto* topic = std::get_if<topic::ExportedTopic>(&record)) {
      if (topic->page >= first_page) return damaged("a page that was never given out here");
      messages = topic->next - topic->oldest;
    } else if (const auto* forgotten = std::get_if<topic::ExportedForgotten>(&record)) {
      if (forgotten->page >= first_page) return damaged("a page that was never given out here");
    } else if (!message) {
      return damaged("a record out of place");
    }
    visit(**std::move(next));
  }
}

Result<std::size_t> RestartFiles::consume(
    const ExportManifest& manifest, SequencePage first_page, std::uint64_t epoch_milliseconds,
    const std::function<fabric::TopicTable&(std::uint64_t)>& table_of) const {
  if (auto removed = directory_.remove(manifest_name); !removed) return Failure{removed.error()};
  const std::size_t parts = manifest.part_records.size();
  // First without keeping anything: what is damaged anywhere is not used at all.
  for (std::size_t part = 0; part < parts; ++part) {
    const auto read = read_part(part, manifest.part_records[part], first_page, [](ExportRecord) {});
    if (read) continue;
    for (std::size_t p = 0; p < parts; ++p) set_aside(part_name(p), read.error().context);
    return std::size_t{0};
  }
  Adopter adopter(manifest, time_away(manifest, epoch_milliseconds), table_of);
  for (std::size_t part = 0; part < parts; ++part) {
    const auto read = read_part(part, manifest.part_records[part], first_page,
                                [&](ExportRecord record) { adopter.take(std::move(record)); });
    if (!read) return Failure{read.error()};  // it was sound a moment ago
    adopter.end_topic();
  }
  discard(parts);
  return adopter.topics();
}

void RestartFiles::set_aside(std::string_view name, std::string_view why) const {
  const auto aside = directory_.set_aside(name);
  if (!aside)
    log_error("cannot set {} aside ({}): {}", name, why, aside.error().context);
  else if (!aside->empty())
    log_error("{}: {}/{} is set aside as {}; topics begin anew", why, escaped(directory_.path()), name,
              *aside);
}

}  // namespace hark::server
