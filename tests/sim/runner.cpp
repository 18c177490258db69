#include "tests/sim/runner.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <vector>

#include "base/check.h"
#include "tests/sim/history.h"

namespace hark::sim {
namespace {

constexpr std::size_t lines_shown = 30;

/// The records that matter for a violation: of its stream's topic, or simply the last ones.
std::string excerpt(const Outcome& outcome) {
  const auto& records = outcome.records;
  const std::size_t end = std::min(outcome.violation->record + 1, records.size());
  std::string text;
  for (std::size_t i = end - std::min(end, lines_shown); i < end; ++i)
    text += "    " + to_text(records[i]) + "\n";
  return text;
}

std::string full_log(const Outcome& outcome) {
  std::string text;
  for (const Record& record : outcome.records) text += to_text(record) + "\n";
  return text;
}

/// One history. Prints what failed; true if it passed.
bool run_one(const Wish& wish, std::uint64_t seed, Coverage& coverage) {
  Outcome outcome = History(seed).run();
  if (wish.twice && !outcome.violation && History(seed).run().log_hash != outcome.log_hash)
    outcome.violation =
        Violation{"determinism", "a second run of this seed went another way", outcome.records.size()};
  coverage += outcome.coverage;
  if (wish.verbose)
    fmt::print("{}seed {}: {}\n{} records, log {:016x}\n", full_log(outcome), seed, outcome.plan,
               outcome.records.size(), outcome.log_hash);
  if (!outcome.violation) return true;
  fmt::print("FAIL seed {}: {}: {}\n{}    repeat: ./dev sim --seed {} --verbose\n", seed,
             outcome.violation->invariant, outcome.violation->what, excerpt(outcome), seed);
  std::fflush(stdout);
  return false;
}

/// A process that runs every `step`-th history from `next` on, and writes a line to its pipe for each.
struct Worker {
  pid_t process = -1;
  int pipe = -1;
  std::uint64_t next = 0;  // the seed that it is at
  std::string unread;
};

class Run {
 public:
  explicit Run(const Wish& wish)
      : wish_(wish), workers_(std::min<std::uint64_t>(wish.jobs, wish.histories)) {}
  int main();

 private:
  void start(Worker& worker);
  [[noreturn]] void work(std::uint64_t seed, int pipe);
  void take(Worker& worker);
  void take_line(Worker& worker, const std::string& line);
  void reap(Worker& worker);
  void progress();
  std::uint64_t end() const { return wish_.seed + wish_.histories; }

  const Wish& wish_;
  std::vector<Worker> workers_;
  Coverage coverage_;
  std::uint64_t passed_ = 0, failed_ = 0;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

void Run::start(Worker& worker) {
  if (worker.next >= end() || failed_ >= wish_.failures_max) return;
  int ends[2];
  HARK_CHECK(::pipe(ends) == 0);
  std::fflush(stdout);
  worker.process = ::fork();
  HARK_CHECK(worker.process >= 0);
  if (worker.process == 0) {
    ::close(ends[0]);
    work(worker.next, ends[1]);
  }
  ::close(ends[1]);
  worker.pipe = ends[0];
}

void Run::work(std::uint64_t seed, int pipe) {
  for (; seed < end(); seed += workers_.size()) {
    Coverage coverage;
    const bool passed = run_one(wish_, seed, coverage);
    const std::string line = fmt::format("{} {}\n", passed ? 1 : 0, coverage.line());
    if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) break;
  }
  std::fflush(stdout);
  ::_exit(0);
}

void Run::take(Worker& worker) {
  char buffer[4096];
  const ssize_t size = ::read(worker.pipe, buffer, sizeof buffer);
  if (size <= 0) return reap(worker);
  worker.unread.append(buffer, static_cast<std::size_t>(size));
  for (std::size_t at = 0; (at = worker.unread.find('\n')) != std::string::npos;) {
    take_line(worker, worker.unread.substr(0, at));
    worker.unread.erase(0, at + 1);
  }
}

void Run::take_line(Worker& worker, const std::string& line) {
  ++(line[0] == '1' ? passed_ : failed_);
  coverage_ += Coverage::from_line(line.substr(2));
  worker.next += workers_.size();
}

void Run::reap(Worker& worker) {
  ::close(worker.pipe);
  int status = 0;
  ::waitpid(worker.process, &status, 0);
  worker.process = worker.pipe = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) return;  // we have seen enough
  ++failed_;
  fmt::print(
      "FAIL seed {}: HARK_CHECK or crash: the process died ({} {})\n    repeat: ./dev sim --seed {} --verbose\n",
      worker.next, WIFSIGNALED(status) ? "signal" : "exit code",
      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), worker.next);
  worker.next += workers_.size();
  worker.unread.clear();
  start(worker);
}

void Run::progress() {
  const auto now = std::chrono::steady_clock::now();
  if (now - told_ < std::chrono::seconds(10)) return;
  told_ = now;
  fmt::print("[{}/{}] histories, {} failed\n", passed_ + failed_, wish_.histories, failed_);
  std::fflush(stdout);
}

int Run::main() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i].next = wish_.seed + i;
    start(workers_[i]);
  }
  while (true) {
    std::vector<pollfd> waits;
    std::vector<Worker*> who;
    for (Worker& worker : workers_) {
      if (worker.pipe < 0) continue;
      if (failed_ >= wish_.failures_max) ::kill(worker.process, SIGTERM);
      waits.push_back({worker.pipe, POLLIN, 0});
      who.push_back(&worker);
    }
    if (waits.empty()) break;
    ::poll(waits.data(), waits.size(), 1000);
    for (std::size_t i = 0; i < waits.size(); ++i)
      if (waits[i].revents != 0) take(*who[i]);
    progress();
  }
  fmt::print("what occurred\n{}", coverage_.table());
  const std::string missing = coverage_.missing();
  if (wish_.need_all && failed_ < wish_.failures_max && !missing.empty()) {
    fmt::print("FAIL this never occurred, so the run proves nothing about it: {}\n", missing);
    ++failed_;
  }
  fmt::print("{} passed, {} failed\n", passed_, failed_);
  return failed_ == 0 && passed_ > 0 ? 0 : 1;
}

}  // namespace

int run(const Wish& wish) { return Run(wish).main(); }

}  // namespace hark::sim
