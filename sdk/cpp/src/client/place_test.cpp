#include "client/place.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hark::client {
namespace {

std::string words_of(const Discontinuity& told) {
  return std::string(to_string(told.reason)) + " " + std::to_string(told.missed_from) + "-" +
         std::to_string(told.missed_to) + " of " + std::to_string(told.page) + " after " +
         std::to_string(told.last.page) + ":" + std::to_string(told.last.number);
}

Slot slot_in(const std::string& token) {
  const auto colon = token.find(':');
  return {std::stoull(token.substr(1, colon - 1)), std::stoull(token.substr(colon + 1))};
}

/// Plays the server's words to `place`: @PAGE:NUMBER where it begins, iPAGE:NUMBER an item, dPAGE:MISSED_TO a
/// discontinuity. What the user is given, and behind -> what is asked for after a loss.
std::string played(Place place, const std::string& words) {
  std::istringstream tokens(words);
  std::string out;
  const auto say = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  for (std::string token; tokens >> token;) {
    const Slot slot = slot_in(token);
    if (token[0] == '@') place.begin_behind(slot);
    if (token[0] == 'd') say(words_of(place.on_discontinuity(slot.number, slot.page)));
    if (token[0] != 'i') continue;
    const auto verdict = place.on_item(slot);
    if (verdict.before) say(words_of(*verdict.before));
    say(verdict.give ? std::to_string(slot.number) : "again");
  }
  const auto request = place.request();
  const std::string asked = request.start.empty()
                                ? std::to_string(request.page) + ":" + std::to_string(request.number)
                                : request.start;
  return out + " -> " + asked;
}

// Goal: whatever a server says, each message is given once, and each that is missing is named.
TEST(Place, TurnsTheServersWordsIntoTheUsersAndResumes) {
  const Start after = Start::after({7, 4});
  // clang-format off
  const struct { const char* name; Start start; const char* words; const char* outcome; } cases[] = {
      {"only new, nothing heard", Start::only_new(), "", " -> new"},
      {"latest, nothing heard", Start::latest(), "", " -> latest"},
      {"the last ten, nothing heard", Start::last(10), "", " -> last:10"},
      {"the last none is only new", Start::last(0), "", " -> new"},
      {"only new, told where it stands", Start::only_new(), "@7:4", " -> 7:5"},
      {"of a topic without messages", Start::only_new(), "@7:0", " -> 7:1"},
      {"items in order", Start::only_new(), "@7:4 i7:5 i7:6", "5, 6 -> 7:7"},
      {"items without a position, as of an older server", Start::latest(), "i7:5 i7:6", "5, 6 -> 7:7"},
      {"the last one again", Start::latest(), "i7:5 i7:5 i7:6", "5, again, 6 -> 7:7"},
      {"a position that comes again changes nothing", Start::latest(), "@7:4 i7:5 @7:9 i7:6", "5, 6 -> 7:7"},
      {"missed ones, told", Start::only_new(), "@7:4 i7:5 d7:8 i7:9",
       "5, missed 6-8 of 7 after 7:5, 9 -> 7:10"},
      {"missed ones, not told", Start::only_new(), "@7:4 i7:5 i7:9", "5, missed 6-8 of 7 after 7:5, 9 -> 7:10"},
      {"the first ones missed, not told", Start::only_new(), "@7:4 i7:6", "missed 5-5 of 7 after 7:4, 6 -> 7:7"},
      {"another page, told", Start::only_new(), "@7:4 i7:5 d9:2 i9:3",
       "5, page_changed 1-2 of 9 after 7:5, 3 -> 9:4"},
      {"another page from its first on", Start::only_new(), "@7:4 d9:0 i9:1",
       "page_changed 1-0 of 9 after 7:4, 1 -> 9:2"},
      {"another page, not told", Start::only_new(), "@7:4 i9:3", "page_changed 1-2 of 9 after 7:4, 3 -> 9:4"},
      {"a discontinuity is a place too", Start::only_new(), "@7:4 d7:8", "missed 5-8 of 7 after 7:4 -> 7:9"},
      {"after a slot", after, "", " -> 7:5"},
      {"after a slot, its next", after, "i7:5", "5 -> 7:6"},
      {"after a slot, that one again", after, "i7:4 i7:5", "again, 5 -> 7:6"},
      {"after a slot, expired ones", after, "d7:9 i7:10", "missed 5-9 of 7 after 7:4, 10 -> 7:11"},
      {"after a slot that does not exist", after, "d7:2 i7:3", "position_ahead 5-2 of 7 after 7:4, 3 -> 7:4"},
      {"after a slot of a page that is gone", after, "d9:1 i9:2", "page_changed 1-1 of 9 after 7:4, 2 -> 9:3"},
      {"from a number", Start::from(5), "", " -> 0:5"},
      {"from a number, its message", Start::from(5), "i7:5", "5 -> 7:6"},
      {"from a number, expired ones", Start::from(5), "d7:9 i7:10", "missed 5-9 of 7 after 0:4, 10 -> 7:11"},
      {"from a number that does not exist", Start::from(50), "d7:9 i7:10",
       "position_ahead 50-9 of 7 after 0:49, 10 -> 7:11"},
      {"from the first on: whatever there is", Start::from(1), "i7:30", "30 -> 7:31"},
      {"from a number, missed ones not told", Start::from(5), "i7:8", "missed 5-7 of 7 after 0:4, 8 -> 7:9"},
  };
  // clang-format on
  for (const auto& c : cases) EXPECT_EQ(played(Place(c.start), c.words), c.outcome) << c.name;
}

TEST(Place, TellsTheLastSlotOnceThereIsOne) {
  Place place(Start::only_new());
  EXPECT_EQ(place.last(), (Slot{0, 0}));
  place.begin_behind({7, 4});
  EXPECT_EQ(place.last(), (Slot{7, 4}));
  place.on_item({7, 5});
  EXPECT_EQ(place.last(), (Slot{7, 5}));
  EXPECT_EQ(Place(Start::from(3)).last(), (Slot{0, 0}));
  EXPECT_EQ(Place(Start::after({7, 3})).last(), (Slot{7, 3}));
}

}  // namespace
}  // namespace hark::client
