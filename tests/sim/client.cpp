#include "tests/sim/client.h"

#include <algorithm>

#include "tests/sim/record.h"

namespace hark::sim {

bool Network::slow() const {
  const auto piece = std::min({chunk_max, socket_bytes, std::size_t{window}});
  const auto milliseconds = std::max(1.0, std::chrono::duration<double, std::milli>(delay_max).count());
  return static_cast<double>(piece) / milliseconds < 500;
}

Client::Client(World& world, std::size_t core, Network network, Random random, std::uint32_t number)
    : world_(world), core_(core), network_(network), random_(random), number_(number), grpc_(network.window) {
  wire_->socket_bytes = network.socket_bytes;
  connection_ = &world_.core(core).accept(std::make_unique<FakeStream>(wire_), world_.now());
  wire_->on_server = [this] {
    if (wire_->server_gone) connection_ = nullptr;
    schedule_to_client();
  };
  flush();
}

Client::~Client() { wire_->on_server = nullptr; }

void Client::flush() {
  if (gone_) return;
  flying_ += grpc_.produce();
  if (sending_ || (flying_.empty() && !ends_)) return;
  sending_ = true;
  world_.after(random_.between(1us, network_.delay_max), [this] { to_server(); });
}

void Client::to_server() {
  sending_ = false;
  if (wire_->broken || !connection_) return;
  const std::size_t count = std::min<std::size_t>(random_.between(1, network_.chunk_max), flying_.size());
  wire_->to_server.append(flying_, 0, count);
  flying_.erase(0, count);
  if (ends_ && flying_.empty()) wire_->client_ended = true;
  connection_->readable();
  world_.poke(core_);
  if (!flying_.empty()) {
    sending_ = true;
    world_.after(random_.between(1us, network_.delay_max), [this] { to_server(); });
  }
}

void Client::schedule_to_client() {
  if (receiving_ || stalled_ || gone_) return;
  receiving_ = true;
  world_.after(random_.between(1us, network_.delay_max), [this] { to_client(); });
}

void Client::to_client() {
  receiving_ = false;
  if (stalled_ || gone_) return;
  const std::size_t count =
      std::min<std::size_t>(random_.between(1, network_.chunk_max), wire_->to_client.size());
  const std::string bytes = wire_->to_client.substr(0, count);
  wire_->to_client.erase(0, count);
  if (count > 0 && std::exchange(wire_->wants_room, false) && connection_) {
    connection_->writable();
    world_.poke(core_);
  }
  grpc_.receive(bytes);
  flush();
  if (!wire_->to_client.empty()) return schedule_to_client();
  if (wire_->server_ended || wire_->server_gone) lost(by_server);
}

void Client::lost(int status) {
  if (std::exchange(gone_, true)) return;
  if (connection_ && !wire_->broken) {  // the server ended its side: so do we
    wire_->client_ended = true;
    connection_->readable();
    world_.poke(core_);
  }
  grpc_.abandon(status);
}

void Client::cut(bool in_order) {
  if (gone_) return;
  if (in_order) {
    ends_ = true;
    flush();
  } else {
    wire_->broken = true;
    if (connection_) {
      connection_->readable();
      if (connection_) connection_->writable();
      world_.poke(core_);
    }
  }
  gone_ = true;
  grpc_.abandon(by_network);
}

void Client::stall() { stalled_ = true; }

void Client::resume() {
  if (!std::exchange(stalled_, false)) return;
  schedule_to_client();
}

void Client::heal() {
  network_.delay_max = std::min<Duration>(network_.delay_max, 500us);
  network_.chunk_max = std::max<std::size_t>(network_.chunk_max, 2048);
  wire_->socket_bytes = std::max<std::size_t>(wire_->socket_bytes, 8192);
  resume();
  if (gone_ || network_.window >= 65'535) return;
  network_.window = 65'535;
  grpc_.widen();
  flush();
}

}  // namespace hark::sim
