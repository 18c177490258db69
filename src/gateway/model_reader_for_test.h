#pragma once

#include <functional>
#include <optional>
#include <string>

#include "gateway/view_world_for_test.h"

namespace hark::gateway::test {

/// A reader of the real bytes that holds the view to the contract, event by event.
///
/// It knows what the view has (by buffer()) whenever bytes are given, and from that alone what the next
/// event has to be. Failures are gtest failures.
class ModelReader final : public Subscriber {
 public:
  ModelReader(ViewWorld& world, const TestForm& form, topic::ResumeRequest request)
      : world_(world),
        form_(form),
        request_(request),
        subscription(std::make_unique<Subscription>(form, *this, request, world.cache)) {}

  /// Joins; true if the owner has to be asked anew.
  bool join() { return world_.view.add(*subscription); }

  void on_ready() override {
    EXPECT_FALSE(ready_ || ended_);
    ready_ = true;
    begin(world_.view.buffer());
    if (when_ready) when_ready();
  }
  void on_work() override {
    EXPECT_TRUE(ready_ && waits_) << "woken without having waited";
    EXPECT_TRUE(heartbeats_asked_ == 1 || !at_head()) << "woken for nothing";
    waits_ = false;
    ++wakes;
    if (when_work) when_work();
  }
  void on_end(EndReason reason) override {
    EXPECT_FALSE(ended_);
    ended_ = reason;
    waits_ = false;
    if (when_end) when_end();
  }
  void on_pinning(bool pinning) override {
    EXPECT_NE(pinning, pinning_);
    pinning_ = pinning;
  }

  /// Pulls once and judges what comes.
  Subscription::Pulled pull(std::size_t bytes_max) {
    Slices out;
    const auto pulled = subscription->pull(bytes_max, out);
    EXPECT_LE(out.bytes(), bytes_max);
    for (const auto& slice : out) {
      EXPECT_TRUE(slice.lasting);
      borrowed_.emplace_back(slice.bytes, std::string(as_text(slice.bytes)));
      take(as_text(slice.bytes));
    }
    using Pulled = Subscription::Pulled;
    EXPECT_TRUE(pulled != Pulled::more || out.full() || out.bytes() == bytes_max);
    waits_ = pulled == Pulled::wait;
    if (waits_) {
      EXPECT_TRUE(bytes_.empty() && at_head() && heartbeats_asked_ == 0) << "waits with something there";
      EXPECT_FALSE(subscription->in_message());
    }
    EXPECT_TRUE(pulled != Pulled::end || (ended_ && bytes_.empty()));
    return pulled;
  }
  /// Pulls until there is no more.
  Subscription::Pulled drain(std::size_t bytes_max = 10'000) {
    for (;;)
      if (const auto pulled = pull(bytes_max); pulled != Subscription::Pulled::more) return pulled;
  }
  void ask_heartbeat() {
    if (ready_ && !ended_) (bytes_.empty() ? heartbeats_asked_ : asked_within_) = 1;
    subscription->request_heartbeat();
  }
  /// The view itself missed messages, which alone excuses two notices in a row.
  void view_lost_messages() { view_lost_ = true; }
  /// What was given still reads the same. Call before FramedCache::clear_retired.
  void check_borrowed() {
    for (const auto& [bytes, copy] : borrowed_) EXPECT_TRUE(as_text(bytes) == copy);
    borrowed_.clear();
  }

  bool waits() const { return waits_; }
  bool ready() const { return ready_; }
  bool pinning() const { return pinning_; }
  std::optional<EndReason> ended() const { return ended_; }
  bool at_head() const {
    const topic::Buffer buffer = world_.view.buffer();
    return !first_notice_ && place_ == Position{buffer.page, buffer.head.next()};
  }

  std::vector<Event> events;  ///< all so far; payloads are checked and dropped
  std::size_t wakes = 0;
  std::function<void()> when_ready, when_work, when_end;

 private:
  ViewWorld& world_;
  const TestForm& form_;
  /// Claims by C8, spelled anew: where delivery begins, and what has to be said first.
  void begin(const topic::Buffer& buffer) {
    const auto [r, p, fresh_messages] = request_;
    place_ = {buffer.page, buffer.head.next()};
    heartbeats_asked_ = 1;
    const std::uint64_t kept = buffer.head.next() - buffer.oldest;
    const Position claimed{p, r.value() ? r.previous() : r};
    using Reason = DiscontinuityReason;
    if (r.value() == 0) place_.number = place_.number - std::min(fresh_messages, kept);
    if (p.value() != 0 && p != buffer.page) {
      if (r.value() != 0) place_.number = buffer.oldest;
      first_notice_ = {Reason::page_changed, claimed, buffer.page, place_.number.previous()};
    } else if (r > buffer.head.next() && !(p.value() == 0 && r.value() == 1)) {
      first_notice_ = {Reason::position_ahead, claimed, buffer.page, buffer.head};
    } else if (r.value() != 0) {
      place_.number = std::max(r, buffer.oldest);
      if (r < buffer.oldest && !(p.value() == 0 && r.value() == 1))
        first_notice_ = {Reason::expired, claimed, buffer.page, buffer.oldest.previous()};
    }
  }

  void take(std::string_view given) {
    while (!given.empty()) {
      if (bytes_.empty()) {
        seen_ = world_.view.buffer();
        seen_lost_ |= std::exchange(view_lost_, false);
      }
      const std::size_t step = std::min(given.size(), wanted_ - bytes_.size());
      bytes_ += given.substr(0, step);
      given.remove_prefix(step);
      if (bytes_.size() < wanted_) return;
      const auto event = form_.decode(bytes_);
      wanted_ = event ? 1 : form_.wanted(bytes_);
      if (event) judge(*event);
    }
  }

  void judge(Event event) {
    const auto before = events.empty() ? std::nullopt : std::optional(events.back());
    const bool after_notice = bare_;
    switch (event.kind) {
      case Event::Kind::heartbeat: EXPECT_EQ(std::exchange(heartbeats_asked_, 0), 1); break;
      case Event::Kind::message:
        EXPECT_TRUE(before) << "a heartbeat comes first";
        EXPECT_FALSE(first_notice_);
        EXPECT_EQ(event.slot, place_);
        EXPECT_TRUE(after_notice || (seen_.page == place_.page && place_.number >= seen_.oldest));
        EXPECT_TRUE(event.payload == payload_of(event.slot, event.payload.size()));
        EXPECT_TRUE(event.slot.page != world_.owner.page ||
                    world_.owner.log[event.slot.number.value() - 1]->payload().size() ==
                        event.payload.size());
        event.payload.clear();
        ++place_.number;
        bare_ = seen_lost_ = false;
        break;
      case Event::Kind::discontinuity:
        EXPECT_TRUE(before) << "a heartbeat comes first";
        judge(event.discontinuity);
        break;
    }
    heartbeats_asked_ |= std::exchange(asked_within_, 0);
    events.push_back(std::move(event));
  }

  void judge(Discontinuity told) {
    const auto expected = expected_notice();
    ASSERT_TRUE(expected) << "a notice without a reason";
    EXPECT_FALSE(bare_ && told.page == bare_page_ && !seen_lost_) << "two notices in a row";
    if (!form_.tells_reasons()) {
      told.reason = expected->reason;
      told.last.page = expected->last.page;
    }
    EXPECT_EQ(to_string(told.reason), to_string(expected->reason));
    EXPECT_EQ(told, *expected);
    first_notice_.reset();
    place_ = {told.page, told.missed_to.next()};
    bare_ = true;
    seen_lost_ = false;
    bare_page_ = told.page;
  }
  // By the buffer as it was when the first byte of the notice was given.
  std::optional<Discontinuity> expected_notice() const {
    const bool other_page = place_.page != seen_.page;
    const bool fell_out = other_page || place_.number < seen_.oldest;
    std::optional<Discontinuity> notice = first_notice_;
    if (!fell_out) return notice;
    if (!notice || (notice->reason == DiscontinuityReason::position_ahead && !other_page))
      notice = {DiscontinuityReason::slow_consumer, {place_.page, place_.number.previous()}, {}, {}};
    if (other_page) notice->reason = DiscontinuityReason::page_changed;
    notice->page = seen_.page;
    notice->missed_to = seen_.oldest.previous();
    return notice;
  }

  topic::ResumeRequest request_;
  bool ready_ = false, waits_ = false, pinning_ = false;
  std::optional<EndReason> ended_;
  int heartbeats_asked_ = 0;  // 0 or 1
  int asked_within_ = 0;      // within an event that may be the one asked for before
  Position place_{};                           // the next slot that has to come
  std::optional<Discontinuity> first_notice_;  // as judged when it joined
  bool view_lost_ = false, seen_lost_ = false;  // since the last event; before the current one
  bool bare_ = false;                          // the last event but heartbeats was a notice
  SequencePage bare_page_;
  std::string bytes_;  // of an event that is not whole
  std::size_t wanted_ = 1;  // before decoding is worth a try
  topic::Buffer seen_{};  // when the first of them was given
  std::vector<std::pair<ByteSpan, std::string>> borrowed_;

 public:
  std::unique_ptr<Subscription> subscription;  // last: it tells us of its end
};

}  // namespace hark::gateway::test
