#include "server/restart_files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "fabric/fakes_for_test.h"
#include "runtime/clock.h"

namespace hark::server {
namespace {

namespace fs = std::filesystem;

constexpr SequencePage first_page{1000};  // of the process that imports
constexpr Instant no_end = Instant::max();

struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "hark-restart-XXXXXX").string();
    HARK_CHECK(::mkdtemp(name.data()));
    path = name;
  }
  ~TemporaryDirectory() { fs::remove_all(path); }
  fs::path path;
};

/// A data directory, and topics that come from it or go to it.
class RestartFilesTest : public testing::Test {
 protected:
  struct Table {
    explicit Table(const Limits& limits) : table(limits, pages, counters) {}
    fabric::FakePages pages;
    fabric::TopicTable::Counters counters;
    fabric::TopicTable table;
  };

  fabric::OwnedTopic& add_topic(Table& to, const std::string& name,
                                std::vector<std::pair<std::string, Duration>> kept, std::uint64_t page = 7) {
    topic::TopicState state{TopicPath("default", name), SequencePage(page),
                            topic::ReplayRing(SequenceNumber(5))};
    for (const auto& [text, age] : kept)
      state.ring.push(Message::create({state.page, state.ring.next()},
                                      {PayloadKind::text, SharedBytes::copy_of(text), "id"}, now_ - age));
    return to.table.adopt(std::move(state), 1);
  }
  ExportManifest manifest(std::vector<std::uint64_t> records) const {
    return {{{"default", {.id = 1}}}, 9, 1'000'000, std::move(records)};
  }
  void write(Table& from) {
    const auto records = files_.write_part(0, from.table, no_end);
    ASSERT_TRUE(records) << records.error().context;
    ASSERT_TRUE(files_.complete(manifest({*records})));
  }
  /// What the next start takes, at `epoch_milliseconds`.
  std::size_t read(Table& into, std::uint64_t epoch_milliseconds = 1'000'000) {
    const auto found = files_.manifest();
    if (!found) return 0;
    const auto topics = files_.consume(*found, first_page, epoch_milliseconds,
                                       [&](std::uint64_t) -> fabric::TopicTable& { return into.table; });
    EXPECT_TRUE(topics);
    return topics ? *topics : 0;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path_.path)) found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }
  static std::string kept(const fabric::OwnedTopic* topic) {
    std::string all;
    if (!topic) return "none";
    const topic::Buffer buffer = topic->topic.buffer();
    for (SequenceNumber n = buffer.oldest; n <= buffer.head; ++n)
      all += std::to_string(n.value()) + ":" + std::string(topic->topic.at(n)->payload().text()) + " ";
    return all;
  }

  Limits limits_;
  const Instant now_ = runtime::now();
  TemporaryDirectory path_;
  std::unique_ptr<runtime::DataDirectory> directory_ = *runtime::DataDirectory::open(path_.path.string());
  RestartFiles files_{*directory_};
};

TEST_F(RestartFilesTest, WhatIsWrittenIsReadOnce) {
  Table before(limits_), after(limits_), third(limits_);
  add_topic(before, "a", {{"x", 1s}, {"y", 0s}});
  add_topic(before, "empty", {});
  before.table.remember({77, 1, SequencePage(6), SequenceNumber(50)});
  write(before);
  EXPECT_EQ(read(after), 2u);
  EXPECT_EQ(kept(after.table.find(TopicPath("default", "a"))), "5:x 6:y ");
  EXPECT_EQ(after.table.find(TopicPath("default", "empty"))->topic.head(), SequenceNumber(4));
  EXPECT_EQ(after.counters.remembered.value(), 1u);
  EXPECT_EQ(read(third), 0u) << "numbers would be given out twice";
  EXPECT_EQ(names(), std::vector<std::string>{"lock"});
}

// A message is kept for so long whether or not somebody serves meanwhile.
TEST_F(RestartFilesTest, MessagesAgeWhileNobodyServes) {
  const struct {
    const char* what;
    std::uint64_t at;
    std::string kept;
  } cases[] = {
      {"at once", 1'000'000, "5:old 6:new "},
      {"four minutes", 1'000'000 + 4 * 60'000, "5:old 6:new "},
      {"six minutes: ten since the first", 1'000'000 + 6 * 60'000, "6:new "},
      {"an hour", 1'000'000 + 60 * 60'000, ""},
      {"a clock that stepped back", 999, "5:old 6:new "},
      {"a clock that tells nothing", 0, "5:old 6:new "},
      {"a clock that is out of its mind", UINT64_MAX, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    Table before(limits_), after(limits_);
    add_topic(before, "a", {{"old", 5min}, {"new", 0s}});
    write(before);
    ASSERT_EQ(read(after, c.at), 1u);
    EXPECT_EQ(kept(after.table.find(TopicPath("default", "a"))), c.kept);
    EXPECT_EQ(after.table.find(TopicPath("default", "a"))->topic.head(), SequenceNumber(6))
        << "numbers go on";
  }
}

TEST_F(RestartFilesTest, WhatItsManifestDoesNotKnowStaysAway) {
  Table before(limits_), after(limits_);
  add_topic(before, "a", {{"x", 0s}});
  before.table.adopt(
      {TopicPath("default", "of another life"), SequencePage(7), topic::ReplayRing(SequenceNumber(5))}, 2);
  before.table.adopt({TopicPath("gone", "b"), SequencePage(7), topic::ReplayRing(SequenceNumber(5))}, 3);
  write(before);
  EXPECT_EQ(read(after), 1u);
  EXPECT_EQ(after.table.size(), 1u);
}

class DamagedExport : public RestartFilesTest {
 protected:
  /// An export of one topic in "topics-0", written, with its manifest.
  void make() {
    Table before(limits_);
    add_topic(before, "a", {{"first", 1s}, {"second", 0s}});
    before.table.remember({77, 1, SequencePage(6), SequenceNumber(50)});
    write(before);
  }
  std::string bytes_of(const std::string& name) const {
    std::ifstream file(path_.path / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void put(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_.path / name, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  /// Nothing of it is used, and what is damaged is set aside for who wants to look.
  void expect_nothing(const std::string& what) {
    Table after(limits_);
    EXPECT_EQ(read(after), 0u) << what;
    EXPECT_EQ(after.table.size(), 0u) << what;
    EXPECT_EQ(after.counters.remembered.value(), 0u) << what;
    bool aside = false;
    for (const std::string& name : names()) {
      if (name == "lock") continue;
      aside = aside || name.find(".set-aside-") != std::string::npos;
      if (name.find(".set-aside-") != std::string::npos) fs::remove(path_.path / name);
    }
    EXPECT_TRUE(aside) << what;
    for (const char* left : {"export-complete", "topics-0"}) fs::remove(path_.path / left);
  }
};

TEST_F(DamagedExport, CutAnywhereFlippedAnywhereOrLonger) {
  make();
  const std::string manifest = bytes_of("export-complete"), part = bytes_of("topics-0");
  const auto judge = [&](const std::string& with_manifest, const std::string& with_part,
                         const std::string& what) {
    put("export-complete", with_manifest);
    put("topics-0", with_part);
    expect_nothing(what);
  };
  const auto spoil = [&](const std::string& good, std::size_t n, bool flips) {
    if (n == good.size()) return good + "x";
    std::string bad = flips ? good : good.substr(0, n);
    if (flips) bad[n] = static_cast<char>(bad[n] ^ (1 << n % 8));
    return bad;
  };
  for (const bool flips : {false, true}) {
    for (std::size_t n = 0; n <= manifest.size(); ++n)
      judge(spoil(manifest, n, flips), part, "manifest at " + std::to_string(n));
    for (std::size_t n = 0; n <= part.size(); ++n)
      judge(manifest, spoil(part, n, flips), "part at " + std::to_string(n));
  }
}

TEST_F(DamagedExport, PartsThatDoNotBelongTogether) {
  make();
  fs::remove(path_.path / "topics-0");
  Table after(limits_);
  EXPECT_EQ(read(after), 0u) << "a part is missing";
  EXPECT_EQ(after.table.size(), 0u);
  // Another export's part: good in itself, with another number of records.
  make();
  const std::string other = bytes_of("topics-0");
  Table more(limits_);
  add_topic(more, "b", {{"x", 0s}});
  write(more);
  put("topics-0", other);
  expect_nothing("another export's part");
}

TEST_F(DamagedExport, PagesOfThisProcessAreForeign) {
  for (const std::uint64_t page : {first_page.value(), first_page.value() + 5}) {
    Table before(limits_);
    add_topic(before, "a", {{"x", 0s}}, page);
    write(before);
    expect_nothing("page " + std::to_string(page));
  }
}

TEST_F(RestartFilesTest, AnExportWithoutTimeLeavesNothing) {
  Table before(limits_);
  add_topic(before, "a", {{"x", 0s}});
  EXPECT_FALSE(files_.write_part(0, before.table, runtime::now() - 1s));
  files_.discard(1);
  EXPECT_EQ(names(), std::vector<std::string>{"lock"});
}

TEST_F(RestartFilesTest, AKeyThatIsNoneIsReplaced) {
  std::ofstream(path_.path / "hash-key") << "short";
  ASSERT_TRUE(files_.use_hash_key());
  EXPECT_EQ(fs::file_size(path_.path / "hash-key"), 16u);
  EXPECT_TRUE(fs::exists(path_.path / "hash-key.set-aside-1"));
}

}  // namespace
}  // namespace hark::server
