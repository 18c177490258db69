#include "topic/resume.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace hark::topic {
namespace {

std::string describe(const ResumePlan& plan) {
  std::string text;
  if (plan.notice) {
    const Discontinuity& d = *plan.notice;
    text = std::string(to_string(d.reason)) + " after " + std::to_string(d.last.page.value()) + ":" +
           std::to_string(d.last.number.value()) + " to " + std::to_string(d.page.value()) + ":" +
           std::to_string(d.missed_to.value()) + ", ";
  }
  return text + "from " + std::to_string(plan.first.value());
}

Buffer buffer(std::uint64_t oldest, std::uint64_t head) {
  return {SequencePage(7), SequenceNumber(oldest), SequenceNumber(head)};
}

// Goal: every row of the resume rules, at each of its ends. Method: a table over four buffers of page 7.
TEST(Resume, PlansWhatEachRequestIsOwed) {
  const Buffer some = buffer(3, 5);   // 3 4 5 are kept
  const Buffer whole = buffer(1, 2);  // nothing was lost yet
  const Buffer fresh = buffer(1, 0);  // no message yet
  const Buffer aged = buffer(6, 5);   // 1 ... 5 were, nothing is kept
  const struct {
    const char* name;
    Buffer kept;
    std::uint64_t page, number, fresh_messages;
    const char* owed;
  } cases[] = {
      {"fresh, live", some, 0, 0, 0, "from 6"},
      {"fresh, latest", some, 0, 0, 1, "from 5"},
      {"fresh, last 2", some, 0, 0, 2, "from 4"},
      {"fresh, all that is kept", some, 0, 0, 3, "from 3"},
      {"fresh, more than is kept", some, 0, 0, 99, "from 3"},
      {"fresh, as many as there can be", some, 0, 0, UINT64_MAX, "from 3"},
      {"fresh, on the current page", some, 7, 0, 1, "from 5"},
      {"fresh, latest of none", fresh, 0, 0, 1, "from 1"},
      {"fresh, latest of what aged", aged, 0, 0, 1, "from 6"},
      {"fresh, an older page", some, 6, 0, 1, "page_changed after 6:0 to 7:4, from 5"},

      {"kept, the oldest", some, 7, 3, 1, "from 3"},
      {"kept, the newest", some, 7, 5, 1, "from 5"},
      {"caught up", some, 7, 6, 1, "from 6"},
      {"caught up, no message yet", fresh, 7, 1, 1, "from 1"},
      {"caught up, all aged", aged, 7, 6, 1, "from 6"},
      {"the first is kept", whole, 7, 1, 1, "from 1"},

      {"expired by one", some, 7, 2, 1, "expired after 7:1 to 7:2, from 3"},
      {"expired, from the start", some, 7, 1, 1, "expired after 7:0 to 7:2, from 3"},
      {"expired, all aged", aged, 7, 5, 1, "expired after 7:4 to 7:5, from 6"},

      {"ahead by one", some, 7, 7, 1, "position_ahead after 7:6 to 7:5, from 6"},
      {"far ahead", some, 7, 1000, 1, "position_ahead after 7:999 to 7:5, from 6"},
      {"ahead of nothing", fresh, 7, 2, 1, "position_ahead after 7:1 to 7:0, from 1"},
      {"ahead, all aged", aged, 7, 7, 1, "position_ahead after 7:6 to 7:5, from 6"},

      {"an older page", some, 6, 4, 1, "page_changed after 6:3 to 7:2, from 3"},
      {"an older page, from its start", some, 6, 1, 1, "page_changed after 6:0 to 7:2, from 3"},
      {"an older page, nothing lost in this", whole, 6, 9, 1, "page_changed after 6:8 to 7:0, from 1"},
      {"an older page, no message yet", fresh, 6, 9, 1, "page_changed after 6:8 to 7:0, from 1"},
      {"an older page, all aged", aged, 6, 9, 1, "page_changed after 6:8 to 7:5, from 6"},
      {"a page that we never gave", some, 8, 4, 1, "page_changed after 8:3 to 7:2, from 3"},

      {"any page, the whole buffer", some, 0, 1, 1, "from 3"},
      {"any page, the whole empty buffer", fresh, 0, 1, 1, "from 1"},
      {"any page, kept", some, 0, 4, 1, "from 4"},
      {"any page, caught up", some, 0, 6, 1, "from 6"},
      {"any page, expired", some, 0, 2, 1, "expired after 0:1 to 7:2, from 3"},
      {"any page, ahead", some, 0, 7, 1, "position_ahead after 0:6 to 7:5, from 6"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(
        describe(plan_resume(c.kept, {SequenceNumber(c.number), SequencePage(c.page), c.fresh_messages})),
        c.owed);
  }
}

// Goal: no plan skips a number in silence, names too much, or begins outside what is kept.
TEST(Resume, NamesExactlyWhatItSkips) {
  for (unsigned seed = 0; seed < 20'000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::uint64_t head = random() % 8, oldest = 1 + random() % (head + 1);
    const Buffer kept = buffer(oldest, head);
    const ResumeRequest request{SequenceNumber(random() % 12),
                                SequencePage(random() % 2 == 0 ? 7 : random() % 9), random() % 5};
    const ResumePlan plan = plan_resume(kept, request);
    ASSERT_GE(plan.first, kept.oldest);
    ASSERT_LE(plan.first, kept.head.next());
    const bool same_page = request.page == kept.page || request.page.value() == 0;
    if (!plan.notice) {
      ASSERT_TRUE(same_page);
      const bool open_wish =
          request.number.value() == 0 || (request.number.value() == 1 && request.page.value() == 0);
      ASSERT_TRUE(open_wish || plan.first == request.number);
      continue;
    }
    ASSERT_EQ(plan.notice->page, kept.page);
    ASSERT_EQ(plan.notice->missed_to.next(), plan.first);
    ASSERT_EQ(plan.notice->reason == DiscontinuityReason::page_changed, !same_page);
    if (plan.notice->reason == DiscontinuityReason::expired) {
      ASSERT_LT(plan.notice->last.number, plan.notice->missed_to) << "an empty set";
      ASSERT_LT(plan.notice->last.number.next(), kept.oldest) << "the first one missed was still there";
    }
  }
}

}  // namespace
}  // namespace hark::topic
