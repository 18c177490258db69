#include "config/load.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "config/document.h"
#include "config/registry.h"

namespace hark::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Source said(std::string key, std::string text) { return {{{std::move(key), std::move(text), "test"}}, {}}; }
Loaded toml(std::string_view text) { return load({read_toml(text, "hark.toml")}); }

// Every setting: its default is what it may be, is shown as it is read, and has its words.
TEST(Settings, EachIsWhole) {
  for (const Setting& setting : all_settings()) {
    SCOPED_TRACE(setting.key);
    Settings settings;
    const std::string shown = setting.show(settings);
    const auto assigned = setting.assign(settings, shown);
    EXPECT_TRUE(assigned) << assigned.error().context;
    EXPECT_EQ(setting.show(settings), shown);
    EXPECT_TRUE(setting.summary.ends_with('.')) << setting.summary;
    EXPECT_EQ(find_setting(setting.key), &setting);
    EXPECT_EQ(nearest_key(setting.key), setting.key);
    if (setting.least.empty()) continue;
    EXPECT_TRUE(setting.assign(settings, setting.least));
    EXPECT_TRUE(setting.assign(settings, setting.most));
  }
}

TEST(Settings, LaterSourcesWin) {
  const Source file = read_toml("cores = 1\n[limits]\ntopics_max = 10\nview_linger = \"5s\"\n", "hark.toml");
  const std::vector<std::pair<std::string, std::string>> variables{{"HARK_CORES", "2"},
                                                                   {"HARK_LIMITS_TOPICS_MAX", "20"},
                                                                   {"HARK_PORT", "tcp://1.2.3.4:80"},
                                                                   {"PATH", "x"}};
  const Source environment = read_environment(variables, {});
  const Loaded loaded = load({file, environment, said("cores", "3")});
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.settings.cores, 3u);
  EXPECT_EQ(loaded.settings.limits.topics_max, 20u);
  EXPECT_EQ(loaded.settings.limits.view_linger, 5s);
  EXPECT_EQ(loaded.where.at("cores"), "test");
  EXPECT_EQ(loaded.where.at("limits.topics_max"), "HARK_LIMITS_TOPICS_MAX");
  EXPECT_EQ(loaded.where.at("limits.view_linger"), "hark.toml:4");
  EXPECT_FALSE(loaded.where.contains("listen"));
}

TEST(Settings, ValuesFromFiles) {
  const auto read = [](const std::string& path) -> Result<std::string> {
    if (path == "/run/cores") return std::string("4\n");
    return fail(ErrorCode::unavailable, "cannot read " + path);
  };
  const std::vector<std::pair<std::string, std::string>> good{{"HARK_CORES_FILE", "/run/cores"}},
      missing{{"HARK_CORES_FILE", "/nope"}}, both{{"HARK_CORES_FILE", "/run/cores"}, {"HARK_CORES", "1"}};
  EXPECT_EQ(load({read_environment(good, read)}).settings.cores, 4u);
  EXPECT_THAT(load({read_environment(missing, read)}).problems,
              ElementsAre("HARK_CORES_FILE: cannot read /nope"));
  EXPECT_THAT(load({read_environment(both, read)}).problems, ElementsAre(HasSubstr("are both set")));
}

// Each mistake is a sentence with its place; all are told, in the order of the file.
TEST(Settings, MistakesAreTold) {
  const Loaded loaded = toml(
      "listen = 5.5\ncoers = 3\nlog = \"info\"\n[limits]\nmesage_bytes_max = 3\nreplay_bytes_max = \"1MiB\"\n"
      "heartbeat_every = 5\nstreams_max = -1\ntopics_max = 0\n[http]\nallowed_origins = [\"https://a.example/x\"]\n");
  EXPECT_THAT(
      loaded.problems,
      ElementsAre(
          "hark.toml:1: listen is a text, a whole number, true, false or a list of texts",
          "hark.toml:2: there is no setting coers; did you mean cores?",
          "hark.toml:3: there is no setting log; did you mean log.level?",
          "hark.toml:5: there is no setting limits.mesage_bytes_max; did you mean limits.message_bytes_max?",
          "hark.toml:7: limits.heartbeat_every is a time with its unit, as 250ms, 10s, 5min or 1h, not \"5\"",
          "hark.toml:8: limits.streams_max is a whole number, not \"-1\"",
          "hark.toml:9: limits.topics_max is from 1 to 100000000, not \"0\"",
          "hark.toml:11: http.allowed_origins is a list of origins, https://app.example each, or *, not "
          "\"https://a.example/x\"",
          "limits.replay_bytes_max (1MiB) is at least four times limits.message_bytes_max (1MiB)"));
}

TEST(Settings, ATextThatIsNoToml) {
  for (const std::string_view text :
       {"a = ", "[limits", "a = 1\na = 2", "\xff\xfe", "a = \"\xff\"", "= 1", "x"}) {
    SCOPED_TRACE(text);
    const Loaded loaded = toml(text);
    ASSERT_EQ(loaded.problems.size(), 1u);
    EXPECT_TRUE(loaded.problems[0].starts_with("hark.toml:")) << loaded.problems[0];
  }
  const std::string deep = "a = " + std::string(100'000, '[');
  EXPECT_EQ(toml(deep).problems.size(), 1u);
}

TEST(Settings, NearestNames) {
  EXPECT_EQ(nearest_key("lisen"), "listen");
  EXPECT_EQ(nearest_key("message_bytes_max"), "limits.message_bytes_max");
  EXPECT_EQ(nearest_key("something.else.entirely"), "");
  EXPECT_EQ(nearest_key(std::string(100'000, 'x')), "");
}

TEST(Settings, Contradictions) {
  const auto of = [](const std::string& key, const std::string& value) {
    return load({said(key, value)}).problems.size();
  };
  EXPECT_EQ(of("limits.replay_bytes_max", "4MiB"), 0u);
  EXPECT_EQ(of("limits.replay_bytes_max", "4194303"), 1u);
  EXPECT_EQ(of("limits.mailbox_slots", "3000"), 1u);
  EXPECT_EQ(of("limits.mailbox_slots", "1024"), 1u) << "publish_credits is 512";
  EXPECT_EQ(of("limits.write_bytes_first", "1MiB"), 1u);
  EXPECT_EQ(of("limits.heartbeat_every", "30s"), 1u);
  EXPECT_EQ(of("limits.inbound_bytes_max", "64KiB"), 1u);
}

TEST(Settings, TheMachineLowersOnlyWhatNobodySaid) {
  Limits machine;
  machine.topics_bytes_max = 7'000'000;
  machine.subscriptions_max = 70;
  machine.streams_max = 7;
  Loaded loaded = load({said("limits.topics_bytes_max", "3MiB")});
  lower_to_machine(loaded, machine);
  EXPECT_EQ(loaded.settings.limits.topics_bytes_max, 3u << 20);
  EXPECT_EQ(loaded.settings.limits.subscriptions_max, 70u);
  EXPECT_EQ(loaded.settings.limits.streams_max, Limits{}.streams_max) << "not of the machine";
}

TEST(Settings, AReloadTellsWhatItTakesAndWhatWaits) {
  Settings running, wanted;
  wanted.log_level = LogLevel::debug;
  wanted.http.allowed_origins = {"https://a.example", "https://b.example"};
  wanted.limits.topics_max = 5;
  const Changes changes = changes_between(running, wanted);
  EXPECT_THAT(changes.taken, ElementsAre("log.level: info -> debug",
                                         "http.allowed_origins:  -> https://a.example,https://b.example"));
  EXPECT_THAT(changes.waiting, ElementsAre("limits.topics_max: 1000000 -> 5"));
}

TEST(Documents, TheWholeFileIsGoodAndSaysTheDefaults) {
  std::string text;
  std::istringstream lines(toml_document());
  for (std::string line; std::getline(lines, line);) {
    const bool is_value = line.starts_with("# ") && line.find(" = ") != std::string::npos &&
                          line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", 2) == line.find(" = ");
    text += (is_value ? line.substr(2) : line) + "\n";
  }
  const Loaded loaded = toml(text);
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.where.size(), all_settings().size());
  const Changes changes = changes_between({}, loaded.settings);
  EXPECT_THAT(changes.taken, IsEmpty());
  EXPECT_THAT(changes.waiting, IsEmpty());
}

TEST(Documents, ThePageIsUpToDate) {
  std::ifstream file(std::string(HARK_SOURCE_DIR) + "/docs/configuration.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(page, markdown_document()) << "hark config doc --markdown > docs/configuration.md";
}

TEST(Documents, WhatHoldsIsAFileToo) {
  const Loaded loaded = load({said("cores", "3"), said("http.allowed_origins", "https://a.example, *")});
  const Loaded again = toml(show_toml(loaded));
  EXPECT_THAT(again.problems, IsEmpty());
  EXPECT_EQ(again.settings.cores, 3u);
  EXPECT_EQ(again.settings.http, loaded.settings.http);
  EXPECT_THAT(show_json(loaded), HasSubstr("\"cores\": {\"value\": 3, \"from\": \"test\"}"));
}

}  // namespace
}  // namespace hark::config
