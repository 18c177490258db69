#include "fabric/handoff.h"

#include <algorithm>

namespace hark::fabric {
namespace {

constexpr std::size_t forgotten_a_parcel = 4096;

}  // namespace

Handoff::Handoff(CoreId self, std::size_t bulk_reserve, TopicTable& table, std::vector<Link*> links)
    : self_(self), bulk_reserve_(bulk_reserve), table_(table) {
  for (Link* link : links) peers_.push_back({.link = link, .topics = {}, .forgotten = {}});
}

void Handoff::begin(ClusterStateRef before, ClusterStateRef after) {
  HARK_CHECK(done());
  if (before->owners == after->owners) return;
  before_ = before->owners;
  state_version_ = after->version;
  table_.for_each([&](OwnedTopic& topic) {
    const CoreId owner = after->owners->owner_of(topic.topic.path().hash());
    if (owner == self_) return;
    table_.freeze(topic);
    peers_[owner].topics.push_back(topic.id);
  });
  for (CoreId core = 0; core < peers_.size(); ++core) {
    if (core != self_) {
      peers_[core].forgotten =
          table_.take_forgotten([&](std::uint64_t hash) { return after->owners->owner_of(hash) == core; });
    }
    peers_[core].done_due = true;
    peers_[core].awaited = peers_[core].done_version < state_version_;
  }
}

bool Handoff::done() const {
  return std::none_of(peers_.begin(), peers_.end(),
                      [](const Peer& peer) { return peer.done_due || peer.awaited; });
}

bool Handoff::expects(std::uint64_t path_hash) const {
  if (!before_) return false;
  const CoreId former = before_->owner_of(path_hash);
  return former != self_ && peers_[former].awaited;
}

void Handoff::on_done_from(CoreId core, std::uint64_t state_version) {
  peers_[core].done_version = state_version;
  if (state_version >= state_version_) peers_[core].awaited = false;
}

std::size_t Handoff::pump() {
  std::size_t moved = 0;
  for (Peer& peer : peers_) {
    if (!peer.done_due) continue;
    while (!peer.topics.empty() && send_topic(peer)) ++moved;
    while (peer.topics.empty() && !peer.forgotten.empty() && send_forgotten(peer)) {}
    if (peer.topics.empty() && peer.forgotten.empty() && peer.link->has_room(bulk_reserve_ + 1)) {
      peer.link->send(TransferDone{state_version_});
      peer.done_due = false;
    }
  }
  return moved;
}

bool Handoff::has_backlog() const {
  return std::any_of(peers_.begin(), peers_.end(), [&](const Peer& peer) {
    if (!peer.done_due) return false;
    const OwnedTopic* next = peer.topics.empty() ? nullptr : table_.find(peer.topics.front());
    return !next || next->topic.settled();
  });
}

bool Handoff::send_topic(Peer& peer) {
  OwnedTopic* topic = table_.find(peer.topics.front());
  if (topic && !topic->topic.settled()) return false;
  if (!peer.link->has_room(bulk_reserve_ + 1)) return false;
  peer.topics.pop_front();
  if (!topic) return true;
  const std::uint64_t namespace_id = topic->namespace_id;
  peer.link->send(Transfer{std::make_unique<topic::TopicState>(table_.release(*topic)), namespace_id});
  return true;
}

bool Handoff::send_forgotten(Peer& peer) {
  if (!peer.link->has_room(bulk_reserve_ + 1)) return false;
  TransferForgotten parcel;
  const std::size_t count = std::min(forgotten_a_parcel, peer.forgotten.size());
  parcel.topics.assign(peer.forgotten.end() - static_cast<std::ptrdiff_t>(count), peer.forgotten.end());
  peer.forgotten.resize(peer.forgotten.size() - count);
  peer.link->send(std::move(parcel));
  return true;
}

}  // namespace hark::fabric
