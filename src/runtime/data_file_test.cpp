#include "runtime/data_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "runtime/temporary_directory_for_test.h"

namespace hark::runtime {
namespace {

TEST(DataFile, ReadsBackWhatWasWrittenInPiecesOfAnySize) {
  const TemporaryDirectory temporary;
  const auto directory = DataDirectory::open(temporary.path()).value();
  std::string all;
  auto writer = DataFileWriter::create(*directory, "large").value();
  for (std::size_t i = 0; all.size() < 3'000'000; ++i) {
    const std::string piece(i * 37 % 9000, static_cast<char>('a' + i % 26));
    all += piece;
    ASSERT_TRUE(writer.append(piece));
  }
  EXPECT_FALSE(DataFileReader::open(*directory, "large").value()) << "no file before finish()";
  ASSERT_TRUE(writer.finish());

  auto reader = DataFileReader::open(*directory, "large").value();
  ASSERT_TRUE(reader);
  std::string got;
  for (std::size_t i = 0; got.size() < all.size(); ++i) {
    const std::size_t want = i % 50 == 0 ? 700'000 : 1 + i * 131 % 20'000;
    const std::string_view piece = reader->next(want).value();
    EXPECT_EQ(piece.size(), std::min(want, all.size() - got.size()));
    ASSERT_FALSE(piece.empty());
    got += piece;
  }
  EXPECT_TRUE(got == all);
  EXPECT_EQ(reader->next(1).value(), "");
}

TEST(DataFile, WhatWasNotFinishedLeavesTheOldFile) {
  const TemporaryDirectory temporary;
  const auto directory = DataDirectory::open(temporary.path()).value();
  ASSERT_TRUE(directory->replace("file", "old"));
  {
    auto writer = DataFileWriter::create(*directory, "file").value();
    ASSERT_TRUE(writer.append("new"));
  }
  EXPECT_EQ(directory->read("file", 10).value(), "old");
}

TEST(DataFile, AFullDiskIsAnError) {
  const TemporaryDirectory temporary;
  const auto directory = DataDirectory::open(temporary.path()).value();
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  const auto written = directory->write(full, "file", "x");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().context.find("file"), std::string::npos);
}

TEST(DataFile, SetsAsideUnderANameThatIsFree) {
  const TemporaryDirectory temporary;
  const auto directory = DataDirectory::open(temporary.path()).value();
  for (const char* name : {"file.set-aside-1", "file.set-aside-2"}) {
    ASSERT_TRUE(directory->replace("file", name));
    EXPECT_EQ(directory->set_aside("file").value(), name);
    EXPECT_EQ(directory->read("file", 100).value(), std::nullopt);
  }
  EXPECT_EQ(directory->read("file.set-aside-1", 100).value(), "file.set-aside-1");
  EXPECT_EQ(directory->set_aside("file").value(), "") << "nothing there";
}

}  // namespace
}  // namespace hark::runtime
