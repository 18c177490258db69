#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "client/dialer.h"
#include "client/engine.h"

namespace hark::client {

/// The client's thread: owns the engine and the socket, runs what others post.
class Worker : public std::enable_shared_from_this<Worker> {
 public:
  using Task = std::function<void(Engine&, Instant now)>;

  static Result<std::shared_ptr<Worker>> start(Address address, Engine::Options options);
  ~Worker();
  Worker(const Worker&) = delete;

  /// Runs `task` soon, on the thread, in the order of the calls. False: it is closed, and `task` is not kept.
  bool post(Task task);
  bool on_thread() const { return std::this_thread::get_id() == thread_id_; }
  /// Ends the engine and the thread; waits for it, unless it is the caller.
  void close();

 private:
  Worker(Address address, Engine::Options options, std::shared_ptr<runtime::Wake> wake);

  void run();
  bool run_tasks();  // false: it is to end
  void connect(Instant now);
  void dial(Instant now);
  void read(Instant now);
  void write(Instant now);
  void drop(const std::string& why, Instant now);
  void wait(Instant now);
  void say_goodbye(Instant now);

  const Address address_;
  const Duration connect_within_;
  const std::shared_ptr<runtime::Wake> wake_;
  std::thread thread_;
  std::thread::id thread_id_;

  std::mutex join_mutex_;
  std::mutex mutex_;  // of the next two
  std::vector<Task> tasks_;
  bool closing_ = false;

  // The thread's own.
  Engine engine_;
  std::unique_ptr<Dialer> dialer_;
  std::unique_ptr<Transport> transport_;
  std::string out_;  // what the socket has not taken
  std::size_t out_given_ = 0;  // of out_
  bool readable_ = false;  // the socket may have bytes
  bool busy_ = false;  // there may be more to write
  std::vector<std::byte> buffer_;
};

}  // namespace hark::client
