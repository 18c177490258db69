// What happens while a history is under load, one act after the other.
#include <algorithm>

#include "controlclient.pb.h"
#include "tests/sim/history.h"

namespace hark::sim {

void History::schedule_act() {
  world_.after(random_.between(1us, 2 * plan_.between_acts), [this] {
    if (phase_ != Phase::load) return;
    if (stage_.publishes() >= plan_.publishes) {
      phase_ = Phase::heal;
      return;
    }
    act();
    schedule_act();
  });
}

void History::act() {
  const std::uint64_t others =
      plan_.stalls + plan_.cuts + plan_.moves + plan_.deletions + plan_.probes + plan_.pauses + 2;
  switch (random_.pick({100 - std::min<std::uint64_t>(others, 80), plan_.stalls, plan_.cuts, plan_.moves,
                        plan_.deletions, plan_.probes, plan_.pauses, 2})) {
    case 0: return publish_some();
    case 1: return stall_somebody();
    case 2: return cut_somebody();
    case 3: return move_owners();
    case 4: return delete_namespace();
    case 5: return probe();
    case 6: return world_.pause(random_.below(plan_.cores), random_.between(100us, 200ms));
    default: return leave_and_return();
  }
}

void History::publish_some() {
  Publisher& publisher = publishers_[random_.below(publishers_.size())];
  if (!publisher.usable()) publisher.use(connect(publisher_network()));
  if (publisher.under_way() > 60) return;
  const std::uint64_t burst = random_.percent(70) ? random_.between(1, 3) : random_.between(1, 16);
  const auto favourite = static_cast<std::uint32_t>(random_.below(plan_.topics.size()));
  for (std::uint64_t i = 0; i < burst; ++i) {
    const bool same = random_.percent(80);
    publisher.publish(same ? favourite : static_cast<std::uint32_t>(random_.below(plan_.topics.size())));
  }
}

/// A reader stops for a while: by its stream's window, or by its socket.
void History::stall_somebody() {
  Subscriber& subscriber = subscribers_[random_.below(subscribers_.size())];
  if (!subscriber.open()) return;
  const Duration span = random_.between(plan_.between_acts, plan_.between_acts * 40 + 100ms);
  if (random_.percent(60)) {
    subscriber.stall();
    return world_.after(span, [&subscriber] { subscriber.resume(); });
  }
  Client* const client = subscriber.client();
  if (client->stalled() || client == admin_) return;
  client->stall();
  for (Subscriber& other : subscribers_)
    if (other.open() && other.client() == client) other.note_slow(true);
  for (Subscriber& other : probes_)
    if (other.open() && other.client() == client) other.note_slow(true);
  world_.after(span, [client] { client->resume(); });
}

void History::cut_somebody() {
  const bool in_order = random_.percent(30);
  if (random_.percent(20)) {
    Publisher& publisher = publishers_[random_.below(publishers_.size())];
    if (publisher.usable()) publisher.client()->cut(in_order);
    return;
  }
  Subscriber& subscriber = subscribers_[random_.below(subscribers_.size())];
  if (subscriber.open()) subscriber.client()->cut(in_order);
}

void History::move_owners() {
  std::vector<double> weights;
  for (std::size_t i = 0; i < plan_.cores; ++i)
    weights.push_back(random_.percent(30) ? 0 : static_cast<double>(random_.between(1, 10)));
  if (std::all_of(weights.begin(), weights.end(), [](double w) { return w == 0; })) weights[0] = 1;
  world_.change_owners(std::move(weights));
}

void History::ask_control(const char* verb, Kind kind) {
  stage_.note({.kind = kind, .topic = 1});
  control_client::_DeleteCacheRequest request;  // the same fields as _CreateCacheRequest
  request.set_cache_name(plan_.namespaces[1]);
  admin_->grpc().call(std::string("/control_client.ScsControl/") + verb, request.SerializeAsString(),
                      control_);
  admin_->flush();
}

void History::delete_namespace() {
  if (shop_ != Shop::there) return;
  shop_ = Shop::going;
  ask_control("DeleteCache", Kind::deleting);
}

void History::create_namespace() {
  if (shop_ != Shop::gone) return;
  shop_ = Shop::coming;
  ask_control("CreateCache", Kind::creating);
}

void History::controlled(const CallEnd& end) {
  if (end.status != 0 && phase_ == Phase::drain) return;  // it came too late
  if (end.status != 0) stage_.broken("control answered with status " + std::to_string(end.status));
  if (shop_ == Shop::coming) {
    shop_ = Shop::there;
    return stage_.note({.kind = Kind::created, .topic = 1, .status = end.status});
  }
  shop_ = Shop::gone;
  stage_.note({.kind = Kind::deleted, .topic = 1, .status = end.status});
  const Duration pause =
      phase_ == Phase::load ? random_.between(1us, plan_.between_acts * 10) : Duration(1us);
  world_.after(pause, [this] { create_namespace(); });
}

/// A position that an honest client may never ask for.
Slot History::wish_for(std::uint32_t topic) {
  const Slot known = stage_.known(topic);
  Slot wish;
  switch (random_.pick({2, 2, 4, 2, 2})) {
    case 0: wish.number = 0; break;
    case 1: wish.number = 1; break;
    case 2: wish.number = random_.between(1, known.number + 1); break;
    case 3: wish.number = known.number + random_.between(1, 3); break;
    default: wish.number = known.number + random_.between(2, 1'000'000); break;
  }
  switch (random_.pick({5, 3, 1, 1, 1})) {
    case 0: wish.page = known.page; break;
    case 1: wish.page = 0; break;
    case 2: wish.page = random_.between(1, 1'000); break;
    case 3: wish.page = known.page > 0 ? known.page - 1 : 7; break;
    default: wish.page = known.page + random_.between(1, 1'000'000'000); break;
  }
  return wish;
}

void History::probe() {
  const auto topic = static_cast<std::uint32_t>(random_.below(plan_.topics.size()));
  Subscriber& prober = probes_.emplace_back(stage_, topic, false);
  prober.probe(reader_client(), wish_for(topic));
  if (random_.percent(15)) {
    prober.stall();
    world_.after(random_.between(plan_.between_acts, plan_.between_acts * 40),
                 [&prober] { prober.resume(); });
  }
  if (random_.percent(60))
    world_.after(random_.between(plan_.between_acts, plan_.between_acts * 30 + 50ms),
                 [&prober] { prober.cancel(); });
}

void History::leave_and_return() {
  Subscriber& subscriber = subscribers_[random_.below(subscribers_.size())];
  if (subscriber.open()) subscriber.cancel();  // watch() brings it back
}

}  // namespace hark::sim
