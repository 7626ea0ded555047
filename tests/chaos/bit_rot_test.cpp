// RELIABILITY R4: single bits flip in what is stored, files are cut. Each time all is read back: it is either as it was
// or refused as damaged, by name; nothing wrong and nothing less is ever served.
#include <gtest/gtest.h>

#include "adapters/embedded/data_folder.h"
#include "tests/chaos/faults.h"
#include "tests/chaos/image.h"
#include "tests/chaos/rows.h"
#include "tests/chaos/world.h"

namespace gamekeeper::chaos {
namespace {

using namespace gamekeeper::adapters;
using test::run;

const EmbeddedLogOptions kOptions{.partitions = 1,
                                  .segment_bytes = 40'000,
                                  .tail_bytes_max = 1,
                                  .checkpoint_bytes = 40'000,
                                  .checkpoint_interval = std::chrono::milliseconds(1)};

/// All that the stores of a folder answer, as one text a store.
struct Answers {
  std::string log, series, documents;
  uint64_t position = 0;  // of the series store
  bool operator==(const Answers&) const = default;
};

/// Reads the part of a folder to which `name` belongs; an empty name: all.
Result<Answers> read_all(const std::string& folder, const std::string& name) {
  Answers out;
  if (name.empty() || name == "format") {
    if (auto ok = open_data_folder(folder); !ok) return std::unexpected(ok.error());
  }
  if (name.empty() || name.starts_with("log/")) {
    auto log = EmbeddedEventLog::open(folder + "/log", kOptions);
    if (!log) return std::unexpected(log.error());
    for (uint32_t p = 0; p < (*log)->partitions(); ++p) {
      auto content = read_log(**log, p);
      if (!content) return std::unexpected(content.error());
      for (const std::string& id : content->ids) out.log += id + " ";
    }
  }
  if (name.empty() || name.starts_with("series/")) {
    auto series = SqliteSeriesStore::open(folder + "/series");
    if (!series) return std::unexpected(series.error());
    auto claim = run((*series)->claim(0, "test"));
    if (!claim) return std::unexpected(claim.error());
    out.position = claim->position.value;
    auto ok = run((*series)->scan(
        {.table = 7, .key_from = "a", .key_to = "z"},
        [&](const ports::CellView& cell) {
          out.series += std::string(cell.key) + "=" + std::string(cell.value) + " ";
          return true;
        },
        std::nullopt));
    if (!ok) return std::unexpected(ok.error());
  }
  if (name.empty() || name.starts_with("documents")) {
    auto documents = SqliteDocumentStore::open(folder + "/documents.db");
    if (!documents) return std::unexpected(documents.error());
    ports::Query query{.collection = "things", .index = "by_id", .from = "", .to = "", .limit = 1'000};
    auto page = run((*documents)->query(query));
    if (!page) return std::unexpected(page.error());
    for (const auto& d : page->items) out.documents += d.id + std::to_string(d.version) + d.body + " ";
    for (int i = 0; i < 10; ++i) {
      auto d = run((*documents)->get("things", "d" + std::to_string(i), ports::Freshness::kOwnWrites));
      if (!d) return std::unexpected(d.error());
      out.documents += *d ? (*d)->body : "none";
    }
  }
  return out;
}

class BitRot : public testing::Test {
 protected:
  BitRot() : watching_(folder_.path(), none_) {
    std::mt19937_64 random(1);
    const std::string data = folder_.path() + "/data";
    EXPECT_TRUE(open_data_folder(data));
    World world(data, kOptions);
    world.large_document_bytes = 20'000;
    EXPECT_TRUE(world.open());
    for (int i = 0; i < 24; ++i) {
      EXPECT_TRUE(world.append(journal_, random));
      EXPECT_TRUE(world.write(journal_, random));
      if (i % 4 == 0) {
        EXPECT_TRUE(world.fold());
        remember(world);
      }
    }
    EXPECT_TRUE(world.append(journal_, random));
    crashed_ = Image::take(data);  // nothing is in flight: as a kill would leave it
  }

  /// The series store's answer after each commit: after a crash an earlier one is right too, for the fold goes on there.
  void remember(World& world) {
    Answers now;
    now.position = run(world.series().states())->at(0).position.value;
    EXPECT_TRUE(run(world.series().scan(
        {.table = 7, .key_from = "a", .key_to = "z"},
        [&](const ports::CellView& cell) {
          now.series += std::string(cell.key) + "=" + std::string(cell.value) + " ";
          return true;
        },
        std::nullopt)));
    pasts_[now.position] = now.series;
  }

  /// The files of the store to which `name` belongs.
  static Image part_of(const Image& image, const std::string& name) {
    Image out;
    const std::string store = name.substr(0, name.find_first_of("/."));
    for (const auto& [each, bytes] : image.files) {
      if (each.starts_with(store)) out.files[each] = bytes;
    }
    return out;
  }

  /// Reads a damaged folder. Whatever is not an error has to be as it was.
  void expect_detected_or_harmless(const Image& image, const std::string& name, const Answers& whole,
                                   const std::string& what, bool past_is_well) {
    image.put(at_);
    auto answers = read_all(at_, name);
    ++tried_;
    if (!answers) {
      ++detected_;
      const bool known = answers.error().kind == ErrorKind::kCorrupt || answers.error().code == "newer_format";
      EXPECT_TRUE(known) << what << ": " << answers.error().code << " " << answers.error().message;
      EXPECT_NE(answers.error().message.find(at_), std::string::npos)
          << what << " is not named: " << answers.error().message;
      named_offset_ += answers.error().message.find("offset") != std::string::npos;
      return;
    }
    if (name.empty() || name.starts_with("log/"))
      EXPECT_TRUE(answers->log == whole.log) << what << ": the log serves something else";
    if (name.empty() || name.starts_with("documents"))
      EXPECT_TRUE(answers->documents == whole.documents) << what << ": the document store serves something else";
    if (name.starts_with("series/")) {
      const bool well = past_is_well
                            ? pasts_.contains(answers->position) && pasts_[answers->position] == answers->series
                            : answers->position == whole.position && answers->series == whole.series;
      EXPECT_TRUE(well) << what << ": the series store serves something else, at position " << answers->position;
    }
  }

  void flip_bits(const Image& image, bool past_is_well, uint64_t flips_a_file) {
    image.put(at_);
    auto whole = read_all(at_, "");
    ASSERT_TRUE(whole) << whole.error().message;
    std::mt19937_64 random(2);
    for (const auto& [name, bytes] : image.files) {
      if (bytes.empty()) continue;
      const uint64_t flips = name.ends_with("-mark") ? 10 : std::min<uint64_t>(flips_a_file, bytes.size() * 8);
      const Image part = part_of(image, name);
      for (uint64_t i = 0; i < flips && !HasFailure(); ++i) {
        // Headers more often than chance would.
        const uint64_t bit = flips == bytes.size() * 8
                                 ? i
                                 : random() % ((i % 4 == 0 ? std::min<uint64_t>(bytes.size(), 200) : bytes.size()) * 8);
        Image damaged = part;
        damaged.files[name][bit / 8] = static_cast<char>(damaged.files[name][bit / 8] ^ (1 << (bit % 8)));
        expect_detected_or_harmless(damaged, name, *whole, name + " bit " + std::to_string(bit), past_is_well);
      }
    }
    std::printf("%lu flips: %lu detected, the others harmless; %lu named an offset\n",
                static_cast<unsigned long>(tried_), static_cast<unsigned long>(detected_),
                static_cast<unsigned long>(named_offset_));
    EXPECT_GT(detected_, tried_ / 2);
  }

  RamDir folder_;
  Faults none_{{}};
  Watching watching_;  // syncs need no disk here
  std::string at_ = folder_.path() + "/damaged";
  Journal journal_;
  Image crashed_;
  std::map<uint64_t, std::string> pasts_{{0, ""}};
  uint64_t tried_ = 0, detected_ = 0, named_offset_ = 0;
};

TEST_F(BitRot, InAFolderAtRest) { flip_bits(Image::take(folder_.path() + "/data"), false, seeds(100)); }

TEST_F(BitRot, InAFolderThatAKillLeft) {
  size_t wals = 0;
  for (const auto& [name, bytes] : crashed_.files) wals += name.ends_with("-wal") && !bytes.empty();
  ASSERT_GE(wals, 3u) << "log, series and documents all have to have something in their WAL";
  flip_bits(crashed_, true, seeds(100));
}

TEST_F(BitRot, AndFilesThatAreCut) {
  crashed_.put(at_);
  auto whole = read_all(at_, "");
  ASSERT_TRUE(whole) << whole.error().message;
  const uint64_t step = seeds(100) > 100 ? 7 : 131;
  for (const auto& [name, bytes] : crashed_.files) {
    if (name.ends_with("-mark")) continue;  // evidence, not data: without it nothing can be told
    const Image part = part_of(crashed_, name);
    for (uint64_t cut = 1; cut < std::min<uint64_t>(bytes.size(), 4096) && !HasFailure(); cut += step) {
      Image damaged = part;
      damaged.files[name].resize(bytes.size() - cut);
      expect_detected_or_harmless(damaged, name, *whole, name + " without its last " + std::to_string(cut) + " bytes",
                                  true);
    }
  }
}

}  // namespace
}  // namespace gamekeeper::chaos
