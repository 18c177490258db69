#include "client/place.h"

namespace hark::client {

Place::Place(Start start) : start_(start) {
  if (start.mode() != Start::Mode::position) return;
  const Slot first = start.position();
  last_ = {first.page, first.number - 1};
  known_ = first.page != 0;
}

Place::Request Place::request() const {
  if (known_ || start_.mode() == Start::Mode::position) return {last_.number + 1, last_.page, {}};
  if (start_.newest_count() == 0) return {0, 0, "new"};
  if (start_.newest_count() == 1) return {0, 0, "latest"};
  return {0, 0, "last:" + std::to_string(start_.newest_count())};
}

void Place::begin_behind(Slot slot) {
  if (known_ || slot.page == 0) return;
  known_ = true;
  last_ = slot;
}

Place::Verdict Place::on_item(Slot slot) {
  const bool same_page = is_known_page(slot.page);
  if (same_page && slot.number <= last_.number) return {};
  // The server names every hole before the message behind it; one that does not must not hide it.
  const bool hole = same_page ? slot.number != last_.number + 1
                              : known_ || (last_.number > 0 && slot.number > last_.number + 1);
  Verdict verdict{true, {}};
  if (hole) verdict.before = on_discontinuity(slot.number - 1, slot.page);
  known_ = true;
  last_ = slot;
  return verdict;
}

Discontinuity Place::on_discontinuity(std::uint64_t missed_to, std::uint64_t page) {
  Discontinuity told;
  told.last = last_;
  told.page = page;
  told.missed_to = missed_to;
  // Who asked by number alone, or for nothing yet, has no page that could have changed.
  const bool same_page = is_known_page(page) || last_.page == 0;
  told.missed_from = same_page ? last_.number + 1 : 1;
  if (!same_page)
    told.reason = Discontinuity::Reason::page_changed;
  else if (missed_to < told.missed_from)
    told.reason = Discontinuity::Reason::position_ahead;
  known_ = true;
  last_ = {page, missed_to};
  return told;
}

const char* to_string(Discontinuity::Reason reason) {
  switch (reason) {
    case Discontinuity::Reason::missed: return "missed";
    case Discontinuity::Reason::page_changed: return "page_changed";
    case Discontinuity::Reason::position_ahead: return "position_ahead";
  }
  return "unknown";
}

}  // namespace hark::client
