#include "init/os/cgroup.h"

#include <filesystem>

#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

constexpr std::string_view kV1Mounts =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n";

}  // namespace

TEST_CASE("the group of a process on a version 1 machine is found in each hierarchy", "[cgroup]") {
  const auto paths = find_cgroups("4:memory:/app/one\n2:cpu,cpuacct:/\n1:name=systemd:/init\n", kV1Mounts);
  CHECK(paths == CgroupPaths{"/sys/fs/cgroup/memory/app/one", "/sys/fs/cgroup/cpu,cpuacct", "", false, false,
                             "/sys/fs/cgroup/cpu,cpuacct", ""});
}

TEST_CASE("the usual place of the memory group", "[cgroup]") {
  const CgroupPaths v2 = usual_memory_group("0::/system.slice/a.service\n");
  CHECK(v2.memory == "/sys/fs/cgroup/system.slice/a.service");
  CHECK(v2.memory_v2);
  CHECK(usual_memory_group("0::/\n").memory == "/sys/fs/cgroup");
  const CgroupPaths v1 = usual_memory_group("9:cpu:/x\n4:memory,other:/docker/abc\n0::/y\n");
  CHECK(v1.memory == "/sys/fs/cgroup/memory/docker/abc");
  CHECK_FALSE(v1.memory_v2);
  CHECK(usual_memory_group("").memory.empty());
}

TEST_CASE("a container of version 1 sees its own group as the root of the mount", "[cgroup]") {
  const auto paths = find_cgroups(
      "4:memory:/docker/abc\n",
      "700 699 0:32 /docker/abc /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n");
  CHECK(paths.memory == "/sys/fs/cgroup/memory");
  const auto deeper = find_cgroups(
      "4:memory:/docker/abc/inner\n",
      "700 699 0:32 /docker/abc /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n");
  CHECK(deeper.memory == "/sys/fs/cgroup/memory/inner");
  // A name that only begins alike is no part of the mount.
  const auto other = find_cgroups(
      "4:memory:/docker/abcd\n",
      "700 699 0:32 /docker/abc /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n");
  CHECK(other.memory == "/sys/fs/cgroup/memory");
}

TEST_CASE("version 2 has one group for everything", "[cgroup]") {
  const auto paths = find_cgroups("0::/\n", "30 23 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n");
  CHECK(paths == CgroupPaths{"/sys/fs/cgroup", "/sys/fs/cgroup", "/sys/fs/cgroup", true, true,
                             "/sys/fs/cgroup", "/sys/fs/cgroup"});
}

TEST_CASE("on a machine with both, controllers are where version 1 has them", "[cgroup]") {
  const std::string mounts = std::string(kV1Mounts) + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
  const auto paths = find_cgroups("4:memory:/x\n2:cpuacct:/y\n0::/\n", mounts);
  CHECK(paths.memory == "/sys/fs/cgroup/memory/x");
  CHECK_FALSE(paths.memory_v2);
  CHECK(paths.pids == "/sys/fs/cgroup/unified");
  CHECK(paths.unified == "/sys/fs/cgroup/unified");
}

TEST_CASE("version 1 may have the limit of the CPU and what was used in two places", "[cgroup]") {
  const auto paths = find_cgroups("2:cpuacct:/a\n1:cpu:/b\n",
                                  "1 0 0:1 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                                  "2 0 0:2 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n");
  CHECK(paths.cpu == "/sys/fs/cgroup/cpuacct/a");
  CHECK(paths.quota == "/sys/fs/cgroup/cpu/b");
}

TEST_CASE("no control groups, or rubbish, say nothing", "[cgroup]") {
  CHECK(find_cgroups("", "").memory.empty());
  CHECK(find_cgroups("x\n:\n::::\n4:memory", "- - -\n1 2\n\n").memory.empty());
  const Cgroup none{CgroupPaths{}};
  CHECK_FALSE(none.memory_used());
  CHECK_FALSE(none.oom_kills());
  CHECK_FALSE(none.cpu_limit());
  CHECK_FALSE(none.shared_with_others());
}

TEST_CASE("version 2 files are read", "[cgroup]") {
  const Scratch scratch;
  scratch.write("memory.current", "5242880\n");
  scratch.write("memory.max", "67108864\n");
  scratch.write("memory.peak", "6000000\n");
  scratch.write("memory.events", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n");
  scratch.write("cpu.stat", "usage_usec 123456\nuser_usec 100000\nsystem_usec 23456\nthrottled_usec 77\n");
  scratch.write("cpu.max", "150000 100000\n");
  scratch.write("pids.current", "7\n");
  scratch.write("pids.max", "max\n");
  scratch.write("cgroup.events", "populated 1\nfrozen 0\n");
  scratch.write("memory.pressure",
                "some avg10=1.50 avg60=0.70 avg300=0.20 total=1234\n"
                "full avg10=0.75 avg60=0.30 avg300=0.10 total=567\n");
  scratch.write("memory.stat",
                "anon 1351680\nfile 3686400\nkernel 180224\nkernel_stack 32768\npagetables 98304\n"
                "shmem 0\ninactive_anon 1343488\nactive_anon 8192\ninactive_file 1242880\n"
                "active_file 2441216\nunevictable 0\n");
  scratch.write("cgroup.procs", "1\n7\n12\n");
  const std::string here = scratch.path("");
  const Cgroup group{CgroupPaths{here, here, here, true, true, here, here}};
  CHECK(group.memory_used() == 5242880);
  CHECK(group.memory_limit() == 67108864);
  CHECK(group.memory_peak() == 6000000);
  CHECK(group.oom_kills() == 2);
  CHECK(group.cpu_used_us() == 123456);
  CHECK(group.cpu_limit() == 1.5);
  CHECK(group.cpu_throttled_us() == 77);
  CHECK(group.processes() == 7);
  CHECK_FALSE(group.processes_limit());
  CHECK(group.memory_in_use() == 4'000'000);
  const auto pressure = group.pressure("memory");
  REQUIRE(pressure);
  CHECK(pressure->some_avg10 == 1.5);
  CHECK(pressure->some_us == 1234);
  CHECK(pressure->full_us == 567);
  CHECK_FALSE(pressure->whole_machine);
  CHECK_FALSE(group.shared_with_others());
  scratch.write("cgroup.procs", "1\n0\n12\n");
  CHECK(group.shared_with_others());
  scratch.write("cpu.max", "max 100000\n");
  CHECK_FALSE(group.cpu_limit());
}

TEST_CASE("kills for want of memory are counted by a file that stays open", "[cgroup]") {
  const Scratch scratch;
  const std::string here = scratch.path("");
  const OomKills none{Cgroup{CgroupPaths{here, "", "", true, true}}};
  CHECK_FALSE(none.count());
  scratch.write("memory.events", "oom 0\noom_kill 0\n");
  const OomKills kills{Cgroup{CgroupPaths{here, "", "", true, true}}};
  CHECK(kills.count() == 0);
  scratch.write("memory.events", "oom 1\noom_kill 1\n");
  CHECK(kills.count() == 1);
  CHECK_FALSE(kills.group().shared_with_others());
}

TEST_CASE("version 1 files are read", "[cgroup]") {
  const Scratch scratch;
  scratch.write("memory.usage_in_bytes", "1000\n");
  scratch.write("memory.limit_in_bytes", "9223372036854771712\n");
  scratch.write("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  scratch.write("memory.stat", "inactive_file 1\ntotal_inactive_file 300\n");
  scratch.write("cpuacct.usage", "5000000\n");
  scratch.write("cpu.cfs_quota_us", "-1\n");
  scratch.write("cpu.cfs_period_us", "100000\n");
  scratch.write("cpu.stat", "nr_periods 0\nnr_throttled 0\nthrottled_time 8000\n");
  const std::string here = scratch.path("");
  const Cgroup group{CgroupPaths{here, here, here, false, false, here, ""}};
  CHECK(group.memory_used() == 1000);
  CHECK_FALSE(group.memory_limit());
  CHECK(group.memory_in_use() == 700);
  CHECK(group.oom_kills() == 1);
  CHECK(group.cpu_used_us() == 5000);
  CHECK(group.cpu_throttled_us() == 8);
  CHECK_FALSE(group.cpu_limit());
}

TEST_CASE("pressure is read as the kernel prints it, and rubbish is none", "[cgroup]") {
  // Kernels before 5.13 know no "full" of the CPU.
  const auto cpu = parse_pressure("some avg10=12.34 avg60=5.00 avg300=1.00 total=99999999999\n");
  REQUIRE(cpu);
  CHECK(cpu->some_avg10 == 12.34);
  CHECK(cpu->some_us == 99'999'999'999);
  CHECK(cpu->full_us == 0);
  CHECK_FALSE(parse_pressure(""));
  CHECK_FALSE(parse_pressure("some\n"));
  CHECK_FALSE(parse_pressure("some avg10=x total=y\n"));
  CHECK_FALSE(parse_pressure("some avg10=1.0 avg60=1.0 avg300=1.0 total=-5\n"));
  CHECK_FALSE(parse_pressure("full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"));
}

TEST_CASE("the root of version 2 is the machine, whose pressure /proc has", "[cgroup]") {
  const Scratch scratch;
  scratch.write("memory.pressure", "some avg10=1.50 avg60=0.70 avg300=0.20 total=1234\n");
  const std::string here = scratch.path("");
  const auto pressure = Cgroup{CgroupPaths{here, here, here, true, true, here, here}}.pressure("memory");
  CHECK((!pressure || pressure->whole_machine));
}
