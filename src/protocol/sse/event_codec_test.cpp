#include "protocol/sse/event_codec.h"

#include <gtest/gtest.h>

#include <random>

namespace hark::protocol::sse {
namespace {

MessageRef message(PayloadKind kind, std::string_view payload) {
  return Message::create({SequencePage(7), SequenceNumber(3)}, {kind, SharedBytes::copy_of(payload), {}}, {});
}

/// Written into room of exactly the size that was told.
std::string written(const Message& message, EventData data) {
  std::string out(event_size(message, data), '?');
  EXPECT_EQ(write_event(message, data, out.data()), out.data() + out.size());
  return out;
}

/// What a browser makes of one block (WHATWG HTML, 9.2.6).
struct Parsed {
  std::string event, data, id;
  std::size_t dispatched = 0;
};
Parsed parse(std::string_view block) {
  Parsed parsed;
  std::string data, event, id;
  while (!block.empty()) {
    const std::size_t end = block.find('\n');
    EXPECT_NE(end, std::string_view::npos);
    const std::string_view line = block.substr(0, end);
    block.remove_prefix(end + 1);
    EXPECT_EQ(line.find('\r'), std::string_view::npos);
    const std::size_t colon = line.find(':');
    if (line.empty()) {
      parsed.id = id;
      if (!data.empty()) {
        data.pop_back();
        parsed.data = data;
        parsed.event = event;
        ++parsed.dispatched;
      }
      data.clear();
      event.clear();
      continue;
    }
    std::string_view value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    const std::string_view field = line.substr(0, colon);
    if (field == "data") data.append(value).append("\n");
    if (field == "event") event = value;
    if (field == "id") id = value;
  }
  return parsed;
}

TEST(Event, Vectors) {
  EXPECT_EQ(
      written(*message(PayloadKind::text, "hi"), EventData::json),
      "id: 7:3\ndata: {\"item\":{\"topic_sequence_number\":3,\"sequence_page\":7,\"value\":{\"text\":\"hi\"}}}\n\n");
  EXPECT_EQ(written(*message(PayloadKind::text, "hi"), EventData::text), "id: 7:3\ndata: hi\n\n");
  EXPECT_EQ(written(*message(PayloadKind::binary, "foobar"), EventData::text),
            "id: 7:3\nevent: binary\ndata: Zm9vYmFy\n\n");
  EXPECT_EQ(written(*message(PayloadKind::text, "a\r\nb\rc\n\nd"), EventData::text),
            "id: 7:3\ndata: a\ndata: b\ndata: c\ndata: \ndata: d\n\n");
  EXPECT_EQ(written(*message(PayloadKind::text, ""), EventData::text), "id: 7:3\ndata: \n\n");
}

TEST(Event, Notices) {
  std::string out;
  append_retry(1000, out);
  append_position({SequencePage(7), SequenceNumber(0)}, out);
  out += '\n';
  EXPECT_EQ(out, "retry: 1000\nid: 7:0\n\n");
  EXPECT_EQ(parse(out).dispatched, 0u) << "a position is no event";
  EXPECT_EQ(parse(out).id, "7:0");
  out.clear();
  append_discontinuity({DiscontinuityReason::expired,
                        {SequencePage(7), SequenceNumber(1)},
                        SequencePage(7),
                        SequenceNumber(4)},
                       out);
  const Parsed parsed = parse(out);
  EXPECT_EQ(parsed.event, "discontinuity");
  EXPECT_EQ(parsed.id, "7:4") << "whoever comes back behind it is not told again";
  EXPECT_TRUE(parsed.data.starts_with("{\"discontinuity\":{")) << parsed.data;
  out.clear();
  append_end("{\"status\":404}", out);
  EXPECT_EQ(out, "event: end\ndata: {\"status\":404}\n\n");
}

// Whatever the text, one event comes of it, with the text but for the kind of its line ends.
TEST(Event, ATextIsOneEvent) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  constexpr std::string_view alphabet[] = {"a", "\r",      "\n",      "\r\n", " ",
                                           ":", "data: x", "id: 9:9", "é",    "😀"};
  for (int i = 0; i < 500; ++i) {
    std::string text, expected;
    for (auto left = random() % 20; left > 0; --left) text += alphabet[random() % std::size(alphabet)];
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\n' && at > 0 && text[at - 1] == '\r') continue;
      expected += text[at] == '\r' ? '\n' : text[at];
    }
    const Parsed parsed = parse(written(*message(PayloadKind::text, text), EventData::text));
    EXPECT_EQ(parsed.dispatched, 1u) << text;
    EXPECT_EQ(parsed.data, expected);
    EXPECT_EQ(parsed.id, "7:3");
  }
}

TEST(Event, ReadsIdsBack) {
  const auto read = [](std::string_view id) {
    Position last{SequencePage(1), SequenceNumber(1)};
    return read_id(id, last) ? std::to_string(last.page.value()) + "/" + std::to_string(last.number.value())
                             : "";
  };
  EXPECT_EQ(read("7:3"), "7/3");
  EXPECT_EQ(read("7:0"), "7/0");
  EXPECT_EQ(read("9007199254740992:9007199254740992"), "9007199254740992/9007199254740992");
  for (const std::string_view bad :
       {"", ":", "7", "7:", ":3", "7:3:", " 7:3", "7 :3", "7:3 ", "-7:3", "7:-3", "+7:3", "0:3", "7:3a",
        "0x7:3", "9007199254740993:1", "1:9007199254740993", "99999999999999999999:1", "7;3"})
    EXPECT_EQ(read(bad), "") << bad;
}

}  // namespace
}  // namespace hark::protocol::sse
