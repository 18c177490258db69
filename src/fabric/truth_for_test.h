#pragma once

#include <map>
#include <set>
#include <string>

#include "fabric/fakes_for_test.h"

namespace hark::fabric {

/// What was accepted, committed, answered and seen in a test world. It finds what must never be, and keeps
/// the first such finding. Payloads are "topic|publisher|serial", each published once.
class Truth {
 public:
  void complain(const std::string& what) {
    if (problem_.empty()) problem_ = what;
  }
  const std::string& problem() const { return problem_; }
  static std::string payload_of(const TopicPath& path, CoreId publisher, std::uint64_t serial) {
    return path.text() + "|" + std::to_string(publisher) + "|" + std::to_string(serial);
  }

  /// An owner gave `message` its slot.
  void accepted(const MessageRef& message) {
    const std::string payload(message->payload().text());
    Topic& topic = topic_of(payload);
    const Position slot{message->page(), message->number()}, last = topic.last;
    const bool follows = slot.page == last.page && slot.number == last.number.next();
    const bool begins = slot.page > last.page && slot.number == SequenceNumber(1);
    if (!follows && !begins) complain(payload + " got " + text(slot) + " after " + text(last));
    if (begins && last.page.value() != 0 && !pages_may_change) complain(payload + " began a new page");
    if (!accepted_.insert(payload).second) complain(payload + " was accepted twice");
    if (refused_.contains(payload)) complain(payload + " was accepted after a no");
    auto& serial = topic.serials[payload.substr(0, payload.rfind('|'))];
    if (serial_of(payload) <= serial) complain(payload + " overtook one of its publisher");
    serial = serial_of(payload);
    topic.last = slot;
    topic.slots[slot] = payload;
  }
  void committed(const MessageRef& message) {
    const std::string payload(message->payload().text());
    committed_.insert(payload);
    // What a deleted topic still had under way may be committed after its name began anew.
    Position& head = topic_of(payload).head;
    head = std::max(head, Position{message->page(), message->number()});
  }
  void answered(const std::string& payload, const Result<Position>& result) {
    if (!answered_.insert(payload).second) complain(payload + " was answered twice");
    ++answers[result ? "committed" : to_string(result.error().code)];
    if (result) {
      if (topic_of(payload).slots[*result] != payload)
        complain(payload + " was acknowledged at a wrong slot");
      if (!committed_.contains(payload)) complain(payload + " was acknowledged before it was safe");
    } else if (result.error().code != ErrorCode::deadline_exceeded) {
      refused_.insert(payload);
      if (accepted_.contains(payload)) complain(payload + " was refused, but is there");
    }
  }
  void seen(const TopicPath& path, const MessageRef& message) {
    const std::string payload(message->payload().text());
    const Topic& topic = topics_[path.text()];
    const auto slot = topic.slots.find({message->page(), message->number()});
    if (slot == topic.slots.end() || slot->second != payload) complain(payload + " was seen at a wrong slot");
    if (!committed_.contains(payload)) complain(payload + " was seen before it was safe");
    ++messages_seen;
  }
  /// The newest committed slot of a topic; 0 when there never was one.
  Position head(const TopicPath& path) { return topics_[path.text()].head; }
  std::size_t answered_count() const { return answered_.size(); }

  bool pages_may_change = false;  ///< topics are deleted, or forgotten for good
  // For what a test wants to have happened at all.
  std::map<std::string, std::size_t> answers;
  std::size_t messages_seen = 0, gaps_seen = 0;

 private:
  struct Topic {
    Position last, head;
    std::map<Position, std::string> slots;
    std::map<std::string, std::uint64_t> serials;  // the last one accepted, by publisher
  };
  static std::string text(Position p) {
    return std::to_string(p.page.value()) + ":" + std::to_string(p.number.value());
  }
  static std::uint64_t serial_of(const std::string& payload) {
    return std::stoull(payload.substr(payload.rfind('|') + 1));
  }
  Topic& topic_of(const std::string& payload) { return topics_[payload.substr(0, payload.find('|'))]; }

  std::string problem_;
  std::map<std::string, Topic> topics_;
  std::set<std::string> accepted_, committed_, answered_, refused_;
};

/// Tells the truth what its core's owner appends; commits at once, or when the test says so.
class WorldLog : public CommitLog {
 public:
  WorldLog(Truth& truth, bool slow) : truth_(truth), slow_(slow) {}
  void append(const CommitTicket& ticket, const MessageRef& message, CommitListener& listener) override {
    truth_.accepted(message);
    if (slow_) return waiting_.append(ticket, message, listener);
    truth_.committed(message);
    ImmediateLog().append(ticket, message, listener);
  }
  std::size_t size() const { return waiting_.size(); }
  void commit_one(std::size_t choice) { truth_.committed(waiting_.commit_one(choice)); }

 private:
  Truth& truth_;
  bool slow_;
  SlowLog waiting_;
};

}  // namespace hark::fabric
