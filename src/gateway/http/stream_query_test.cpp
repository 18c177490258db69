#include "gateway/http/stream_query.h"

#include <gtest/gtest.h>

namespace hark::gateway::http {
namespace {

constexpr auto events = StreamQuery::Form::events, list = StreamQuery::Form::list;

/// "PAGE/NUMBER+FRESH", or why not.
std::string where(std::string_view query, StreamQuery::Form form = events,
                  std::string_view last_event_id = "") {
  const auto parsed = StreamQuery::parse(query, last_event_id, form, true);
  if (!parsed) return "refused: " + parsed.error().context;
  const topic::ResumeRequest& resume = parsed->resume;
  return std::to_string(resume.page.value()) + "/" + std::to_string(resume.number.value()) + "+" +
         std::to_string(resume.fresh_messages);
}

TEST(StreamQuery, WhereToBegin) {
  EXPECT_EQ(where(""), "0/0+0") << "events: what comes";
  EXPECT_EQ(where("", list), "0/0+1") << "a list: the latest, as Momento's";
  EXPECT_EQ(where("start=new", list), "0/0+0");
  EXPECT_EQ(where("start=latest"), "0/0+1");
  EXPECT_EQ(where("start=5"), "0/5+0");
  EXPECT_EQ(where("start=last:12"), "0/0+12");
  EXPECT_EQ(where("start=last%3A12"), "0/0+12") << "as URLSearchParams writes it";
  EXPECT_EQ(where("start=last:0"), "0/0+0");
  EXPECT_EQ(where("sequence_number=5&sequence_page=7", list), "7/5+1");
  EXPECT_EQ(where("sequence_page=7&token=abc&&x", list), "7/0+1");
  EXPECT_EQ(where("sequence_number=9007199254740992"), "0/9007199254740992+0");
  EXPECT_EQ(where("start=latest", events, "7:4"), "7/5+1") << "who comes back says where it was";
  EXPECT_EQ(where("sequence_number=2", events, "7:4"), "7/5+0");
  EXPECT_EQ(where("", events, "7:0"), "7/1+0");
  EXPECT_EQ(where("", list, "nonsense"), "0/0+1") << "of no meaning to a list";
}

TEST(StreamQuery, Refuses) {
  for (const std::string_view query : {"start=",
                                       "start=0",
                                       "start=-1",
                                       "start=5x",
                                       "start=Latest",
                                       "start=last:",
                                       "start=last:-1",
                                       "start=last:x",
                                       "start=9007199254740993",
                                       "start=99999999999999999999",
                                       "start=%",
                                       "start=%4",
                                       "start=1&start=1",
                                       "sequence_number=-1",
                                       "sequence_number=",
                                       "sequence_number=1.5",
                                       "sequence_number=0x10",
                                       "sequence_page=18446744073709551616",
                                       "sequence_page=9007199254740993",
                                       "start=new&sequence_number=0",
                                       "start=5&sequence_page=7",
                                       "sequence_number=1&sequence_number=1",
                                       "format=xml",
                                       "format="})
    EXPECT_TRUE(where(query).starts_with("refused: ")) << query << " gave " << where(query);
  for (const std::string_view query : {"wait=", "wait=61", "wait=-1", "wait=1s"})
    EXPECT_TRUE(where(query, list).starts_with("refused: ")) << query;
  EXPECT_TRUE(where("", events, "7").starts_with("refused: "));
  EXPECT_TRUE(where("", events, "7:-1").starts_with("refused: "));
}

TEST(StreamQuery, FormAndWait) {
  EXPECT_EQ(StreamQuery::parse("format=text", "", events, false)->data, protocol::sse::EventData::text);
  EXPECT_EQ(StreamQuery::parse("format=json", "", events, false)->data, protocol::sse::EventData::json);
  EXPECT_EQ(StreamQuery::parse("", "", list, false)->wait, 30s);
  EXPECT_EQ(StreamQuery::parse("wait=0", "", list, false)->wait, 0s);
  EXPECT_EQ(StreamQuery::parse("wait=60", "", list, false)->wait, 60s);
}

}  // namespace
}  // namespace hark::gateway::http
