#include "runtime/tcp_listener.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "runtime/system_error.h"

namespace hark::runtime {
namespace {

Fd open_reserve() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

int accept_socket(int listener, sockaddr_storage& peer) {
  socklen_t size = sizeof peer;
  int fd;
  do {
    fd = ::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    // ECONNABORTED: that peer left while it waited. The others wait still.
  } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  return fd;
}

}  // namespace

Result<std::unique_ptr<TcpListener>> TcpListener::open(const Endpoint& endpoint, ConnectionBudget& budget) {
  const auto what = [&](std::string_view call) {
    return fmt::format("cannot listen on {}: {}", endpoint.to_string(), call);
  };
  Fd socket(::socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno(what("socket"));
  const int on = 1, off = 0;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
    return fail_errno(what("setsockopt"));
  // [::] means every address, whatever net.ipv6.bindv6only says.
  if (endpoint.family() == AF_INET6 &&
      ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0)
    return fail_errno(what("setsockopt"));
  if (::bind(socket.get(), endpoint.address(), endpoint.address_size()) != 0) return fail_errno(what("bind"));
  if (::listen(socket.get(), backlog) != 0) return fail_errno(what("listen"));
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    return fail_errno(what("getsockname"));
  return std::unique_ptr<TcpListener>(new TcpListener(std::move(socket), Endpoint::from(bound), budget));
}

Result<void> TcpListener::require_free(const Endpoint& endpoint) {
  if (endpoint.port() == 0) return {};
  const Fd socket(::socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  // Without SO_REUSEPORT, so that a listener that has it is in the way as well.
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket.get(), endpoint.address(), endpoint.address_size()) != 0)
    return fail_errno(fmt::format("cannot listen on {}", endpoint.to_string()));
  return {};
}

TcpListener::TcpListener(Fd socket, Endpoint local, ConnectionBudget& budget)
    : socket_(std::move(socket)), local_(local), budget_(budget), reserve_(open_reserve()) {}

std::optional<Instant> TcpListener::accept(Instant now, std::vector<AcceptedConnection>& into) {
  bool full = false;
  for (std::size_t i = 0; i < accepts_a_call; ++i) {
    switch (accept_one(now, into)) {
      case Attempt::accepted: break;
      case Attempt::refused: full = true; break;
      case Attempt::none: return full ? std::optional(now + pause) : std::nullopt;
      case Attempt::out_of_descriptors: return now + pause;
    }
  }
  return full ? std::optional(now + pause) : std::nullopt;
}

TcpListener::Attempt TcpListener::accept_one(Instant now, std::vector<AcceptedConnection>& into) {
  sockaddr_storage peer{};
  Fd socket(accept_socket(socket_.get(), peer));
  if (socket) {
    ConnectionBudget::Permit permit = budget_.take();
    if (!permit) {
      refused_.add();
      full_log_.error(now,
                      "connection refused: all {} connections are in use; raise LimitNOFILE "
                      "(ulimit -n), nine tenths of it are for connections",
                      budget_.connections_max());
      return Attempt::refused;
    }
    accepted_.add();
    into.push_back({std::make_unique<TcpStream>(std::move(socket), std::move(permit)), Endpoint::from(peer)});
    return Attempt::accepted;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return Attempt::none;
  const int error = errno;
  if (error == EMFILE || error == ENFILE) {
    descriptors_log_.error(now, "connections refused: {}; raise {}", describe_errno("accept", error),
                           error == EMFILE ? "LimitNOFILE (ulimit -n)" : "sysctl fs.file-max");
    // Each one told no is one that need not wait for its own time-out.
    for (std::size_t i = 0; i < accepts_a_call && refuse_one(); ++i) {}
    return Attempt::out_of_descriptors;
  }
  broken_log_.error(now, "{}", describe_errno("accept", error));
  return Attempt::out_of_descriptors;  // ENOBUFS, ENOMEM: also pass with time
}

bool TcpListener::refuse_one() {
  if (!reserve_) reserve_ = open_reserve();
  reserve_.close();
  sockaddr_storage peer{};
  const bool refused = static_cast<bool>(Fd(accept_socket(socket_.get(), peer)));
  if (refused) refused_.add();
  reserve_ = open_reserve();
  return refused;
}

}  // namespace hark::runtime
