#include "runtime/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <csignal>

#include "runtime/system_error.h"

namespace hark::runtime {

Result<Signals> Signals::block() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  if (const int error = pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0)
    return fail_errno("pthread_sigmask", error);
  // A peer that closes while we write is an error of that write, not of the process; so is a file that may
  // not grow.
  for (const int signal : {SIGPIPE, SIGXFSZ})
    if (std::signal(signal, SIG_IGN) == SIG_ERR) return fail_errno("signal");
  Fd signals(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return fail_errno("signalfd");
  return Signals(std::move(signals));
}

std::optional<SignalRequest> Signals::wait(Duration timeout) {
  constexpr Duration longest = 24h;  // poll counts in an int
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(std::min(timeout, longest));
  signalfd_siginfo info{};
  do {
    if (::read(signals_.get(), &info, sizeof info) == sizeof info)
      return info.ssi_signo == SIGHUP ? SignalRequest::reload : SignalRequest::stop;
    pollfd waiting{signals_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(rounded.count())) == 0 && timeout <= longest)
      return std::nullopt;
  } while (true);
}

}  // namespace hark::runtime
