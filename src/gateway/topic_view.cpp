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
  HARK_UNREACHABLE();
}

bool TopicView::add(Subscription& subscription) {
  subscription.view_ = this;
  subscription.log_ = &log_of(subscription.form_);
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
  subscription.state_ = Subscription::State::ended;
  subscription.view_ = nullptr;
  subscription.settle_bare_notice();
  --reader_count_;
  counters_.subscriptions.subtract(1);
}

void TopicView::start(Subscription& subscription) {
  const topic::ResumePlan plan = topic::plan_resume(buffer(), subscription.request_);
  subscription.notice_ = plan.notice;
  subscription.place_ = {page_, plan.first};
  move(subscription, Subscription::State::awake);
  subscription.heartbeat_due_ = true;  // the SDKs want one first, before anything else
  subscription.subscriber_.on_ready();
}

void TopicView::move(Subscription& subscription, Subscription::State state) {
  Readers& from = list_of(subscription.state_);
  from.erase(from.iterator_to(subscription));
  subscription.state_ = state;
  list_of(state).push_back(subscription);
}

void TopicView::awaken(Subscription& subscription) {
  move(subscription, Subscription::State::awake);
  subscription.subscriber_.on_work();
}

/// Whether readers wait that do not have everything. Who has came after those, so the first one tells.
bool TopicView::has_sleepers() const {
  return !caught_up_.empty() && caught_up_.front().place_ != Position{page_, ring_.next()};
}

bool TopicView::wake(std::size_t count) {
  for (; count > 0 && has_sleepers(); --count) awaken(caught_up_.front());
  return has_sleepers();
}

void TopicView::adopt(SequencePage page, SequenceNumber oldest) {
  if (page == page_ && oldest <= ring_.next()) return ring_.trim_to(oldest);
  // Another page, or a hole since the owner's last word: nothing here continues.
  page_ = page;
  ring_.reset(oldest);
  for (auto& log : logs_) log->clear();
  bare_.clear();  // what they wait for does not come any more; they are told when they pull
  while (!keeping_.empty()) left_ring(keeping_.front());
}

bool TopicView::on_registered(fabric::Registered registered) {
  adopt(registered.page, registered.oldest);
  for (MessageRef& message : registered.kept) {
    if (message->number() >= ring_.next()) take_in(std::move(message));
  }
  trimmed();
  interest_ = registered.interest;
  live_ = true;
  // on_ready may take readers away, add some and begin another registration, so each step looks anew.
  const fabric::Epoch answered = epoch_;
  bool unknown_claims = false;
  for (std::size_t left = waiting_.size(); left > 0 && !waiting_.empty(); --left) {
    Subscription& reader = waiting_.front();
    if (reader.judged_from_ > answered && claims_unknown(reader.request_)) {
      unknown_claims = true;
      move(reader, Subscription::State::waiting);  // to the back
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
  const bool continues = delivery.page == page_ && first <= ring_.next();
  adopt(delivery.page, continues ? delivery.oldest : first);
  for (MessageRef& message : delivery.messages) take_in(std::move(message));
  trimmed();
  return has_sleepers();
}

void TopicView::take_in(MessageRef message) {
  for (Subscription& reader : bare_) reader.keep_next(message);
  keeping_.splice(keeping_.end(), bare_);
  ring_.push(std::move(message));
}

void TopicView::trimmed() {
  for (auto& log : logs_) log->trim_to(ring_.oldest());
  while (!keeping_.empty() && keeping_.front().next_->number() < ring_.oldest()) left_ring(keeping_.front());
}

/// What it keeps is its own from now on.
void TopicView::left_ring(Subscription& reader) {
  reader.in_bare_.unlink();
  reader.count_pinned();
}

void TopicView::end_all(EndReason reason) {
  for (Readers* readers : {&waiting_, &caught_up_, &awake_}) {
    while (!readers->empty()) {
      Subscription& subscription = readers->front();
      detach(subscription);
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
