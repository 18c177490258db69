#include "runtime/directory_facts.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/data_directory.h"
#include "runtime/temporary_directory_for_test.h"

namespace hark::runtime {
namespace {

TEST(DirectoryFacts, OfADirectoryThatIsThere) {
  const TemporaryDirectory place;
  const DirectoryFacts facts = directory_facts(place.path());
  EXPECT_TRUE(facts.exists);
  EXPECT_EQ(facts.problem, "");
  EXPECT_FALSE(facts.in_use);
  EXPECT_NE(facts.file_system, "");
  EXPECT_GT(facts.free_bytes, 0u);
  EXPECT_TRUE(std::filesystem::is_empty(place.path())) << "nothing is left behind";
}

TEST(DirectoryFacts, OfOneThatIsNotThereNameTheNearestAboveAndMakeNone) {
  const TemporaryDirectory place;
  const struct {
    std::string path, nearest;
  } cases[] = {
      {place.path("a"), place.path()},
      {place.path("a/b/c"), place.path()},
      {place.path("a//"), place.path()},
      {"hark-none", "."},
      {"/hark-none", "/"},
  };
  for (const auto& [path, nearest] : cases) {
    SCOPED_TRACE(path);
    const DirectoryFacts facts = directory_facts(path);
    EXPECT_FALSE(facts.exists);
    EXPECT_EQ(facts.nearest, nearest);
  }
  EXPECT_TRUE(std::filesystem::is_empty(place.path()));
}

TEST(DirectoryFacts, AFileIsNone) {
  const TemporaryDirectory place;
  place.write("file", "");
  EXPECT_EQ(directory_facts(place.path("file")).problem, "not a directory");
  EXPECT_EQ(directory_facts(place.path("file/below")).problem, "not a directory");
}

TEST(DirectoryFacts, WhereNobodyMayWrite) {
  // /proc is a directory in which not even root makes a file.
  EXPECT_NE(directory_facts("/proc").problem, "");
}

TEST(DirectoryFacts, SeeTheLockOfAnotherProcessAndItsEnd) {
  const TemporaryDirectory place;
  {
    const auto held = DataDirectory::open(place.path());
    ASSERT_TRUE(held);
    const bool told = std::filesystem::exists("/proc/locks");
    EXPECT_EQ(directory_facts(place.path()).in_use, told);
  }
  EXPECT_FALSE(directory_facts(place.path()).in_use);
}

}  // namespace
}  // namespace hark::runtime
