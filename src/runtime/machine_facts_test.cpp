#include "runtime/machine_facts.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>

#include "runtime/temporary_directory_for_test.h"

namespace hark::runtime {
namespace {

void put(const TemporaryDirectory& root, const std::string& name, const std::string& contents) {
  std::filesystem::create_directories(std::filesystem::path(root.path(name)).parent_path());
  root.write(name, contents);
}

// Goal: every number is found where the kernel shows it. Method: a tree of files, no two numbers the same.
TEST(MachineFacts, AreReadFromWhereTheKernelShowsThem) {
  const TemporaryDirectory root;
  put(root, "proc/sys/fs/nr_open", "1001\n");
  put(root, "proc/sys/fs/file-max", "9223372036854775807\n");
  put(root, "proc/sys/fs/file-nr", "1003\t0\t9223372036854775807\n");
  put(root, "proc/sys/fs/epoll/max_user_watches", "1004\n");
  put(root, "proc/sys/net/core/somaxconn", "1005\n");
  put(root, "proc/sys/net/netfilter/nf_conntrack_max", "1006\n");
  put(root, "proc/sys/net/netfilter/nf_conntrack_count", "1007\n");
  put(root, "proc/sys/net/ipv4/ip_local_port_range", "1008\t2008\n");
  put(root, "proc/sys/net/ipv4/tcp_mem", "1\t2\t1009\n");
  put(root, "proc/sys/net/ipv4/tcp_rmem", "1010\t2\t3\n");
  put(root, "proc/sys/net/ipv4/tcp_wmem", "1011\t2\t3\n");
  put(root, "proc/meminfo", "MemTotal: 1012 kB\n");
  const MachineFacts facts = machine_facts(root.path());
  EXPECT_EQ(facts.descriptors_ceiling, 1001u);
  EXPECT_EQ(facts.open_files_max, 9223372036854775807u);
  EXPECT_EQ(facts.open_files, 1003u);
  EXPECT_EQ(facts.watches_max, 1004u);
  EXPECT_EQ(facts.backlog_max, 1005u);
  EXPECT_EQ(facts.tracked_max, 1006u);
  EXPECT_EQ(facts.tracked, 1007u);
  EXPECT_EQ(facts.port_first, 1008u);
  EXPECT_EQ(facts.port_last, 2008u);
  EXPECT_EQ(facts.tcp_memory_bytes, 1009u * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(facts.read_bytes_min, 1010u);
  EXPECT_EQ(facts.write_bytes_min, 1011u);
  EXPECT_EQ(facts.memory_bytes, 1012u * 1024);
  EXPECT_EQ(facts.machine_memory_bytes, 1012u * 1024);
}

TEST(MachineFacts, FindTheLeastOfTheGroups) {
  const struct {
    const char* name;
    const char* groups;  // /proc/self/cgroup
    std::vector<std::pair<const char*, const char*>> files;
    MachineFacts::Number cpu_permille, threads;
  } cases[] = {
      {"none", "", {}, {}, {}},
      {"version 2, unlimited", "0::/a\n", {{"a/cpu.max", "max 100000"}, {"a/pids.max", "max"}}, {}, {}},
      {"version 2", "0::/a\n", {{"a/cpu.max", "150000 100000"}, {"a/pids.max", "7"}}, 1500, 7},
      {"a parent", "0::/a/b\n", {{"a/cpu.max", "5000 10000"}, {"a/b/cpu.max", "8000 10000"}}, 500, {}},
      {"version 1",
       "4:cpu,cpuacct:/a\n5:pids:/a\n",
       {{"cpu/a/cpu.cfs_quota_us", "25000"}, {"cpu/a/cpu.cfs_period_us", "100000"}, {"pids/a/pids.max", "9"}},
       250,
       9},
      {"version 1, unlimited",
       "4:cpu,cpuacct:/a\n",
       {{"cpu/a/cpu.cfs_quota_us", "-1"}, {"cpu/a/cpu.cfs_period_us", "100000"}},
       {},
       {}},
      {"nonsense", "0::/a\n", {{"a/cpu.max", "1000 0"}, {"a/pids.max", "many"}}, {}, {}},
  };
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NPROC, &before), 0);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const TemporaryDirectory root;
    put(root, "proc/self/cgroup", c.groups);
    for (const auto& [path, text] : c.files) put(root, std::string("sys/fs/cgroup/") + path, text);
    const MachineFacts facts = machine_facts(root.path());
    EXPECT_EQ(facts.cpu_permille, c.cpu_permille);
    if (c.threads || before.rlim_cur == RLIM_INFINITY) { EXPECT_EQ(facts.threads_max, c.threads); }
  }
}

TEST(MachineFacts, WhatIsNotToldIsAbsent) {
  const TemporaryDirectory root;
  const MachineFacts facts = machine_facts(root.path());
  EXPECT_FALSE(facts.open_files_max || facts.backlog_max || facts.tracked_max || facts.port_first ||
               facts.tcp_memory_bytes || facts.cpu_permille);
}

TEST(MachineFacts, OfThisMachineArePlausible) {
  const MachineFacts facts = machine_facts();
  EXPECT_GT(facts.descriptors_hard, 16u);
  EXPECT_GE(facts.descriptors_hard, facts.descriptors_soft);
  EXPECT_GT(facts.backlog_max.value_or(1), 0u);
  EXPECT_GT(facts.epoch_milliseconds, 1'600'000'000'000u);
}

}  // namespace
}  // namespace hark::runtime
