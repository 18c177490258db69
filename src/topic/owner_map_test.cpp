#include "topic/owner_map.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace hark::topic {
namespace {

std::vector<std::uint64_t> some_hashes(std::size_t count) {
  std::mt19937_64 random(42);
  std::vector<std::uint64_t> hashes(count);
  for (auto& hash : hashes) hash = random();
  return hashes;
}

// What the equal weights' short cut must not change: this map has a further core, which is out.
OwnerMap by_logarithms(std::vector<double> weights) {
  weights.push_back(0);
  return OwnerMap(1, std::move(weights));
}

TEST(OwnerMap, GivesTheSameAnswerEverywhere) {
  // Fixed for ever: nodes of different builds must agree. By core count 1 ... 6, hash 0, 1, 2, ...
  std::string owners;
  for (std::size_t cores = 1; cores <= 6; ++cores) {
    const OwnerMap map(1, std::vector<double>(cores, 1.0));
    for (std::uint64_t hash = 0; hash < 16; ++hash) owners += std::to_string(map.owner_of(hash));
    owners += ' ';
  }
  EXPECT_EQ(owners,
            "0000000000000000 0111110001101001 0211110221121001 "
            "3231110223321031 3231110223421441 3231115223521445 ");
}

TEST(OwnerMap, DrawsTheSameWithEqualAndWithUnequalWeights) {
  for (std::size_t cores = 1; cores <= 8; ++cores) {
    const OwnerMap equal(1, std::vector<double>(cores, 1.0));
    const OwnerMap doubled(2, std::vector<double>(cores, 2.0));
    const OwnerMap unequal = by_logarithms(std::vector<double>(cores, 1.0));
    for (const auto hash : some_hashes(20'000)) {
      ASSERT_EQ(equal.owner_of(hash), unequal.owner_of(hash));
      ASSERT_EQ(equal.owner_of(hash), doubled.owner_of(hash));
    }
  }
}

TEST(OwnerMap, MovesOnlyTopicsToOrFromTheCoreWhoseWeightChanged) {
  const struct {
    const char* name;
    std::vector<double> before;
    std::size_t core;
    double weight;
  } cases[] = {
      {"heavier", {1, 1, 1, 1}, 2, 1.5},     {"lighter", {1, 1, 1, 1}, 2, 0.25},
      {"out", {1, 1, 1, 1}, 0, 0},           {"in", {1, 0, 1, 1}, 1, 1},
      {"the last one out", {3, 1, 2}, 2, 0}, {"unequal ones", {3, 1, 2, 0.5}, 1, 4},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto weights = c.before;
    weights[c.core] = c.weight;
    const OwnerMap before(1, c.before), after(2, weights);
    std::size_t moved = 0;
    for (const auto hash : some_hashes(20'000)) {
      const CoreId from = before.owner_of(hash), to = after.owner_of(hash);
      if (from == to) continue;
      ++moved;
      const bool grew = c.weight > c.before[c.core];
      ASSERT_EQ(grew ? to : from, c.core) << "a topic moved between two others";
    }
    EXPECT_GT(moved, 0u);
  }
}

TEST(OwnerMap, SpreadsTopicsByWeight) {
  const std::vector<std::vector<double>> cases = {{1},          {1, 1},    {1, 1, 1, 1, 1, 1, 1, 1},
                                                  {1, 2, 3, 4}, {1, 0, 1}, {0.5, 8, 0, 0.5}};
  const auto hashes = some_hashes(200'000);
  for (const auto& weights : cases) {
    const OwnerMap map(1, weights);
    std::vector<std::size_t> counts(weights.size());
    for (const auto hash : hashes) ++counts[map.owner_of(hash)];
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (std::size_t core = 0; core < weights.size(); ++core) {
      const double expected = static_cast<double>(hashes.size()) * weights[core] / sum;
      EXPECT_NEAR(static_cast<double>(counts[core]), expected, expected * 0.03)
          << "core " << core << " of " << weights.size();
    }
  }
}

TEST(OwnerMap, SpreadsConsecutiveHashesToo) {
  const OwnerMap map(1, {1, 1, 1, 1});
  std::vector<std::size_t> counts(4);
  for (std::uint64_t hash = 0; hash < 100'000; ++hash) ++counts[map.owner_of(hash)];
  for (const auto count : counts) EXPECT_NEAR(static_cast<double>(count), 25'000.0, 750.0);
}

TEST(OwnerMap, KnowsItsVersionAndItsCores) {
  const OwnerMap map(9, {1, 0});
  EXPECT_EQ(map.version(), 9u);
  EXPECT_EQ(map.core_count(), 2u);
}

TEST(OwnerMapDeathTest, NeedsACoreThatIsIn) {
  EXPECT_DEATH(OwnerMap(1, {}), "does not hold");
  EXPECT_DEATH(OwnerMap(1, {0, 0}), "does not hold");
}

}  // namespace
}  // namespace hark::topic
