#include "gateway/view_table.h"

#include <algorithm>

namespace hark::gateway {

ViewTable::ViewTable(const Limits& limits, std::vector<fabric::Link*> links, fabric::ClusterStateRef state,
                     FramedCache& cache, ViewCounters& counters)
    : limits_(limits),
      links_(std::move(links)),
      state_(std::move(state)),
      cache_(cache),
      counters_(counters),
      waiting_(links_.size()) {}

ViewTable::~ViewTable() {
  dirty_.clear();
  lingering_.clear();
}

ViewTable::Entry* ViewTable::find(fabric::ViewId id) {
  auto* found = views_.find(id);
  return found ? found->get() : nullptr;
}

ViewTable::Entry& ViewTable::find_or_create(const TopicPath& path) {
  if (const auto found = by_path_.find(path); found != by_path_.end()) return **found;
  const auto* settings = state_->find_namespace(path.namespace_name());
  HARK_CHECK(settings != nullptr);
  auto made = std::make_unique<Entry>(path, cache_, counters_);
  Entry& entry = *made;
  entry.namespace_id = settings->id;
  entry.id = views_.insert(std::move(made));
  by_path_.insert(&entry);
  counters_.views.set(views_.size());
  register_view(entry);
  return entry;
}

void ViewTable::subscribe(const TopicPath& path, Subscription& subscription) {
  Entry& entry = find_or_create(path);
  if (entry.LingeringHook::is_linked()) lingering_.erase(lingering_.iterator_to(entry));
  if (!entry.view.add(subscription)) return;
  sign_off(entry);
  register_view(entry);
}

void ViewTable::unsubscribe(Subscription& subscription, Instant now) {
  TopicView* const view = subscription.view();
  if (!view) return;
  view->remove(subscription);
  if (view->has_readers()) return;
  Entry& entry = **by_path_.find(view->path());
  entry.lingers_until = now + limits_.view_linger;
  lingering_.push_back(entry);
}

void ViewTable::register_view(Entry& entry) {
  entry.owner = state_->owners->owner_of(entry.view.path().hash());
  tell(entry.owner, entry.view.begin_registration(entry.id, state_->version));
}

/// Ends the registration that the owner has answered; one not yet answered is ended by on_registered.
void ViewTable::sign_off(Entry& entry) {
  if (entry.view.interest()) tell(entry.owner, fabric::Unregister{entry.view.interest()});
}

void ViewTable::remove(Entry& entry) {
  sign_off(entry);
  if (entry.DirtyHook::is_linked()) dirty_.erase(dirty_.iterator_to(entry));
  if (entry.LingeringHook::is_linked()) lingering_.erase(lingering_.iterator_to(entry));
  by_path_.erase(&entry);
  views_.take(entry.id);
  counters_.views.set(views_.size());
}

void ViewTable::on_registered(topic::CoreId from, fabric::Registered registered) {
  Entry* const entry = find(registered.view);
  if (!entry || entry->view.epoch() != registered.epoch) {
    // Nobody waits for it any more, and the owner has just begun to keep a place for it.
    counters_.stale_parcels.add();
    return tell(from, fabric::Unregister{registered.interest});
  }
  const bool ask_anew = entry->view.on_registered(std::move(registered));
  mark_dirty(*entry);
  if (!ask_anew) return;
  sign_off(*entry);
  register_view(*entry);
}

void ViewTable::on_delivery(topic::CoreId from, fabric::Delivery delivery) {
  Entry* const entry = find(delivery.view);
  if (!entry || entry->view.epoch() != delivery.epoch) return counters_.stale_parcels.add();
  if (entry->view.on_delivery(std::move(delivery))) mark_dirty(*entry);
  tell(from, fabric::BatchTaken{entry->view.interest()});
}

void ViewTable::mark_dirty(Entry& entry) {
  if (!entry.DirtyHook::is_linked()) dirty_.push_back(entry);
}

void ViewTable::apply(fabric::ClusterStateRef state) {
  state_ = std::move(state);
  std::vector<Entry*> gone;
  views_.for_each([&](fabric::ViewId, std::unique_ptr<Entry>& entry) {
    const auto* settings = state_->find_namespace(entry->view.path().namespace_name());
    if (!settings || settings->id != entry->namespace_id) {
      gone.push_back(entry.get());
    } else if (state_->owners->owner_of(entry->view.path().hash()) != entry->owner) {
      register_view(*entry);  // the old owner drops its places when it gets this state
    }
  });
  for (Entry* entry : gone) {
    entry->view.end_all(EndReason::namespace_deleted);
    remove(*entry);
  }
}

void ViewTable::end_all(EndReason reason) {
  views_.for_each([&](fabric::ViewId, std::unique_ptr<Entry>& entry) { entry->view.end_all(reason); });
}

bool ViewTable::wake(std::size_t count) {
  while (count > 0 && !dirty_.empty()) {
    Entry& entry = dirty_.front();
    const std::size_t step = std::min<std::size_t>(count, 16);
    count -= step;
    if (entry.view.wake(step)) {
      dirty_.splice(dirty_.end(), dirty_, dirty_.begin());  // topics take turns
    } else {
      dirty_.erase(dirty_.iterator_to(entry));
    }
  }
  return !dirty_.empty();
}

void ViewTable::tell(topic::CoreId owner, fabric::Parcel parcel) {
  if (waiting_[owner].empty() && links_[owner]->has_room(fabric::bulk_reserve(limits_) + 1))
    return links_[owner]->send(std::move(parcel));
  waiting_[owner].push_back(std::move(parcel));
}

void ViewTable::pump() {
  for (std::size_t owner = 0; owner < links_.size(); ++owner) {
    auto& waiting = waiting_[owner];
    while (!waiting.empty() && links_[owner]->has_room(fabric::bulk_reserve(limits_) + 1)) {
      links_[owner]->send(std::move(waiting.front()));
      waiting.pop_front();
    }
  }
}

bool ViewTable::has_backlog() const {
  return std::any_of(waiting_.begin(), waiting_.end(), [](const auto& list) { return !list.empty(); });
}

void ViewTable::tick(Instant now) {
  // Here and not in unsubscribe(), which may be called from within a view.
  while (!lingering_.empty() &&
         (lingering_.size() > limits_.lingering_views_max || lingering_.front().lingers_until <= now))
    remove(lingering_.front());
}

}  // namespace hark::gateway
