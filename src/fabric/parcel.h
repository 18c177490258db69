#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/slot_map.h"
#include "fabric/cluster_state.h"
#include "model/error.h"
#include "model/message.h"
#include "model/names.h"
#include "topic/owner_map.h"
#include "topic/topic.h"

namespace hark::fabric {

using topic::CoreId;

using RequestId = SlotId<struct RequestTag>;    ///< a publish under way, at the asking core
using ViewId = SlotId<struct ViewTag>;          ///< a topic view, at its gateway core
using InterestId = SlotId<struct InterestTag>;  ///< a core's interest in a topic, at the owner
using Epoch = std::uint32_t;  ///< a view's registration; an older one's deliveries are void

// --- gateway to owner ----------------------------------------------------------------------------

/// Please number and keep this. `state_version`: the asker's ClusterState; an owner that
/// has an older one lets the request wait until it has caught up.
struct Publish {
  RequestId request;
  std::uint64_t state_version = 0;
  TopicPath path;
  MessageDraft draft;
};

/// This core wants the topic from now on. Answered by Registered; an owner by a newer state that is
/// not the owner any more stays silent, since the asker registers anew when it gets that state.
struct Register {
  ViewId view;
  Epoch epoch = 0;
  std::uint64_t state_version = 0;
  TopicPath path;
  Position have;  ///< the next slot that the asker's view lacks; older ones need not come again
};

/// This core no longer wants it. No answer.
struct Unregister {
  InterestId interest;
};

/// The last batch of this interest was taken in: the next may come.
struct BatchTaken {
  InterestId interest;
};

// --- owner to gateway ----------------------------------------------------------------------------

/// How a publish ended. `moved`: not the owner; ask again by a state of at least `state_version`.
struct PublishAnswer {
  enum class Outcome : std::uint8_t { committed, moved, refused };
  RequestId request;
  Outcome outcome = Outcome::refused;
  ErrorCode error = ErrorCode::internal;  ///< if refused
  Position position;  ///< if committed
  std::unique_ptr<Publish> returned;  ///< if moved: the request, to be sent again
  std::uint64_t state_version = 0;  ///< if moved
};

/// The answer to Register, in the same order as deliveries: everything kept that the asker does not
/// have, so that there is no seam between replay and live.
struct Registered {
  ViewId view;
  Epoch epoch = 0;
  InterestId interest;
  SequencePage page;
  SequenceNumber oldest;  ///< the oldest number that the owner keeps; `next` when it keeps none
  SequenceNumber next;  ///< the first number that deliveries bring
  std::vector<MessageRef> kept;  ///< up to next - 1, without holes; those the asker has are left out
};

/// A batch of committed messages in order, perhaps empty, and the oldest number the owner keeps.
struct Delivery {
  ViewId view;
  Epoch epoch = 0;
  SequencePage page;
  SequenceNumber oldest;
  std::vector<MessageRef> messages;
};

// --- owner to owner, when topics move --------------------------------------------------------------

struct ForgottenTopic {
  std::uint64_t path_hash = 0;
  std::uint64_t namespace_id = 0;  ///< of another id than the namespace has now: void
  SequencePage page;
  SequenceNumber next;
  friend bool operator==(const ForgottenTopic&, const ForgottenTopic&) = default;
};

struct Transfer {
  std::unique_ptr<topic::TopicState> topic;
  std::uint64_t namespace_id = 0;
};
struct TransferForgotten {
  std::vector<ForgottenTopic> topics;
};
/// Everything that this core had for you under the state before `state_version` has been sent.
struct TransferDone {
  std::uint64_t state_version = 0;
};

// --- control: any core to core 0 and back ----------------------------------------------------------

struct ControlRequest {
  enum class Verb : std::uint8_t { create_namespace, delete_namespace };
  Verb verb = Verb::create_namespace;
  std::uint64_t ticket = 0;  ///< the asking core's own
  std::string namespace_name;
};
struct ControlAnswer {
  std::uint64_t ticket = 0;
  std::optional<Error> error;
};
/// A new snapshot of everything that control decides. Acknowledged when it is carried out here.
struct StateUpdate {
  std::shared_ptr<const ClusterState> state;
};
struct StateApplied {
  std::uint64_t version = 0;
};

/// What one core can say to another. Moved, never copied.
using Parcel = std::variant<std::monostate, Publish, PublishAnswer, Delivery, BatchTaken, Register,
                            Registered, Unregister, Transfer, TransferForgotten, TransferDone, ControlRequest,
                            ControlAnswer, StateUpdate, StateApplied>;

}  // namespace hark::fabric
