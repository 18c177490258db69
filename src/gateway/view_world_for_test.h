#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "gateway/framed_log.h"
#include "gateway/subscription.h"
#include "gateway/topic_view.h"
#include "gateway/wire_forms_for_test.h"

namespace hark::gateway::test {

/// The owner of one topic in its simplest shape: what a view hears from it, in the owner's words.
struct ModelOwner {
  SequencePage page{1};
  std::vector<MessageRef> log;  // of this page: number n at n - 1
  SequenceNumber oldest{1};
  SequenceNumber sent{1};  // the next number that deliveries bring

  SequenceNumber next() const { return SequenceNumber(log.size() + 1); }
  void publish(std::size_t size) { log.push_back(message_of({page, next()}, size)); }
  void trim(std::size_t count) { oldest = std::min(oldest + count, next()); }
  void new_page(std::uint64_t step = 1) {
    *this = ModelOwner{page + step, {}, SequenceNumber(1), SequenceNumber(1)};
  }

  std::vector<MessageRef> from(SequenceNumber first, std::size_t count_max) const {
    std::vector<MessageRef> messages;
    for (SequenceNumber n = first; n < next() && messages.size() < count_max; ++n)
      messages.push_back(log[n.value() - 1]);
    return messages;
  }
  fabric::Registered answer(const fabric::Register& request) {
    SequenceNumber first = oldest;
    if (request.have.page == page && request.have.number > first)
      first = std::min(request.have.number, next());
    sent = next();
    return {request.view, request.epoch, {1, 1}, page, oldest, next(), from(first, log.size())};
  }
  fabric::Delivery deliver(const TopicView& view, std::size_t count_max) {
    sent = std::max(sent, oldest);
    fabric::Delivery delivery{{}, view.epoch(), page, oldest, from(sent, count_max)};
    sent = sent + delivery.messages.size();
    return delivery;
  }
};

/// One core's caches and counters, and a view with its owner.
struct ViewWorld {
  explicit ViewWorld(std::size_t cache_bytes = std::size_t{64} << 20)
      : cache(cache_bytes, pinned, cache_counters), view(TopicPath("default", "news"), cache, counters) {}

  /// Registers and answers, as often as the view asks for it.
  void register_now() {
    while (view.on_registered(owner.answer(view.begin_registration({}, 1)))) {}
    wake_all();
  }
  /// Carries everything over, in one batch.
  void deliver_now() {
    view.on_delivery(owner.deliver(view, owner.log.size()));
    wake_all();
  }
  void publish_now(std::size_t size) {
    owner.publish(size);
    deliver_now();
  }
  /// Wakes one at a time, and demands that this ends.
  void wake_all() {
    for (int rounds = 0; view.wake(1); ++rounds) ASSERT_LT(rounds, 10'000);
  }

  ToyForm toy;
  GrpcForm grpc;
  PinnedBytes pinned;
  FramedCache::Counters cache_counters;
  FramedCache cache;
  ViewCounters counters;
  TopicView view;
  ModelOwner owner;
};

}  // namespace hark::gateway::test
