// The checker must be able to fail: for each promise a log that keeps it and one that breaks it.
#include "tests/sim/checker.h"

#include <gtest/gtest.h>

#include <vector>

namespace hark::sim {
namespace {

constexpr std::uint64_t page = 1000;

/// Writes a log as clients would: a second passes between two steps.
class Log {
 public:
  Log() {
    facts.topic_namespaces = {0, 0};
    facts.begins_with_latest = {true};
    facts.kept_messages = 3;
    facts.kept_bytes = 1000;
    facts.kept_for = 10min;
    facts.message_bytes_max = 100;
    facts.answer_within = 60s;
    facts.heartbeat_within = 60s;
    facts.caught_up_within = 1s;
    facts.replica_lag = 500ms;
  }
  Log& add(Record record) {
    record.at = now;
    records.push_back(record);
    now += 1s;
    return *this;
  }
  Log& send(std::uint32_t id, std::uint32_t connection = 1, std::uint32_t topic = 0) {
    add({.kind = Kind::publish_sent,
         .id = id,
         .client = connection,
         .topic = topic,
         .hash = id,
         .bytes = 10});
    return add({.kind = Kind::publish_written, .id = id});
  }
  Log& ack(std::uint32_t id, std::uint64_t number, std::uint64_t on = page) {
    return add({.kind = Kind::publish_acked, .id = id, .slot = {on, number}});
  }
  Log& refuse(std::uint32_t id, int status = 8) {
    return add({.kind = Kind::publish_refused, .id = id, .status = status});
  }
  Log& publish(std::uint32_t id) { return send(id).ack(id, id); }
  Log& publish_to(std::uint32_t last) {
    for (std::uint32_t id = 1; id <= last; ++id) publish(id);
    return *this;
  }
  Log& subscribe(std::uint32_t id, Slot wish = {}, std::uint32_t reader = 1, int again = 0) {
    add({.kind = Kind::subscribe_sent, .id = id, .client = reader, .slot = wish, .again = again});
    return add({.kind = Kind::heartbeat, .id = id});
  }
  /// The item of publish `number` at `number`.
  Log& item(std::uint32_t id, std::uint32_t number, std::uint64_t on = page) {
    return add({.kind = Kind::item, .id = id, .publish = number, .slot = {on, number}, .hash = number});
  }
  Log& gap(std::uint32_t id, std::uint64_t last, std::uint64_t to, std::uint64_t on = page) {
    return add({.kind = Kind::gap, .id = id, .slot = {on, to}, .last = last});
  }
  Log& end(std::uint32_t id, int status) {
    return add({.kind = Kind::stream_ended, .id = id, .status = status});
  }
  Log& finish() { return add({.kind = Kind::quiet}).add({.kind = Kind::finished}); }

  std::string verdict() const {
    const Verdict found = check(facts, records);
    return found.violation ? found.violation->invariant : "";
  }
  std::uint64_t row(Row which) const { return check(facts, records).rows[static_cast<std::size_t>(which)]; }

  Facts facts;
  std::vector<Record> records;
  Instant now{1h};
};

TEST(Checker, PassesALifeWithoutFaults) {
  Log log;
  log.publish_to(2).subscribe(1).item(1, 2).publish(3).item(1, 3).finish();
  EXPECT_EQ(log.verdict(), "");
  EXPECT_EQ(log.row(Row::fresh_latest), 1U);
}

TEST(Checker, I1OneSlotIsOneMessage) {
  EXPECT_EQ(Log().send(1).send(2).ack(1, 1).ack(2, 1).verdict(), "I1");
  EXPECT_EQ(Log().subscribe(1).send(1).item(1, 1).ack(1, 2).verdict(), "I1");
}

TEST(Checker, I2NothingIsSeenThatNobodyPublished) {
  EXPECT_EQ(Log().subscribe(1).item(1, 1).send(1).ack(1, 1).verdict(), "I2");
  Log other;
  other.subscribe(1).send(1).add({.kind = Kind::item, .id = 1, .publish = 1, .slot = {page, 1}, .hash = 99});
  EXPECT_EQ(other.verdict(), "I2");
}

TEST(Checker, I3WhatWasRefusedIsNeverSeen) {
  Log log;
  log.facts.memory_is_ample = false;
  EXPECT_EQ(log.subscribe(1).send(1).refuse(1).item(1, 1).verdict(), "I3");
}

TEST(Checker, C4EveryPublishIsAnsweredInTimeAndRefusedForAReason) {
  EXPECT_EQ(Log().send(1).finish().verdict(), "C4");
  EXPECT_EQ(Log().send(1).refuse(1).verdict(), "C4");
  Log late;
  late.send(1);
  late.now += 2min;
  EXPECT_EQ(late.ack(1, 1).verdict(), "C4");
}

TEST(Checker, I5NumbersFollowEachOther) {
  EXPECT_EQ(Log().publish_to(1).subscribe(1).item(1, 1).publish(2).publish(3).item(1, 3).verdict(), "I5");
  EXPECT_EQ(Log().publish_to(3).subscribe(1, {page, 2}).item(1, 3).verdict(), "I5");
}

TEST(Checker, I6GapsStartAtTheLastAndNameSomething) {
  Log good;
  good.publish_to(1).subscribe(1).item(1, 1);
  good.add({.kind = Kind::slow_begins, .id = 1});
  for (std::uint32_t id = 2; id <= 6; ++id) good.publish(id);
  const Log before = good;
  EXPECT_EQ(good.gap(1, 1, 3).item(1, 4).item(1, 5).item(1, 6).finish().verdict(), "");
  EXPECT_EQ(Log(before).gap(1, 2, 3).verdict(), "I6");
  EXPECT_EQ(Log(before).gap(1, 1, 1).verdict(), "I6");
  EXPECT_EQ(Log(before).gap(1, 1, 2).gap(1, 2, 3).verdict(), "I6");
  EXPECT_EQ(Log(before).gap(1, 1, 3).item(1, 5).verdict(), "I5");
}

TEST(Checker, I7NothingComesTwiceToOneReader) {
  Log log;
  log.publish_to(2).subscribe(1, {page, 1}).item(1, 1).item(1, 2).end(1, by_network);
  EXPECT_EQ(Log(log).subscribe(2, {page, 2}, 1, 1).item(2, 2).verdict(), "I7");
  EXPECT_EQ(Log(log).subscribe(2, {page, 2}, 1, 2).item(2, 2).verdict(), "") << "it asked for its last again";
}

TEST(Checker, I8WhoListensGetsAll) {
  EXPECT_EQ(Log().subscribe(1).publish(1).finish().verdict(), "I8");
  EXPECT_EQ(Log().subscribe(1).publish(1).item(1, 1).publish(2).finish().verdict(), "I8");
}

TEST(Checker, I9SlotsFollowRealTime) { EXPECT_EQ(Log().send(1).ack(1, 2).send(2).ack(2, 1).verdict(), "I9"); }

TEST(Checker, I10PipelinedPublishesKeepTheirOrder) {
  EXPECT_EQ(Log().send(1).send(2).ack(2, 1).ack(1, 2).verdict(), "I10");
  EXPECT_EQ(Log().send(1, 1).send(2, 2).ack(2, 1).ack(1, 2).verdict(), "")
      << "of two connections none is first";
}

TEST(Checker, I11PagesChangeWithAWordAndNumbersHaveNoHoles) {
  Log log;
  log.facts.names_are_remembered = false;
  log.publish_to(1).subscribe(1).item(1, 1).send(2).ack(2, 1, page + 1);
  EXPECT_EQ(
      Log(log).add({.kind = Kind::item, .id = 1, .publish = 2, .slot = {page + 1, 1}, .hash = 2}).verdict(),
      "I11");
  EXPECT_EQ(Log(log)
                .gap(1, 1, 0, page + 1)
                .add({.kind = Kind::item, .id = 1, .publish = 2, .slot = {page + 1, 1}, .hash = 2})
                .finish()
                .verdict(),
            "");
  EXPECT_EQ(Log(log).gap(1, 1, 0, page - 1).verdict(), "I11");
  EXPECT_EQ(Log().send(1).ack(1, 2).verdict(), "I11");
}

TEST(Checker, C3APageChangesForAReason) {
  EXPECT_EQ(Log().send(1).ack(1, 1).send(2).ack(2, 1, page + 1).verdict(), "C3");
}

TEST(Checker, I12WhatIsKeptIsNotCalledMissed) {
  Log log;
  log.publish_to(5);
  EXPECT_EQ(Log(log).subscribe(1, {page, 1}).gap(1, 0, 2).item(1, 3).verdict(), "");
  EXPECT_EQ(Log(log).subscribe(1, {page, 1}).gap(1, 0, 3).item(1, 4).verdict(), "I12");
}

TEST(Checker, I14StreamsBringTheirTopicOnly) {
  Log log;
  log.subscribe(1).send(1, 1, 1);
  log.add({.kind = Kind::item, .id = 1, .topic = 1, .publish = 1, .slot = {page, 1}, .hash = 1});
  EXPECT_EQ(log.verdict(), "I14");
}

TEST(Checker, I15StreamsAreNotSilent) {
  Log log;
  log.subscribe(1);
  log.now += 2min;
  EXPECT_EQ(Log(log).add({.kind = Kind::heartbeat, .id = 1}).verdict(), "I15");
  Log first;
  first.publish_to(1).add({.kind = Kind::subscribe_sent, .id = 1, .client = 1});
  EXPECT_EQ(first.item(1, 1).verdict(), "I15") << "the first message is a heartbeat";
}

TEST(Checker, I18WhoKeepsUpMissesNothing) {
  Log log;
  log.facts.kept_for = 2min;
  log.facts.heartbeat_within = 10min;
  log.publish_to(1).subscribe(1).item(1, 1).publish(2);
  log.now += 50s;
  for (std::uint32_t id = 3; id <= 6; ++id) log.publish(id);
  log.now += 50s;
  EXPECT_EQ(Log(log).gap(1, 1, 3).verdict(), "I18");
  Log slow = log;
  slow.records.insert(slow.records.begin() + 5,
                      Record{.at = slow.records[4].at, .kind = Kind::slow_begins, .id = 1});
  EXPECT_EQ(slow.gap(1, 1, 3).verdict(), "");
}

TEST(Checker, C8FreshSubscriptionsBeginWithTheNewest) {
  EXPECT_EQ(Log().publish_to(3).subscribe(1).item(1, 2).verdict(), "C8");
  EXPECT_EQ(Log().publish_to(3).subscribe(1).publish(4).item(1, 4).verdict(), "C8");
  Log news;
  news.facts.begins_with_latest = {false};
  EXPECT_EQ(Log(news).publish_to(3).subscribe(1).item(1, 3).verdict(), "C8");
  EXPECT_EQ(Log(news).publish_to(3).subscribe(1).publish(4).item(1, 4).verdict(), "");
}

TEST(Checker, C8PositionsAheadAreToldAtOnce) {
  Log log;
  log.publish_to(3);
  EXPECT_EQ(Log(log).subscribe(1, {page, 9}).gap(1, 8, 3).verdict(), "");
  EXPECT_EQ(Log(log).subscribe(1, {page, 9}).gap(1, 8, 2).verdict(), "C8") << "3 was known";
  EXPECT_EQ(Log(log).subscribe(1, {page, 9}).gap(1, 8, 7).verdict(), "C8") << "there is no 7";
  EXPECT_EQ(Log(log).subscribe(1, {page, 4}).gap(1, 3, 3).verdict(), "I6") << "4 is what comes next";
  log.subscribe(1, {page, 5}).publish(4).publish(5);
  EXPECT_EQ(log.item(1, 5).verdict(), "C8") << "it was left to wait";
}

TEST(Checker, C8TheWholeBufferIsWhole) {
  EXPECT_EQ(Log().publish_to(5).subscribe(1, {0, 1}).item(1, 3).verdict(), "");
  EXPECT_EQ(Log().publish_to(5).subscribe(1, {0, 1}).item(1, 4).verdict(), "C8");
  EXPECT_EQ(Log().publish_to(5).subscribe(1, {0, 1}).gap(1, 0, 2).verdict(), "C8")
      << "it never makes a notice";
}

TEST(Checker, C8CountsOtherPages) {
  Log log;
  log.publish_to(2);
  EXPECT_EQ(Log(log).subscribe(1, {page + 7, 2}).gap(1, 1, 0).item(1, 1).row(Row::greater_page), 1U);
  EXPECT_EQ(Log(log).subscribe(1, {7, 2}).gap(1, 1, 0).item(1, 1).row(Row::unknown_page), 1U);
  EXPECT_EQ(Log(log).subscribe(1, {7, 2}).gap(1, 1, 1).item(1, 2).verdict(), "I12") << "1 was kept";
}

TEST(Checker, C9StreamsEndForAReason) {
  EXPECT_EQ(Log().subscribe(1).end(1, by_server).verdict(), "C9");
  EXPECT_EQ(Log().subscribe(1).end(1, 14).verdict(), "C9");
  EXPECT_EQ(
      Log().subscribe(1).add({.kind = Kind::draining}).end(1, 14).add({.kind = Kind::drained}).verdict(), "");
}

TEST(Checker, C11ADrainComesToItsEnd) {
  Log log;
  log.add({.kind = Kind::draining});
  EXPECT_EQ(Log(log).verdict(), "C11");
  log.now += 1min;
  EXPECT_EQ(log.add({.kind = Kind::drained}).verdict(), "C11");
}

}  // namespace
}  // namespace hark::sim
