#include "fabric/local/mailboxes.h"

#include "runtime/wake.h"

namespace hark::fabric::local {

class Mailboxes::MailboxLink : public Link {
 public:
  explicit MailboxLink(std::size_t slots) : mailbox_(slots) {}

  bool has_room(std::size_t count) override { return mailbox_.room_at_least(count); }
  void send(Parcel parcel) override {
    const bool sent = mailbox_.try_push(std::move(parcel));
    HARK_CHECK_MSG(sent, "a mailbox was full: its senders have to leave room");
    sent_ = true;
  }
  Mailbox& mailbox() { return mailbox_; }
  bool take_sent() { return std::exchange(sent_, false); }

 private:
  Mailbox mailbox_;
  bool sent_ = false;  // by the sender's thread, since its last notify_all
};

Mailboxes::Mailboxes(std::size_t cores, std::size_t slots, std::vector<runtime::Wake*> wakes)
    : cores_(cores), wakes_(std::move(wakes)) {
  for (std::size_t i = 0; i < cores * cores; ++i) links_.push_back(std::make_unique<MailboxLink>(slots));
}

Mailboxes::~Mailboxes() = default;

std::vector<Link*> Mailboxes::links_from(CoreId from) {
  std::vector<Link*> links;
  for (std::size_t to = 0; to < cores_; ++to) links.push_back(links_[from * cores_ + to].get());
  return links;
}

Mailbox& Mailboxes::inbox(CoreId to, CoreId from) { return links_[from * cores_ + to]->mailbox(); }

void Mailboxes::notify_all(CoreId from) {
  for (std::size_t to = 0; to < cores_; ++to) {
    const bool sent = links_[from * cores_ + to]->take_sent();
    if (sent && to != from && !wakes_.empty()) wakes_[to]->notify();
  }
}

}  // namespace hark::fabric::local
