#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "fabric/truth_for_test.h"

namespace hark::fabric {

/// A gateway core reduced to its side of the fabric: a view for each topic that it wants, which checks that
/// whatever comes leaves no hole that was not told, and repeats nothing.
class Views {
 public:
  Views(const Limits& limits, std::vector<Link*> links, ClusterStateRef state, Truth& truth)
      : reserve_(bulk_reserve(limits)), links_(std::move(links)), state_(std::move(state)), truth_(truth) {}

  void open(const TopicPath& path) {
    if (by_path_.contains(path.text()) || !state_->find_namespace(path.namespace_name())) return;
    auto view = std::make_unique<View>();
    view->path = path;
    begin_registration(*view);
    by_path_.emplace(path.text(), views_.insert(std::move(view)));
  }
  void close(const TopicPath& path) {
    const auto found = by_path_.find(path.text());
    if (found == by_path_.end()) return;
    const auto view = views_.take(found->second);
    by_path_.erase(found);
    if (view->interest) unregister_due_.emplace_back(view->owner, view->interest);
  }
  /// Asks the owner anew, as for a reader that claims more than this view has heard of.
  void refresh(const TopicPath& path) {
    const auto found = by_path_.find(path.text());
    if (found == by_path_.end()) return;
    View& view = **views_.find(found->second);
    if (view.interest) unregister_due_.emplace_back(view.owner, view.interest);
    begin_registration(view);
  }
  void apply(ClusterStateRef state) {
    const ClusterStateRef before = std::exchange(state_, std::move(state));
    std::vector<TopicPath> ended;
    views_.for_each([&](ViewId, std::unique_ptr<View>& view) {
      const auto* was = before->find_namespace(view->path.namespace_name());
      const auto* is = state_->find_namespace(view->path.namespace_name());
      if (!is || is->id != was->id) {
        ended.push_back(view->path);
      } else if (owner_of(view->path) != before->owners->owner_of(view->path.hash())) {
        begin_registration(*view);  // the former owner drops its interest by itself
      }
    });
    for (const TopicPath& path : ended) close(path);
  }

  void on_registered(CoreId from, Registered registered) {
    View* view = find(registered.view, registered.epoch);
    if (!view) return unregister_due_.emplace_back(from, registered.interest), void();
    if (view->live) truth_.complain(view->path.text() + " was registered twice in an epoch");
    if (registered.oldest > registered.next) truth_.complain("an answer with oldest above next");
    view->live = true;
    view->owner = from;
    view->interest = registered.interest;
    take_in(*view, registered.page, registered.oldest, registered.kept);
    if (view->at.number != registered.next) truth_.complain(view->path.text() + ": kept ends before next");
  }
  void on_delivery(Delivery delivery) {
    View* view = find(delivery.view, delivery.epoch);
    if (!view) return;
    if (!view->live) return truth_.complain("a delivery came before the answer to its registration");
    if (view->taken_due) truth_.complain(view->path.text() + " had two batches out");
    if (delivery.page != view->at.page) truth_.complain("a delivery of another page");
    view->taken_due = true;
    take_in(*view, delivery.page, delivery.oldest, delivery.messages);
  }
  /// Sends what is due, as far as there is room.
  void flush() {
    std::erase_if(unregister_due_,
                  [&](const auto& due) { return try_send(due.first, Unregister{due.second}); });
    views_.for_each([&](ViewId id, std::unique_ptr<View>& view) {
      if (view->register_due &&
          try_send(owner_of(view->path), Register{id, view->epoch, state_->version, view->path, view->at}))
        view->register_due = false;
      if (view->taken_due && try_send(view->owner, BatchTaken{view->interest})) view->taken_due = false;
    });
  }
  bool flushed() {
    bool due = !unregister_due_.empty();
    views_.for_each([&](ViewId, std::unique_ptr<View>& v) { due |= v->register_due || v->taken_due; });
    return !due;
  }
  std::size_t size() const { return views_.size(); }
  /// At the end of the world: each view has to have come as far as its topic did.
  void check_caught_up() {
    views_.for_each([&](ViewId, std::unique_ptr<View>& view) {
      const Position head = truth_.head(view->path);
      const std::string name = view->path.text();
      if (!view->live) truth_.complain(name + " was never answered");
      // A topic may have begun a page in which nothing was published yet.
      const bool has_all =
          view->at.page == head.page
              ? view->at.number == head.number.next()
              : view->at == Position{view->at.page, SequenceNumber(1)} && view->at.page > head.page;
      if (!has_all) truth_.complain(name + " has not caught up");
    });
  }

 private:
  struct View {
    TopicPath path;
    Epoch epoch = 0;
    CoreId owner = 0;
    InterestId interest;
    bool live = false, register_due = false, taken_due = false;
    Position at;  // the next slot that it lacks
  };

  CoreId owner_of(const TopicPath& path) const { return state_->owners->owner_of(path.hash()); }
  View* find(ViewId id, Epoch epoch) {
    auto* found = views_.find(id);
    return found && (*found)->epoch == epoch ? found->get() : nullptr;
  }
  void begin_registration(View& view) {
    ++view.epoch;
    view.interest = {};
    view.live = view.taken_due = false;
    view.register_due = true;
  }
  void take_in(View& view, SequencePage page, SequenceNumber oldest,
               const std::vector<MessageRef>& messages) {
    const std::string name = view.path.text();
    if (page < view.at.page) truth_.complain(name + " went back to an older page");
    if (page > view.at.page) {
      if (view.at.page.value() != 0 && !truth_.pages_may_change) truth_.complain(name + " changed its page");
      view.at = {page, oldest};
    }
    if (oldest > view.at.number) ++truth_.gaps_seen, view.at.number = oldest;
    for (const MessageRef& message : messages) {
      if (message->page() != page || message->number() != view.at.number)
        truth_.complain(name + " got " + std::string(message->payload().text()) + " instead of number " +
                        std::to_string(view.at.number.value()));
      truth_.seen(view.path, message);
      ++view.at.number;
    }
  }
  template <typename T>
  bool try_send(CoreId to, T parcel) {
    if (!links_[to]->has_room(reserve_ + 1)) return false;
    links_[to]->send(std::move(parcel));
    return true;
  }

  std::size_t reserve_;
  std::vector<Link*> links_;
  ClusterStateRef state_;
  Truth& truth_;
  SlotMap<std::unique_ptr<View>, ViewTag> views_;
  std::map<std::string, ViewId> by_path_;
  std::vector<std::pair<CoreId, InterestId>> unregister_due_;
};

}  // namespace hark::fabric
