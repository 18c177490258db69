#include "gateway/topic_view.h"

#include "base/check.h"

namespace hark::gateway {

TopicView::TopicView(TopicPath path, FramedCache& cache, ViewCounters& counters)
    : path_(std::move(path)), cache_(cache), counters_(counters) {}

TopicView::~TopicView() { HARK_CHECK(reader_count_ == 0); }

TopicView::Readers& TopicView::list_of(Subscription::State state) {
  switch (state) {
    case Subscription::State::waiting: return waiting_;
    case Subscription::State::caught_up: return caught_up_;
    case Subscription::State::awake:
    case Subscription::State::ended: return awake_;
  }
  HARK_CHECK(false);
}

bool TopicView::add(Subscription& subscription) {
  subscription.view_ = this;
  subscription.state_ = Subscription::State::waiting;
  subscription.judged_from_ = epoch_ + 1;
  waiting_.push_back(subscription);
  ++reader_count_;
  counters_.subscriptions.add(1);
  if (!live_) return false;
  if (claims_unknown(subscription.request_)) return true;
  start(subscription);
  return false;
}

/// Whether a reader claims more than this replica knows: it may have heard of it from another core, which
/// was told earlier, so only the owner can say that the position does not exist.
bool TopicView::claims_unknown(const topic::ResumeRequest& request) const {
  if (request.page > page_) return true;
  const bool here = request.page == page_ || request.page.value() == 0;
  return here && request.number > ring_.next();
}

fabric::Register TopicView::begin_registration(fabric::ViewId self, std::uint64_t state_version) {
  live_ = false;
  interest_ = {};
  ++epoch_;
  counters_.registrations.add();
  return {self, epoch_, state_version, path_, {page_, ring_.next()}};
}

void TopicView::remove(Subscription& subscription) {
  if (subscription.view_ == this) detach(subscription);
}

void TopicView::detach(Subscription& subscription) {
  Readers& readers = list_of(subscription.state_);
  readers.erase(readers.iterator_to(subscription));
  subscription.settle_bare_notice();
  subscription.view_ = nullptr;
  --reader_count_;
  counters_.subscriptions.subtract(1);
}

void TopicView::start(Subscription& subscription) {
  const topic::ResumePlan plan = topic::plan_resume(buffer(), subscription.request_);
  subscription.notice_ = plan.notice;
  subscription.place_ = {page_, plan.first};
  waiting_.erase(waiting_.iterator_to(subscription));
  subscription.state_ = Subscription::State::awake;
  awake_.push_back(subscription);
  subscription.heartbeat_due_ = true;  // the SDKs want one first, before anything else
  subscription.subscriber_.on_ready();
}

void TopicView::caught_up(Subscription& subscription) {
  if (subscription.state_ != Subscription::State::awake) return;
  awake_.erase(awake_.iterator_to(subscription));
  subscription.state_ = Subscription::State::caught_up;
  caught_up_.push_back(subscription);
}

void TopicView::awaken(Subscription& subscription) {
  caught_up_.erase(caught_up_.iterator_to(subscription));
  subscription.state_ = Subscription::State::awake;
  awake_.push_back(subscription);
  subscription.subscriber_.on_work();
}

bool TopicView::wake(std::size_t count) {
  for (; count > 0 && !caught_up_.empty(); --count) awaken(caught_up_.front());
  return !caught_up_.empty();
}

void TopicView::adopt(SequencePage page, SequenceNumber oldest) {
  if (page == page_ && oldest <= ring_.next()) return ring_.trim_to(oldest);
  // Another page, or a hole since the owner's last word: nothing here continues.
  page_ = page;
  ring_.reset(oldest);
  for (auto& log : logs_) log->clear();
}

bool TopicView::on_registered(fabric::Registered registered) {
  adopt(registered.page, registered.oldest);
  for (MessageRef& message : registered.kept) {
    if (message->number() >= ring_.next()) take_in(std::move(message));
  }
  trimmed();
  interest_ = registered.interest;
  live_ = true;
  bool unknown_claims = false;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    Subscription& reader = *it++;
    if (reader.judged_from_ > epoch_ && claims_unknown(reader.request_)) {
      unknown_claims = true;
    } else {
      start(reader);
    }
  }
  return unknown_claims;
}

bool TopicView::on_delivery(fabric::Delivery delivery) {
  const SequenceNumber first =
      delivery.messages.empty() ? delivery.oldest : delivery.messages.front()->number();
  // A hole before `first`: this core's place fell out of the owner's ring.
  adopt(delivery.page, first > ring_.next() ? first : delivery.oldest);
  for (MessageRef& message : delivery.messages) take_in(std::move(message));
  trimmed();
  return !caught_up_.empty();
}

void TopicView::take_in(MessageRef message) {
  for (Subscription& reader : bare_)
    if (!reader.next_ && reader.place_ == Position{page_, message->number()}) reader.keep_next(message);
  ring_.push(std::move(message));
}

void TopicView::trimmed() {
  for (auto& log : logs_) log->trim_to(ring_.oldest());
  for (Subscription& reader : bare_) reader.count_pinned();
}

void TopicView::end_all(EndReason reason) {
  for (Readers* readers : {&waiting_, &caught_up_, &awake_}) {
    while (!readers->empty()) {
      Subscription& subscription = readers->front();
      detach(subscription);
      subscription.state_ = Subscription::State::ended;
      subscription.subscriber_.on_end(reason);
    }
  }
}

FramedLog& TopicView::log_of(const WireForm& form) {
  for (auto& log : logs_)
    if (&log->form() == &form) return *log;
  return *logs_.emplace_back(std::make_unique<FramedLog>(form, cache_));
}

}  // namespace hark::gateway
