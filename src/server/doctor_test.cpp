#include "server/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace hark::server {
namespace {

using State = Finding::State;
using testing::HasSubstr;

constexpr std::size_t mib = 1 << 20, gib = std::size_t{1} << 30;

/// A machine on which nothing is wrong.
Surroundings good_machine() {
  Surroundings around;
  around.wanted = 10'000;
  around.settings.cores = 2;
  around.settings.data_dir = "/var/lib/hark";
  around.settings.limits.topics_bytes_max = gib;
  auto& machine = around.machine;
  machine.descriptors_soft = 1024;
  machine.descriptors_hard = 524'288;
  machine.descriptors_ceiling = 1'048'576;
  machine.open_files_max = 1'000'000;
  machine.open_files = 2'000;
  machine.watches_max = 900'000;
  machine.backlog_max = 4096;
  machine.port_first = 32'768;
  machine.port_last = 60'999;
  machine.tcp_memory_bytes = gib;
  machine.read_bytes_min = machine.write_bytes_min = 4096;
  machine.memory_bytes = 8 * gib;
  machine.machine_memory_bytes = 8 * gib;
  machine.cpus = 2;
  machine.epoch_milliseconds = 1'800'000'000'000;
  machine.clock_synchronised = true;
  around.data = {.nearest = "/var/lib/hark",
                 .exists = true,
                 .parent_exists = true,
                 .problem = {},
                 .in_use = false,
                 .file_system = "ext4",
                 .free_bytes = 100 * gib};
  return around;
}

std::string describe(const Finding& finding) {
  std::string all = finding.name + " " + std::string(name_of(finding.state)) + ": " + finding.says;
  for (const std::string& command : finding.commands) all += " | " + command;
  return all;
}

/// Everything that is not good, a line each.
std::string complaints(const Surroundings& around) {
  std::string all;
  for (const Finding& finding : examine(around).findings)
    if (finding.state != State::good) all += describe(finding) + "\n";
  return all;
}

TEST(Doctor, FindsNothingWrongWithAGoodMachine) {
  const Diagnosis diagnosis = examine(good_machine());
  EXPECT_EQ(complaints(good_machine()), "");
  EXPECT_EQ(diagnosis.worst(), State::good);
  EXPECT_EQ(diagnosis.bound_by, "memory");
  EXPECT_EQ(diagnosis.connections, 8 * gib / 100 * 12 / (24 << 10));
}

// Goal: each thing that may be wrong is found, alone, with what changes it. Method: one is made wrong at a
// time.
TEST(Doctor, FindsEachThingThatIsWrong) {
  const struct {
    const char* name;
    std::function<void(Surroundings&)> breaks;
    const char* says;
    const char* command;
  } cases[] = {
      {"few descriptors", [](auto& a) { a.machine.descriptors_hard = 4096; },
       "descriptors warning: 4096 (hard)", "| sudo prlimit --pid $$ --nofile=11113:11113 "},
      {"and a low ceiling",
       [](auto& a) { a.machine.descriptors_hard = *(a.machine.descriptors_ceiling = 4096); },
       "descriptors warning: 4096 (hard)", "| sudo sysctl -w fs.nr_open='11113' | echo 'fs.nr_open = 11113'"},
      {"few open files", [](auto& a) { a.machine.open_files_max = 11'000; },
       "open files warning: 11000 of the whole machine (fs.file-max), 2000 are open",
       "| sudo sysctl -w fs.file-max='13113'"},
      {"more open files than there may be", [](auto& a) { a.machine.open_files_max = 1'000; },
       "open files warning", "fs.file-max"},
      {"little memory", [](auto& a) { a.machine.memory_bytes = a.machine.machine_memory_bytes.emplace(gib); },
       "memory warning: 1024 MiB for this process", "# a machine with 1954 MiB of memory"},
      {"little memory in a group", [](auto& a) { a.machine.memory_bytes = gib; },
       "memory warning: 1024 MiB for this process",
       "| sudo systemctl set-property hark.service MemoryMax=1954M | docker update --memory 1954m"},
      {"few watches", [](auto& a) { a.machine.watches_max = 9'999; }, "watches warning: 9999 of one user",
       "| sudo sysctl -w fs.epoll.max_user_watches='11113'"},
      {"little TCP memory", [](auto& a) { a.machine.tcp_memory_bytes = 64 * mib; },
       "TCP memory warning: 64 MiB for all sockets", "| sudo sysctl -w net.ipv4.tcp_mem='10001 15000 20003'"},
      {"few tracked", [](auto& a) { a.machine.tracked = *(a.machine.tracked_max = 8'192) - 92; },
       "connection tracking warning: 8192 (net.netfilter.nf_conntrack_max), 8100 are in use",
       "| sudo sysctl -w net.netfilter.nf_conntrack_max='18100'"},
      {"a short backlog", [](auto& a) { a.machine.backlog_max = 128; }, "backlog warning: 128 connections",
       "| sudo sysctl -w net.core.somaxconn='4096'"},
      {"few ports", [](auto& a) { a.machine.port_last = 33'767; }, "local ports warning: 1000 ",
       "| sudo sysctl -w net.ipv4.ip_local_port_range='1024 65535'"},
      {"ports that are none", [](auto& a) { a.machine.port_last = 5; }, "local ports warning: 0 ", "sysctl"},
      {"more cores than CPUs", [](auto& a) { a.settings.cores = 3; },
       "CPUs warning: 3 cores on 2 CPUs:", "| hark serve --cores 2 "},
      {"a quota", [](auto& a) { a.machine.cpu_permille = 1'500; },
       "CPUs warning: 2 cores on 2 CPUs, of which the control group gives 1.5:", "| hark serve --cores 1 "},
      {"less than one CPU", [](auto& a) { a.machine.cpu_permille = 250; },
       "gives 0.2:", "| hark serve --cores 1 "},
      {"few threads", [](auto& a) { a.machine.threads_max = 9; }, "threads failure: 9 ", "TasksMax=10"},
      {"little CPU time", [](auto& a) { a.machine.cpu_seconds_max = 60; },
       "other limits warning: the kernel ends the process after 60 seconds",
       "| sudo prlimit --pid $$ --cpu=unlimited"},
      {"small files", [](auto& a) { a.machine.file_bytes_max = mib; },
       "other limits warning: files end at 1048576 bytes", "| sudo prlimit --pid $$ --fsize=unlimited"},
      {"no way to write", [](auto& a) { a.data.problem = "create a file: Permission denied"; },
       "data directory failure: /var/lib/hark: create a file: Permission denied",
       "| sudo install -d -m 700 -o \"$(id -un)\" /var/lib/hark"},
      {"no way to make it",
       [](auto& a) {
         a.data.exists = false;
         a.data.nearest = "/var/lib";
         a.data.problem = "make a directory in it: Permission denied";
       },
       "data directory failure: /var/lib/hark is not there; in /var/lib: make a directory in it: Permission denied",
       "| sudo install -d"},
      {"nothing above it", [](auto& a) { a.data.exists = a.data.parent_exists = false; },
       "data directory failure: /var/lib/hark is not there, nor is the directory above it",
       "| sudo install -d"},
      {"memory as a disk", [](auto& a) { a.data.file_system = "tmpfs"; },
       "data directory warning: /var/lib/hark (tmpfs, 102400 MiB free): it is memory", "--data-dir"},
      {"a container's layer", [](auto& a) { a.data.file_system = "overlay"; }, "give it a volume",
       "--data-dir"},
      {"a remote disk", [](auto& a) { a.data.file_system = "nfs"; }, "use a local disk", "--data-dir"},
      {"a full disk", [](auto& a) { a.data.free_bytes = 100 * mib; },
       "disk space warning: 100 MiB free; topics, which SIGTERM writes there, may be 2048 MiB",
       "| hark serve --set limits.topics_bytes_max=50MiB "},
      {"a taken port",
       [](auto& a) { a.listen_problem = "cannot listen on 127.0.0.1:8080: Address already in use"; },
       "address failure: cannot listen on 127.0.0.1:8080: Address already in use", "| ss -ltnp "},
      {"a clock of long ago", [](auto& a) { a.machine.epoch_milliseconds = 0; },
       "clock warning: it is before 2023", "| sudo timedatectl set-ntp true"},
      {"a clock that nobody keeps", [](auto& a) { a.machine.clock_synchronised = false; },
       "clock warning: nothing keeps it right", "| sudo timedatectl set-ntp true"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Surroundings around = good_machine();
    c.breaks(around);
    const std::string said = complaints(around);
    EXPECT_THAT(said, HasSubstr(c.says));
    EXPECT_THAT(said, HasSubstr(c.command));
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  }
}

TEST(Doctor, WhatBoundsTheConnectionsIsNamed) {
  Surroundings around = good_machine();
  around.machine.watches_max = 5;
  around.machine.descriptors_hard = 100;
  EXPECT_EQ(examine(around).bound_by, "watches");
  EXPECT_EQ(examine(around).connections, 5u);
  around.machine.descriptors_hard = 4;
  EXPECT_EQ(examine(around).bound_by, "descriptors");
}

TEST(Doctor, WhatAMachineDoesNotTellIsUnknownAndNoWarning) {
  Surroundings around = good_machine();
  runtime::MachineFacts known;
  known.descriptors_soft = known.descriptors_hard = 20'000;
  known.memory_bytes = around.machine.memory_bytes;
  known.cpus = 2;
  known.epoch_milliseconds = around.machine.epoch_milliseconds;
  known.clock_synchronised = true;
  around.machine = known;
  EXPECT_EQ(examine(around).worst(), State::unknown);
  EXPECT_THAT(complaints(around), HasSubstr("backlog unknown: this machine does not tell\n"));
}

TEST(Doctor, AHarkThatRunsIsNoFault) {
  Surroundings around = good_machine();
  around.listen_problem = "cannot listen on 127.0.0.1:8080: Address already in use";
  around.data.in_use = true;
  EXPECT_EQ(complaints(around), "");
}

TEST(Doctor, TheDefaultDirectoryIsMadeWithItsParents) {
  Surroundings around = good_machine();
  around.default_data_dir = true;
  around.data.exists = around.data.parent_exists = false;
  EXPECT_EQ(complaints(around), "");
}

TEST(Doctor, LooksAroundOnThisMachine) {
  config::Loaded loaded;
  loaded.settings.data_dir = "/proc";
  loaded.settings.listen = "127.0.0.1:0";
  const Surroundings around = look_around(loaded, 1);
  EXPECT_GT(around.settings.cores, 0u);
  EXPECT_EQ(around.listen_problem, "");
  EXPECT_GT(examine(around).connections, 0u);
  EXPECT_EQ(examine(around).worst(), State::failure) << "nobody makes files in /proc";
}

}  // namespace
}  // namespace hark::server
