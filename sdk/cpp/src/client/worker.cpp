#include "client/worker.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <system_error>

#include "runtime/clock.h"

namespace hark::client {
namespace {

constexpr std::size_t read_bytes = 64 << 10, write_bytes = 128 << 10;
/// Reads and writes of one turn, so that tasks and timers have theirs.
constexpr int moves_a_turn = 8;

}  // namespace

Result<std::shared_ptr<Worker>> Worker::start(Address address, Engine::Options options) {
  auto wake = runtime::Wake::open();
  if (!wake) return Error{Code::unavailable, wake.error().context, {}};
  std::shared_ptr<Worker> worker(
      new Worker(std::move(address), std::move(options), std::shared_ptr<runtime::Wake>(*std::move(wake))));
  // Signals are the program's: its own threads handle them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    const std::lock_guard lock(worker->mutex_);  // the thread waits for it, and then sees its id
    worker->thread_ = std::thread([worker]() mutable {
      { const std::lock_guard started(worker->mutex_); }
      worker->run();
    });
    worker->thread_id_ = worker->thread_.get_id();
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return Error{Code::unavailable, std::string("no thread: ") + error.what(), {}};
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return worker;
}

Worker::Worker(Address address, Engine::Options options, std::shared_ptr<runtime::Wake> wake)
    : address_(std::move(address)),
      connect_within_(options.connect_within),
      wake_(std::move(wake)),
      engine_(std::move(options)),
      buffer_(read_bytes) {}

Worker::~Worker() {
  // The thread holds a reference to this: it was joined, or it is the one that is here.
  if (thread_.joinable()) thread_.detach();
}

bool Worker::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return false;
    tasks_.push_back(std::move(task));
  }
  wake_->notify();
  return true;
}

void Worker::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_->notify();
  if (on_thread()) return;
  const std::lock_guard lock(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  while (run_tasks()) {
    const Instant now = runtime::now();
    if (auto why = engine_.tick(now)) drop(*why, now);
    connect(now);
    if (dialer_) dial(now);
    if (transport_ && readable_) read(now);
    if (transport_) write(now);
    wait(runtime::now());
  }
  say_goodbye(runtime::now());
}

bool Worker::run_tasks() {
  std::vector<Task> tasks;
  bool closing;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
    closing = closing_;
  }
  const Instant now = runtime::now();
  for (const Task& task : tasks) task(engine_, now);
  return !closing;
}

void Worker::connect(Instant now) {
  if (!engine_.wants_connection(now)) return;
  engine_.on_connecting();
  dialer_ = std::make_unique<Dialer>(address_, wake_, now, now + connect_within_);
}

void Worker::dial(Instant now) {
  switch (dialer_->advance(now)) {
    case Dialer::State::busy: return;
    case Dialer::State::failed: {
      const std::string why = dialer_->why();
      dialer_.reset();
      return engine_.on_lost(why, now);
    }
    case Dialer::State::connected: break;
  }
  transport_ = dialer_->take();
  dialer_.reset();
  engine_.on_connected(now);
  if (auto why = engine_.tick(now)) drop(*why, now);
}

void Worker::read(Instant now) {
  for (int i = 0; i < moves_a_turn; ++i) {
    const Transport::Outcome outcome = transport_->read(buffer_);
    switch (outcome.status) {
      case Transport::Status::would_block: readable_ = false; return;
      case Transport::Status::closed: return drop("the server closed the connection", now);
      case Transport::Status::failed: return drop("the connection broke: " + outcome.why, now);
      case Transport::Status::ok: break;
    }
    if (!engine_.receive(std::span(buffer_).first(outcome.bytes), now))
      return drop("the server does not speak HTTP/2 as it should", now);
  }
}

void Worker::write(Instant now) {
  busy_ = false;
  for (int i = 0; i < moves_a_turn; ++i) {
    if (out_given_ == out_.size()) {
      out_.clear();
      out_given_ = 0;
      engine_.produce(out_, write_bytes, now);
      if (out_.empty()) return;
    }
    const Transport::Outcome outcome = transport_->write(std::string_view(out_).substr(out_given_));
    if (outcome.status == Transport::Status::would_block) return;
    if (outcome.status != Transport::Status::ok) return drop("the connection broke: " + outcome.why, now);
    out_given_ += outcome.bytes;
  }
  busy_ = true;
}

void Worker::drop(const std::string& why, Instant now) {
  transport_.reset();
  out_.clear();
  out_given_ = 0;
  readable_ = busy_ = false;
  engine_.on_lost(why, now);
}

void Worker::wait(Instant now) {
  const bool unsent = transport_ && out_given_ < out_.size();
  std::array<pollfd, 2> descriptors{{{wake_->fd(), POLLIN, 0}, {-1, 0, 0}}};
  if (dialer_) descriptors[1] = {dialer_->descriptor(), POLLOUT, 0};
  if (transport_)
    descriptors[1] = {transport_->descriptor(), static_cast<short>(POLLIN | (unsent ? POLLOUT : 0)), 0};

  Instant until = engine_.deadline().value_or(Instant::max());
  if (dialer_) until = std::min(until, dialer_->deadline());
  int milliseconds = -1;
  if (until != Instant::max()) {
    const Duration left = std::clamp<Duration>(until - now, Duration{0}, 1h);
    milliseconds = static_cast<int>((left + 1ms - 1ns) / 1ms);
  }
  wake_->prepare_to_sleep();
  {
    const std::lock_guard lock(mutex_);
    if (!tasks_.empty() || closing_ || readable_ || busy_) milliseconds = 0;
  }
  ::poll(descriptors.data(), descriptors.size(), milliseconds);
  wake_->awake();
  if (descriptors[0].revents != 0) {
    std::uint64_t count;
    [[maybe_unused]] const ssize_t taken = ::read(wake_->fd(), &count, sizeof count);
  }
  if (descriptors[1].revents != 0 && transport_) readable_ = true;
}

void Worker::say_goodbye(Instant now) {
  engine_.close();
  if (transport_) {
    engine_.produce(out_, write_bytes, now);
    // Whether it takes it or not: the connection is over.
    transport_->write(std::string_view(out_).substr(out_given_));
  }
  transport_.reset();
  dialer_.reset();
}

}  // namespace hark::client
