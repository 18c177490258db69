#include "runtime/data_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "runtime/temporary_directory_for_test.h"

namespace hark::runtime {
namespace {

TEST(DataDirectory, KeepsAndReplacesFiles) {
  const TemporaryDirectory temporary;
  const auto directory = DataDirectory::open(temporary.path("made")).value();
  EXPECT_EQ(directory->read("file", 10).value(), std::nullopt);
  ASSERT_TRUE(directory->replace("file", "one"));
  EXPECT_EQ(directory->read("file", 10).value(), "one");
  const std::string large(200'000, 'x');
  ASSERT_TRUE(directory->replace("file", large));
  EXPECT_EQ(directory->read("file", large.size()).value(), large);
  EXPECT_EQ(directory->read("file", large.size() - 1).error().context,
            temporary.path("made/file") + " is larger than 199999 bytes");
  EXPECT_TRUE(directory->remove("file"));
  EXPECT_TRUE(directory->remove("file"));
  EXPECT_EQ(directory->read("file", 10).value(), std::nullopt);
}

TEST(DataDirectory, IgnoresWhatACrashLeftHalfWritten) {
  const TemporaryDirectory temporary;
  const auto directory = DataDirectory::open(temporary.path()).value();
  ASSERT_TRUE(directory->replace("file", "old"));
  temporary.write("file.tmp", "a longer new version, cut off by the cra");
  EXPECT_EQ(directory->read("file", 100).value(), "old");
  ASSERT_TRUE(directory->replace("file", "new"));
  EXPECT_EQ(directory->read("file", 100).value(), "new");
}

TEST(DataDirectory, IsHeldByOneProcess) {
  const TemporaryDirectory temporary;
  auto first = DataDirectory::open(temporary.path());
  ASSERT_TRUE(first);
  // A lock belongs to what was opened, so a second open in this process meets it as another would.
  const auto second = DataDirectory::open(temporary.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().context, "the data directory " + temporary.path() +
                                        " is in use by another hark process; stop "
                                        "that one or give this one a directory of its own");
  first->reset();
  EXPECT_TRUE(DataDirectory::open(temporary.path())) << "free again";
}

TEST(DataDirectory, SaysThatItCannotBeUsed) {
  const TemporaryDirectory temporary;
  temporary.write("file", "");
  for (const char* name : {"file", "missing/parent"}) {
    const auto directory = DataDirectory::open(temporary.path(name));
    ASSERT_FALSE(directory) << name;
    EXPECT_TRUE(
        directory.error().context.starts_with("cannot use the data directory " + temporary.path(name)))
        << directory.error().context;
  }
}

// Method: a child without root's rights, for which permissions would not count.
TEST(DataDirectory, SaysThatItIsReadOnly) {
  const TemporaryDirectory temporary;
  ASSERT_EQ(::chmod(temporary.path().c_str(), 0555), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) ::_exit(3);
    const auto directory = DataDirectory::open(temporary.path());
    ::_exit(directory ? 1 : directory.error().context.ends_with("Permission denied") ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace hark::runtime
