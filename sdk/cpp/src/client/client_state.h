#pragma once

#include <atomic>
#include <mutex>

#include "client/worker.h"
#include "hark/client/client.h"

namespace hark::client {

/// What waits for answers, over all threads: refuses what goes beyond the options.
class CallBudget {
 public:
  CallBudget(std::size_t calls_max, std::size_t bytes_max) : calls_max_(calls_max), bytes_max_(bytes_max) {}

  bool take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (calls_ > 0 && (calls_ >= calls_max_ || bytes_ + bytes > bytes_max_)) return false;
    ++calls_;
    bytes_ += bytes;
    return true;
  }
  void give_back(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    --calls_;
    bytes_ -= bytes;
  }

 private:
  const std::size_t calls_max_, bytes_max_;
  std::mutex mutex_;
  std::size_t calls_ = 0, bytes_ = 0;
};

/// Behind a Client.
class Client::State {
 public:
  State(std::shared_ptr<Worker> worker, const ClientOptions& options)
      : worker_(std::move(worker)),
        budget_(std::make_shared<CallBudget>(options.calls_max, options.call_bytes_max)) {}

  Worker& worker() { return *worker_; }
  /// `done` is called once: at once by this thread when the call is refused here, else by the client's.
  void call(const char* path, std::string frame, std::chrono::milliseconds deadline, bool retry_unavailable,
            std::function<void(Result<Answer>)> done);
  /// Calls and waits.
  Result<Answer> ask(const char* path, std::string frame, std::chrono::milliseconds deadline);
  Result<Subscription> subscribe(std::string_view namespace_name, std::string_view topic,
                                 const SubscribeOptions& options, std::optional<Callbacks> callbacks);

 private:
  const std::shared_ptr<Worker> worker_;
  const std::shared_ptr<CallBudget> budget_;
  std::atomic<SubscriptionId> next_subscription_{1};
};

/// Behind a Subscription.
class Subscription::State {
 public:
  State(std::shared_ptr<Worker> worker, std::shared_ptr<Inbox> inbox, SubscriptionId id)
      : worker_(std::move(worker)), inbox_(std::move(inbox)), id_(id) {}
  ~State() { cancel(); }
  State(const State&) = delete;

  Worker& worker() { return *worker_; }
  Inbox& inbox() { return *inbox_; }
  void cancel();

 private:
  const std::shared_ptr<Worker> worker_;
  const std::shared_ptr<Inbox> inbox_;
  const SubscriptionId id_;
};

}  // namespace hark::client
