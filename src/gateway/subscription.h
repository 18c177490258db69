#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/slices.h"
#include "fabric/parcel.h"
#include "gateway/segment.h"
#include "gateway/wire_form.h"
#include "model/error.h"
#include "topic/resume.h"

namespace hark::gateway {

class FramedCache;
class FramedLog;
class TopicView;

/// Why a subscription is over, said by the transport in its own words.
enum class EndReason : std::uint8_t { namespace_deleted, draining };

/// The same as an error.
Error error_of(EndReason reason);

/// The session's side of a subscription. It may pull, end or join readers of any view within on_ready,
/// on_work and on_end, also the one that it is called for; but it must not join a view that is ending.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  /// The topic's owner has answered: from now on pull() gives bytes. Once.
  virtual void on_ready() = 0;
  /// pull(), which said `wait`, gives something again. Once, until it says `wait` anew.
  virtual void on_work() = 0;
  /// Over: pull() gives what is left of a message under way, then `end`.
  virtual void on_end(EndReason reason) = 0;
  /// It has begun, or stopped, to keep bytes alive for itself alone (or, a large message, with other
  /// readers). Comes within pull() and the destructor too, so it must only take note: no pull, no end.
  virtual void on_pinning(bool pinning) = 0;
};

/// One client's wish for one topic: a place in the view's log, not a queue.
///
/// Between messages it pins nothing; a place that falls out of the view becomes a discontinuity that
/// names exactly what is missing, rendered when it is pulled. Discontinuities, heartbeats and the end
/// come only between messages. Live, resume and replay are the same path. Core: one gateway core.
/// Owner: the session (its Subscriber), which must destroy it before the view's table.
class Subscription : public boost::intrusive::list_base_hook<> {
 public:
  /// Joins nothing yet; TopicView::add does. `form`, `subscriber` and `cache` must outlive it.
  Subscription(const WireForm& form, Subscriber& subscriber, topic::ResumeRequest request, FramedCache& cache)
      : form_(form), subscriber_(subscriber), request_(request), cache_(cache) {}
  ~Subscription();
  Subscription(const Subscription&) = delete;

  enum class Pulled : std::uint8_t { more, wait, end };
  /// Gives up to `bytes_max` (>= 1) bytes of the form, cut anywhere; what is given counts as sent.
  /// `wait`: nothing more now, on_work tells. Lasting slices last until FramedCache::clear_retired.
  Pulled pull(std::size_t bytes_max, Slices& out);

  /// A heartbeat between the next two messages; one however often it is asked for.
  void request_heartbeat();
  bool ready() const { return state_ != State::waiting; }
  bool in_message() const { return !pending_.empty(); }
  /// As pull(), but only what is left of the message or notice under way.
  void pull_rest(std::size_t bytes_max, Slices& out);
  /// Once ready: whether a message or a notice waits, heartbeats aside.
  bool has_item() const;
  /// Once ready: whether it begins by a discontinuity, not yet pulled.
  bool has_notice() const { return notice_.has_value(); }
  /// Once ready, between messages: the next slot to send.
  Position place() const { return place_; }
  TopicView* view() const { return view_; }

 private:
  friend class TopicView;
  enum class State : std::uint8_t { waiting, awake, caught_up, ended };

  /// What was begun and is this reader's own: notices, the rest of a message.
  struct Pending {
    ByteSpan left;                     // what is not yet given of `block`, or of static bytes
    Ref<ByteBlock> block;
    ByteSpan large;                    // after `left`: in a segment of its own
    std::shared_ptr<Segment> segment;
    bool empty() const { return left.empty() && large.empty(); }
  };

  void give_pending(std::size_t bytes_max, Slices& out);
  void give_slice(std::size_t bytes_max, Slices& out);
  bool view_has(Position slot) const;
  Discontinuity missing() const;
  void render(const Discontinuity& discontinuity);
  /// Takes `message`, the one at the place, into pending_, behind `head`.
  void pend_message(ByteSpan head, const Message& message);
  void pend_copy(ByteSpan bytes);
  /// The message that follows a bare notice has come: it stays with this reader until it is pulled.
  void keep_next(MessageRef message);
  void settle_bare_notice();
  void retire_pending();
  void count_pinned();

  const WireForm& form_;
  Subscriber& subscriber_;
  topic::ResumeRequest request_;
  FramedCache& cache_;
  TopicView* view_ = nullptr;
  FramedLog* log_ = nullptr;  // the view's, of form_
  State state_ = State::waiting;
  fabric::Epoch judged_from_ = 0;  // of a registration from this on, the answer is later than our claim
  bool heartbeat_due_ = false;
  bool pinning_ = false;
  /// In the view's bare_ or keeping_. After a discontinuity without an item the next message is kept
  /// for this reader, however slow it is: two discontinuities must not follow each other.
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> in_bare_;
  MessageRef next_;  // that message
  Position place_;                       // the next slot to send
  std::optional<Discontinuity> notice_;  // from the start, not yet rendered
  Pending pending_;
  std::size_t counted_ = 0;  // of pending_.block and next_, in the core's pinned bytes
};

}  // namespace hark::gateway
