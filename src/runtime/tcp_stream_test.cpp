#include "runtime/tcp_stream.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <climits>
#include <string>
#include <vector>

#include "runtime/tcp_listener.h"

namespace hark::runtime {
namespace {

using Status = ByteStream::Status;

iovec piece_of(const std::string& text) { return {const_cast<char*>(text.data()), text.size()}; }

/// Two ends of a TCP connection over loopback, the far one non-blocking too.
struct TcpStreamTest : testing::Test {
  void SetUp() override {
    auto listener = TcpListener::open(Endpoint::parse("127.0.0.1:0").value(), budget);
    ASSERT_TRUE(listener);
    Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Endpoint to = (*listener)->local();
    ASSERT_EQ(::connect(client.get(), to.address(), to.address_size()), 0);
    const timeval patience{10, 0};
    ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::vector<AcceptedConnection> accepted;
    (*listener)->accept(Instant{}, accepted);
    ASSERT_EQ(accepted.size(), 1u);
    near = std::move(accepted[0].stream);
    far = std::make_unique<TcpStream>(std::move(client));
  }

  /// Reads `size` bytes at the far end, which blocks.
  std::string receive(std::size_t size) {
    std::string all(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const auto outcome = far->read(std::as_writable_bytes(std::span(all)).subspan(got, size - got));
      if (outcome.status != Status::ok) break;
      got += outcome.bytes;
    }
    all.resize(got);
    return all;
  }

  ConnectionBudget budget{10};
  std::unique_ptr<TcpStream> near, far;
  std::array<std::byte, 64> buffer;
};

TEST_F(TcpStreamTest, SendsWithoutDelay) {
  int on = 0;
  socklen_t size = sizeof on;
  ASSERT_EQ(::getsockopt(near->fd(), IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
  EXPECT_NE(on, 0);
}

TEST_F(TcpStreamTest, SaysWouldBlockThenBytesThenClosed) {
  EXPECT_EQ(near->read(buffer).status, Status::would_block);
  const std::string hello = "hello";
  const iovec piece = piece_of(hello);
  EXPECT_EQ(far->write({&piece, 1}).bytes, 5u);
  far.reset();
  const auto first = near->read(buffer);
  EXPECT_EQ(first.status, Status::ok);
  EXPECT_EQ(first.bytes, 5u);
  EXPECT_EQ(near->read(buffer).status, Status::closed);
}

TEST_F(TcpStreamTest, WritesMorePiecesThanOneCallTakes) {
  std::vector<std::string> texts(IOV_MAX * 2 + 7);
  std::vector<iovec> pieces;
  std::string whole;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    texts[i] = std::to_string(i) + ",";
    pieces.push_back(piece_of(texts[i]));
    whole += texts[i];
  }
  const auto outcome = near->write(pieces);
  EXPECT_EQ(outcome.status, Status::ok);
  EXPECT_EQ(outcome.bytes, whole.size());
  EXPECT_EQ(receive(whole.size()), whole);
}

TEST_F(TcpStreamTest, TakesWhatFitsAndGoesOnLater) {
  const std::string block(1 << 20, 'x');
  std::vector<iovec> pieces(64, piece_of(block));
  std::size_t written = 0;
  Status status = Status::ok;
  while (status == Status::ok && written < 64u << 20) {
    const auto outcome = near->write(pieces);
    written += outcome.bytes;
    status = outcome.status;
  }
  EXPECT_EQ(status, Status::would_block) << "nobody reads: the kernel must be full at some time";
  EXPECT_EQ(receive(written).size(), written);
  const auto more = near->write({pieces.data(), 1});
  EXPECT_EQ(more.status, Status::ok);
}

TEST_F(TcpStreamTest, SaysFailedWhenThePeerResetIt) {
  const linger reset{1, 0};
  ::setsockopt(far->fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  far.reset();
  EXPECT_EQ(near->read(buffer).status, Status::failed);
  const std::string text = "late";
  const iovec piece = piece_of(text);
  EXPECT_EQ(near->write({&piece, 1}).status, Status::failed) << "and SIGPIPE did not kill us";
}

}  // namespace
}  // namespace hark::runtime
