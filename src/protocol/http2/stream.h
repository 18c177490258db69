#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>

#include "protocol/http2/whole_answer.h"

namespace hark::protocol::http2 {

/// What a session keeps of an open stream. Owner: the session, from the first HEADERS to the close.
struct Stream {
  explicit Stream(StreamId stream_id) : id(stream_id) {}

  StreamId id;
  bool announced = false;      ///< the owner knows it: on_request was called
  bool request_ended = false;  ///< END_STREAM received
  bool answered = false;       ///< respond or respond_streaming was called
  bool head_sent = false;      ///< our response's head left in a produce()
  bool reset_by_us = false;    ///< for our own reasons, not for a mistake of the peer
  /// The source said `wait` with its last bytes when this many resumes had been called: as long as
  /// there are no more, it needs no pull to know that it waits.
  std::optional<std::uint64_t> dry_at;
  std::size_t unconsumed = 0;  ///< body bytes handed over and not given back to the windows

  BodySource* source = nullptr;         ///< null: the answer has no body or is over
  std::unique_ptr<WholeAnswer> answer;  ///< the source, when it is ours
  std::optional<Instant> answer_moved;  ///< when the peer last took a byte of `answer`; unset: not yet seen

  boost::intrusive::list_member_hook<> in_all;
  /// Linked while `answer` waits to be taken.
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> in_answers;
};

using StreamList =
    boost::intrusive::list<Stream,
                           boost::intrusive::member_hook<Stream, decltype(Stream::in_all), &Stream::in_all>>;
/// The stream whose answer has not moved for the longest time is in front; new ones, not yet seen, at the
/// end.
using AnswerList = boost::intrusive::list<
    Stream, boost::intrusive::member_hook<Stream, decltype(Stream::in_answers), &Stream::in_answers>,
    boost::intrusive::constant_time_size<false>>;

}  // namespace hark::protocol::http2
