#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/coverage.h"
#include "tests/sim/publisher.h"
#include "tests/sim/subscriber.h"

namespace hark::sim {

/// How a history went.
struct Outcome {
  std::optional<Violation> violation;
  std::vector<Record> records;
  std::uint64_t log_hash = 0;
  Coverage coverage;
  std::string plan;
};

/// One history: clients that talk, faults among them, then healing, quiet, and a drain.
class History {
 public:
  explicit History(std::uint64_t seed);
  ~History();
  Outcome run();
  const Plan& plan() const { return plan_; }

 private:
  enum class Phase : std::uint8_t { load, heal, markers, quiet, drain, over };

  Client& connect(Network network);
  Network reader_network();
  Network publisher_network();
  Client& reader_client();
  void join(Subscriber& subscriber);
  void watch(Subscriber& subscriber);

  void schedule_act();
  void act();
  void publish_some();
  void stall_somebody();
  void cut_somebody();
  void move_owners();
  void delete_namespace();
  void create_namespace();
  void probe();
  Slot wish_for(std::uint32_t topic);
  void leave_and_return();

  bool run_until(Duration at_most, const std::function<bool()>& done);
  void heal();
  bool settled() const;
  void publish_markers();
  void end_quietly();
  void drain();
  void note_continued();
  Outcome judge();

  class Control final : public Caller {
   public:
    explicit Control(History& history) : history_(history) {}
    void on_message(std::string_view) override {}
    void on_end(const CallEnd& end) override { history_.controlled(end); }

   private:
    History& history_;
  };
  void controlled(const CallEnd& end);
  void ask_control(const char* verb, Kind kind);

  const Plan plan_;
  Random random_;
  World world_;
  Stage stage_;
  Phase phase_ = Phase::load;
  std::deque<Client> clients_;
  std::deque<Publisher> publishers_;
  std::deque<Subscriber> subscribers_;  // they come back whenever they are cut off
  std::deque<Subscriber> probes_;
  Control control_{*this};
  Client* admin_ = nullptr;
  enum class Shop : std::uint8_t { there, going, gone, coming } shop_ = Shop::there;
  bool too_long_ = false;
  std::vector<bool> forgotten_;  // by topic: it was forgotten since its last ack
  std::size_t seen_records_ = 0;
  std::uint64_t continued_ = 0;
};

}  // namespace hark::sim
