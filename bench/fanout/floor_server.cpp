// The floor of the fan-out benchmark: the least that any server can do with blocking sockets. It
// numbers and frames each message once, then does one send() a connection for all messages that
// came in one read, and answers them with one byte each. No queues, no slow readers, no protocol
// errors.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "bench/fanout/system.h"
#include "bench/fanout/wire.h"

namespace hark::bench {
namespace {

constexpr std::size_t frame_size_max = 16'384;  // RFC 9113, 6.5.2: the default of every client
constexpr std::uint64_t page = 1'748'358'253'000;

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return;  // The load has gone; its reads end the connection.
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

class FloorServer {
 public:
  explicit FloorServer(std::uint16_t port) : listener_(listen_on(port)), epoll_(epoll_create1(0)) {
    watch(listener_);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 64> events;
    while (true) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_) {
          accept_one();
        } else {
          read_from(fd);
        }
      }
    }
  }

 private:
  static int listen_on(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd, 1024) != 0) {
      die(fmt::format("floor: cannot listen on port {}: {}", port, std::strerror(errno)));
    }
    return fd;
  }

  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) die("floor: epoll_ctl failed");
  }

  void accept_one() const {
    const int fd = accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(fd);
  }

  void read_from(int fd) {
    const auto got = recv(fd, input_.data(), input_.size(), 0);
    if (got <= 0) {
      for (auto& [streams, connections] : subscribers_) std::erase(connections, fd);
      if (fd == publisher_) publisher_ = -1;
      close(fd);
      return;
    }
    Bytes bytes{reinterpret_cast<const std::uint8_t*>(input_.data()), static_cast<std::size_t>(got)};
    if (fd == publisher_) {
      publish(bytes);
    } else if (bytes[0] == 'S' && bytes.size() == 5) {
      subscribe(fd, read_u32(bytes.data() + 1));
    } else if (bytes[0] == 'P') {
      publisher_ = fd;
      waiting_.clear();
      publish(bytes.subspan(1));
    }
  }

  void subscribe(int fd, std::size_t streams) {
    std::string heartbeat;
    append_grpc_message(heartbeat, std::string_view("\x1a\x00", 2));
    send_all(fd, frames_of(heartbeat, streams));
    subscribers_[streams].push_back(fd);
  }

  void publish(Bytes bytes) {
    waiting_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::string batch;
    std::string answers;
    std::size_t at = 0;
    while (waiting_.size() - at >= 4) {
      const std::size_t size = read_u32(reinterpret_cast<const std::uint8_t*>(&waiting_[at]));
      if (waiting_.size() - at - 4 < size) break;
      append_item(batch, std::string_view(waiting_).substr(at + 4, size));
      answers += '.';
      at += 4 + size;
    }
    waiting_.erase(0, at);
    for (const auto& [streams, connections] : subscribers_) {
      const std::string wire = frames_of(batch, streams);
      for (const int fd : connections) send_all(fd, wire);
    }
    send_all(publisher_, answers);
  }

  void append_item(std::string& batch, std::string_view payload) {
    std::string value;
    append_field(value, 2, payload);
    std::string item;
    append_field(item, 1, ++sequence_);
    append_field(item, 2, value);
    append_field(item, 4, page);
    std::string message;
    append_field(message, 1, item);
    append_grpc_message(batch, message);
  }

  /// `slice` once for each of the streams 1, 3, 5, ... of a connection, in DATA frames.
  static std::string frames_of(std::string_view slice, std::size_t streams) {
    std::string wire;
    wire.reserve(streams * (slice.size() + frame_head_size * (slice.size() / frame_size_max + 1)));
    for (std::uint32_t stream = 1; stream < 2 * streams; stream += 2) {
      for (std::size_t at = 0; at < slice.size(); at += frame_size_max) {
        append_frame(wire, {.type = frame::data, .stream = stream}, slice.substr(at, frame_size_max));
      }
    }
    return wire;
  }

  int listener_;
  int epoll_;
  int publisher_ = -1;
  std::uint64_t sequence_ = 0;
  std::string waiting_;  ///< what the publisher has sent of a message that is not whole yet
  std::string input_ = std::string(256 * 1024, '\0');
  std::map<std::size_t, std::vector<int>> subscribers_;  ///< by streams a connection
};

}  // namespace
}  // namespace hark::bench

int main(int argc, char** argv) {
  using namespace hark::bench;
  const std::string_view text = argc == 2 ? argv[1] : "";
  std::uint16_t port = 0;
  const auto end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, port); read.ptr != end || port == 0) {
    die("usage: hark_bench_floor PORT");
  }
  raise_file_limit();
  FloorServer(port).run();
}
