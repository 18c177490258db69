#pragma once

#include <optional>
#include <string>

#include "gateway/heartbeats.h"
#include "gateway/http/stream_query.h"
#include "gateway/subscription.h"

namespace hark::gateway::http {

/// The body of an answer that is read from a place in a topic's log, whatever the version of HTTP: events
/// (EventStream) or a list (LongPoll).
///
/// Owner: the session's request, which is its Listener and outlives it. Core: one.
class TopicBody : protected Subscriber {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    /// The answer begins: its head may leave, and pull() gives something. Once.
    virtual void on_begin() = 0;
    /// pull(), which said `wait`, gives something again; before on_begin, due() has changed.
    virtual void on_body() = 0;
    /// Instead of on_begin: there is no body.
    virtual void on_refused(const Error& error) = 0;
    virtual void on_body_pinning(bool pinning) = 0;
    virtual Instant now() const = 0;
    virtual ConnectionId connection() const = 0;
  };

  ~TopicBody() override;
  TopicBody(const TopicBody&) = delete;
  TopicBody& operator=(const TopicBody&) = delete;

  /// Joins the topic's view; the listener may be called at once. Errors: subscription_limit.
  Result<void> begin(const TopicPath& path);

  using Pulled = Subscription::Pulled;
  /// Once begun: at most `bytes_max` (>= 1) bytes of the body. As Subscription::pull.
  virtual Pulled pull(std::size_t bytes_max, Slices& out) = 0;

  virtual std::string_view content_type() const = 0;
  /// Whether it goes on until one side ends it.
  virtual bool endless() const = 0;
  /// When on_due() has something to do.
  virtual std::optional<Instant> due() const { return std::nullopt; }
  virtual void on_due() {}
  /// What beats while this body lasts, if anything.
  virtual Beating* beating() { return nullptr; }

 protected:
  TopicBody(SessionServices& services, Listener& listener, const WireForm& form, const StreamQuery& query);

  /// Bytes of this body alone, which go around those of the log.
  void set_own(std::string bytes);
  /// Gives of them what there is room for; they are to be copied at once. True: more are left.
  bool give_own(std::size_t bytes_max, Slices& out);

  Subscription& subscription() { return subscription_; }
  const Subscription& subscription() const { return subscription_; }
  Listener& listener() const { return listener_; }

 private:
  void on_pinning(bool pinning) override { listener_.on_body_pinning(pinning); }

  SessionServices& services_;
  Listener& listener_;
  Subscription subscription_;
  std::string own_;
  std::size_t own_at_ = 0;  // of it: given
};

}  // namespace hark::gateway::http
