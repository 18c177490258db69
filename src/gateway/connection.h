#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "gateway/first_bytes.h"
#include "gateway/session.h"
#include "model/limits.h"
#include "runtime/byte_stream.h"
#include "runtime/timer_wheel.h"

namespace hark::gateway {

class Connection;

struct ConnectionCounters {
  Gauge connections;
  Counter accepted, bytes_read, bytes_written, writes, short_writes;
  Counter closed_for_stall;        ///< took nothing of its answers in time
  Counter closed_for_first_bytes;  ///< said nothing in time, or nothing that we speak
  Counter closed_for_pinning;      ///< kept too many bytes alive for itself, longest of all
};

/// Makes the session for what a connection's first bytes announce.
using SessionFactory = std::function<std::unique_ptr<Session>(Protocol, SessionHost&, Instant now)>;

/// What connections of a core share.
struct ConnectionShared {
  const Limits& limits;
  const SessionFactory& sessions;
  runtime::TimerWheel& timers;
  Gauge& pinned_bytes;  ///< what short writes left over counts here
  ConnectionCounters& counters;
  std::array<std::byte, 64 << 10>& read_buffer;
  Gather& gather;
  std::function<void(Connection&)> on_readable, on_flush, on_credit_wanted, on_pinning, on_closed;
};

/// A client's connection: its byte stream, its session, and what a short write left over.
///
/// Reads and writes only in the core's turn (read_some, flush); events from outside only note that it
/// can. After its last words it lingers a little and reads on, since a reset would overtake them. Limits:
/// one gather-write's rest (write_bytes_max). Core: one gateway core. Owner: Gateway.
class Connection final : public SessionHost {
 public:
  Connection(ConnectionShared& shared, std::unique_ptr<runtime::ByteStream> stream, Instant now);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // --- from the event loop ---
  /// Bytes may wait; with `ended` the stream's end or failure does, perhaps behind them.
  void readable(bool ended = false);
  void writable();  ///< room may be there again

  // --- in the core's turn ---
  /// Reads at most `read_bytes_a_turn`. True: more may wait.
  bool read_some(Instant now);
  /// Writes what waits, then one gather-write of the session's. True: there is more to write now.
  bool flush(Instant now);
  void on_timer(Instant now);
  void drain(Instant now);
  /// The peer is cut off, whatever waits.
  void abort();
  /// Ends the session and with it all that it holds.
  void end_session();
  /// There may be credit or room for what waits. What still has to wait asks again.
  void on_credit(Instant now);

  void set_id(ConnectionId id) { id_ = id; }
  ConnectionId id() const override { return id_; }
  Session* session() { return session_.get(); }
  bool closed() const { return state_ == State::closed; }
  /// The peer has not said which protocol it speaks.
  bool silent() const { return !session_ && state_ == State::open; }
  /// The drain waits for this connection to end.
  void set_awaited() { awaited_ = true; }
  bool awaited() const { return awaited_; }
  bool pinning() const { return pinning_count_ > 0 || rest_counted_ > 0; }

  // --- for its session ---
  void wants_flush() override;
  void on_pinning(bool pinning) override;
  void wants_credit() override;
  void wants_room() override { shared_.on_credit_wanted(*this); }

  // Places in the gateway's lists.
  boost::intrusive::list_member_hook<> in_readable, in_flush, in_credit, in_pinning;

 private:
  enum class State : std::uint8_t {
    open,
    closing,    ///< the session is over: what it still gives is written
    lingering,  ///< our side has ended; the peer's bytes are dropped until it ends too
    closed,
  };

  void receive(ByteSpan bytes, Instant now);
  void over(Instant now);
  bool write_rest(Instant now);
  void keep_rest(std::size_t written, Instant now);
  std::optional<Instant> due() const;
  void count_rest();
  void linger(Instant now);
  void linger_shortly(Instant now);
  bool drop_input();
  void close();
  void arm(Instant now);

  ConnectionShared& shared_;
  std::unique_ptr<runtime::ByteStream> stream_;
  std::unique_ptr<Session> session_;  // null until the first bytes told the protocol
  FirstBytes first_bytes_;
  std::string rest_;               // what a short write left over
  std::size_t rest_at_ = 0;        // of rest_: written since
  std::size_t rest_counted_ = 0;   // of rest_, in the core's pinned bytes
  std::size_t write_bytes_max_;    // of the next gather-write
  std::size_t pinning_count_ = 0;  // subscriptions that keep bytes alive
  std::size_t dropped_ = 0;        // bytes, while lingering
  Instant rest_moved_{};           // when the peer last took some of rest_
  Instant deadline_{};             // of first bytes, of closing, or of lingering
  Instant linger_until_{};         // at most, while lingering
  ConnectionId id_;
  State state_ = State::open;
  bool readable_ = false;     // a read may give something
  bool ending_ = false;       // the stream's end waits behind what is to be read
  bool input_ended_ = false;  // and was read
  bool writable_ = true;
  bool needs_credit_ = false;
  bool awaited_ = false;
  bool draining_ = false;

 public:
  struct Alarm : runtime::Timer {
    explicit Alarm(Connection& c) : connection(c) {}
    Connection& connection;
    Instant armed_for{};
  };

 private:
  Alarm alarm_{*this};
};

}  // namespace hark::gateway
