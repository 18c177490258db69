// What attacks cost in memory: the library's, counted byte by byte. What the session keeps of a stream is a
// small struct, and one header block at a time.
#include <gmock/gmock.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>

#include "protocol/http2/testing/server.h"

namespace hark::protocol::http2::testing {
namespace {

/// The library's allocator, with a count of what is taken now and was at most.
class CountedMemory {
 public:
  CountedMemory()
      : memory{this, [](std::size_t size, void* self) { return counted(self).add(std::malloc(size)); },
               [](void* block, void* self) { std::free(counted(self).remove(block)); },
               [](std::size_t n, std::size_t size, void* self) {
                 return counted(self).add(std::calloc(n, size));
               },
               [](void* block, std::size_t size, void* self) {
                 counted(self).remove(block);
                 return counted(self).add(std::realloc(block, size));
               }} {}

  nghttp2_mem memory;
  std::size_t now = 0, peak = 0;

 private:
  static CountedMemory& counted(void* self) { return *static_cast<CountedMemory*>(self); }
  void* add(void* block) {
    now += malloc_usable_size(block);
    peak = std::max(peak, now);
    return block;
  }
  void* remove(void* block) {
    now -= malloc_usable_size(block);
    return block;
  }
};

/// A field of 4,033 bytes that a peer may keep in the table until it has acknowledged that there is none.
std::string table_entry() {
  const std::string value(4000, 'b');
  return "\x40\x01" + std::string("x") + hpack_integer(value.size()) + value;
}

TEST(Nghttp2SessionMemory, AttacksTakeLittleBeforeTheyAreCut) {
  const std::string bomb = hpack(request_fields()) + table_entry() + std::string(10'000, '\xbe');
  const std::string open_block = frame(FrameType::headers, 0, 1, block(request_fields()));
  const std::string piece = hpack({{"a", std::string(100, 'b')}});
  const struct {
    const char* name;
    std::string opening, again;
  } cases[] = {
      {"an HPACK bomb", frame(FrameType::headers, flag_end_headers, 1, bomb), ping()},
      {"CONTINUATION without end", open_block, frame(FrameType::continuation, 0, 1, piece)},
      {"empty CONTINUATION", open_block, frame(FrameType::continuation, 0, 1)},
      {"PING", "", ping()},
      {"SETTINGS", "", settings({{4, 1}, {5, 16'384}, {6, 9}})},
      {"PRIORITY of ever new streams", "", priority(1)},
      {"unknown frames of 16 KiB", "", frame(static_cast<FrameType>(0xbb), 0, 1, std::string(16'384, '?'))},
      {"empty DATA", open_request(1), data(1, "")},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    CountedMemory memory;
    Server server({}, &memory.memory);
    ASSERT_TRUE(server.receive(hello()));
    server.produce();
    const std::size_t before = memory.now;
    bool received = server.receive(c.opening).has_value();
    // Nothing is read back: what answers there are, they wait.
    for (int i = 0; i < 20'000 && received; ++i) received = server.receive(c.again).has_value();
    EXPECT_FALSE(received);
    EXPECT_LT(memory.peak, before + (256 << 10));
    server.session.reset();
    EXPECT_EQ(memory.now, 0u);
  }
}

// Goal: what a request's head says costs nothing once it was handed over, however many stay open.
// Method: as many streams as are allowed, each with 12 KiB of fields for a few bytes on the wire.
TEST(Nghttp2SessionMemory, AnOpenStreamKeepsNothingOfItsHead) {
  CountedMemory memory;
  Server server({}, &memory.memory);
  ASSERT_TRUE(server.receive(hello()));
  server.produce();
  const std::string first = hpack(request_fields()) + table_entry() + "\xbe\xbe";
  ASSERT_TRUE(server.receive(frame(FrameType::headers, flag_end_headers, 1, first)));
  const std::string more = hpack(request_fields()) + "\xbe\xbe\xbe";
  const std::size_t before = memory.now;
  for (std::int32_t id = 3; id < 40'000; id += 2) {
    ASSERT_TRUE(server.receive(frame(FrameType::headers, flag_end_headers, id, more))) << id;
  }
  EXPECT_EQ(server.requests, 20'000u);
  EXPECT_LT((memory.now - before) / 20'000, 512u);
  static_assert(sizeof(Stream) <= 192);
}

}  // namespace
}  // namespace hark::protocol::http2::testing
