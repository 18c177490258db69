// Every fuzz target over its corpus, whole and mutated, without a fuzzer: what one has found stays found,
// and a target that no longer builds or holds is seen by every build.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

// fuzz_targets.inc has a line HARK_FUZZ_TARGET(name) for each target.
#define HARK_FUZZ_TARGET(name) extern "C" int name##_one_input(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.inc"
#undef HARK_FUZZ_TARGET

namespace {

constexpr int mutations = 2000;
constexpr std::size_t input_bytes_max = 8192;

struct Target {
  const char* name;
  int (*one_input)(const std::uint8_t*, std::size_t);
};
void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

const Target targets[] = {
#define HARK_FUZZ_TARGET(name) {#name, name##_one_input},
#include "fuzz_targets.inc"
#undef HARK_FUZZ_TARGET
};

using Input = std::vector<std::uint8_t>;

std::vector<Input> corpus_of(const Target& target) {
  std::vector<std::filesystem::path> paths;
  const std::string folder = std::string(HARK_SOURCE_DIR "/tests/fuzz/corpus/") + target.name;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Input> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

/// Changes an input as a fuzzer does: bits, bytes, pieces gone, doubled, or taken from another input.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  Input next(const std::vector<Input>& corpus) {
    Input input = corpus[below(corpus.size())];
    for (std::size_t i = 1 + below(4); i > 0; --i) change(input, corpus[below(corpus.size())]);
    if (input.size() > input_bytes_max) input.resize(input_bytes_max);
    return input;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }

  static Input::iterator at(Input& input, std::size_t index) {
    return input.begin() + static_cast<std::ptrdiff_t>(index);
  }

  void change(Input& input, const Input& other) {
    static constexpr std::uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, '\r', '\n', ' ', ':', ';', '0'};
    const std::size_t place = below(input.size() + 1);
    const std::size_t length = std::min(1 + below(16), input.size() - place);
    switch (below(6)) {
      case 0:
        if (place < input.size()) input[place] ^= static_cast<std::uint8_t>(1u << below(8));
        return;
      case 1:
        if (place < input.size()) input[place] = static_cast<std::uint8_t>(below(256));
        return;
      case 2: input.insert(at(input, place), telling[below(std::size(telling))]); return;
      case 3: input.erase(at(input, place), at(input, place + length)); return;
      case 4: {
        const Input piece(at(input, place), at(input, place + length));
        input.insert(at(input, below(input.size() + 1)), piece.begin(), piece.end());
        return;
      }
      default: {
        const std::size_t from = below(other.size() + 1);
        const Input piece(other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
        input.erase(at(input, place), input.end());
        input.insert(input.end(), piece.begin(), piece.end());
        return;
      }
    }
  }

  std::mt19937_64 random_;
};

/// HARK_TEST_SEED repeats a run; a target stops the process, so the seed is said before.
std::uint64_t seed_of_run() {
  const char* const given = std::getenv("HARK_TEST_SEED");
  return given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

class FuzzCorpus : public testing::TestWithParam<Target> {};

TEST_P(FuzzCorpus, HoldsOnEveryInput) {
  const std::vector<Input> corpus = corpus_of(GetParam());
  ASSERT_FALSE(corpus.empty());
  for (const Input& input : corpus) GetParam().one_input(input.data(), input.size());
}

TEST_P(FuzzCorpus, HoldsOnMutationsOfThem) {
  const std::vector<Input> corpus = corpus_of(GetParam());
  ASSERT_FALSE(corpus.empty());
  const std::uint64_t seed = seed_of_run();
  std::printf("HARK_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  Mutator mutator(seed);
  for (int i = 0; i < mutations; ++i) {
    const Input input = mutator.next(corpus);
    GetParam().one_input(input.data(), input.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpus, testing::ValuesIn(targets),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
