#include "gateway/first_bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hark::gateway {
namespace {

using Verdict = FirstBytes::Verdict;

struct Row {
  std::string_view bytes;
  Verdict verdict;
};
constexpr std::string_view nul("\0", 1);
const Row rows[] = {
    {"", Verdict::undecided},
    {"P", Verdict::undecided},
    {"PR", Verdict::undecided},
    {"PRI * HTTP/2.", Verdict::undecided},
    {"PRI * HTTP/2.0", Verdict::http2},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Verdict::http2},
    {"PRI * HTTP/1.1\r\n", Verdict::http1},
    {"PRI * HTTP/2.1", Verdict::http1},
    {"PUT / HTTP/1.1", Verdict::http1},
    {"POST /", Verdict::http1},
    {"GET / HTTP/1.1\r\n", Verdict::http1},
    {"G", Verdict::http1},
    {"A", Verdict::http1},
    {"Z", Verdict::http1},
    {"get /", Verdict::unknown},
    {"@", Verdict::unknown},
    {"[", Verdict::unknown},
    {" GET /", Verdict::unknown},
    {"\r\nGET /", Verdict::unknown},
    {"\x16\x03\x01", Verdict::unknown},
    {"\x10\x0c", Verdict::unknown},
    {nul, Verdict::unknown},
    {"\xff", Verdict::unknown},
};

Verdict look_in_pieces(FirstBytes& first, std::string_view bytes, std::size_t cut) {
  Verdict verdict = first.look(as_byte_span(bytes.substr(0, cut)));
  if (verdict == Verdict::undecided) verdict = first.look(as_byte_span(bytes.substr(cut)));
  return verdict;
}

// Goal: the verdict does not depend on where the bytes are cut, and comes with the first byte that allows it.
TEST(FirstBytes, TellProtocolsApartAtEveryCut) {
  for (const Row& row : rows) {
    for (std::size_t cut = 0; cut <= row.bytes.size(); ++cut) {
      FirstBytes first;
      EXPECT_EQ(look_in_pieces(first, row.bytes, cut), row.verdict) << row.bytes << " cut at " << cut;
    }
  }
}

TEST(FirstBytes, HoldWhatTheProtocolHasToSeeFirst) {
  FirstBytes first;
  for (const char c : std::string_view("PRI * H"))
    EXPECT_EQ(first.look(as_byte_span(std::string_view(&c, 1))), Verdict::undecided);
  EXPECT_EQ(as_text(first.held()), "PRI * H");
  EXPECT_EQ(first.look(as_byte_span("TTP/2.0\r\n\r\nSM\r\n\r\nmore")), Verdict::http2);
  EXPECT_EQ(as_text(first.held()), "PRI * HTTP/2.0") << "never more than is needed to judge";
}

}  // namespace
}  // namespace hark::gateway
