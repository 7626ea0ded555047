// RELIABILITY R3: the last write to the log is cut, at every 512-byte edge and within its last record, with nothing or
// with rubbish behind it. The log recovers to the record before and goes on.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "adapters/embedded/embedded_event_log.h"
#include "adapters/embedded/wal_file.h"
#include "tests/chaos/faults.h"
#include "tests/chaos/image.h"
#include "tests/chaos/rows.h"

namespace gamekeeper::chaos {
namespace {

using namespace gamekeeper::adapters;
using test::run;

const EmbeddedLogOptions kTornLog{.partitions = 1, .tail_bytes_max = 1};

class TornWrite : public testing::TestWithParam<size_t> {
 protected:
  TornWrite() : watching_(folder_.path(), none_) {}

  void append(EmbeddedEventLog& log, const std::string& id, size_t fill) {
    acknowledged_.push_back(id);
    std::vector<ports::PartitionBatch> batches;
    batches.push_back(batch_of(0, {id}, fill));
    auto outcomes = run(log.append(std::move(batches)));
    ASSERT_TRUE(outcomes.at(0)) << outcomes.at(0).error().message;
  }

  /// Opens what is left: the events before the torn one, or it too; then one more is taken and all is read again.
  void recover(const Image& image, bool whole, const std::string& what) {
    image.put(at_);
    std::vector<std::string> expected(acknowledged_.begin(), acknowledged_.end() - (whole ? 0 : 1));
    for (const char* more : {"next", "after"}) {
      auto log = EmbeddedEventLog::open(at_, kTornLog);
      ASSERT_TRUE(log) << what << ": " << log.error().message;
      auto content = read_log(**log, 0);
      ASSERT_TRUE(content) << what << ": " << content.error().message;
      ASSERT_EQ(content->ids, expected) << what;
      std::vector<ports::PartitionBatch> batches;
      batches.push_back(batch_of(0, {more}));
      ASSERT_TRUE(run((*log)->append(std::move(batches))).at(0)) << what;
      expected.push_back(more);
    }
  }

  RamDir folder_;
  Faults none_{{}};
  Watching watching_;
  std::string at_ = folder_.path() + "/torn";
  std::vector<std::string> acknowledged_;
};

// The parameter is the size of the last event: within a page, and over several.
TEST_P(TornWrite, RecoversToTheLastCompleteRecord) {
  auto log = EmbeddedEventLog::open(folder_.path() + "/log", kTornLog);
  ASSERT_TRUE(log) << log.error().message;
  for (int i = 0; i < 4; ++i) append(**log, "e" + std::to_string(i), 200);
  const Image before = Image::take(folder_.path() + "/log");
  append(**log, "last", GetParam());
  const Image after = Image::take(folder_.path() + "/log");
  const std::string file = "p00/00000000000000000001.log-wal";
  const std::string& wal = after.files.at(file);
  const size_t from = before.files.at(file).size(), to = wal.size();
  ASSERT_GT(to, from);

  std::set<size_t> cuts;
  for (size_t edge = from / 512 * 512 + 512; edge < to; edge += 512) cuts.insert(edge);
  const size_t record = to - (sqlite::kFrameHeaderBytes + sqlite::parse_wal_header(wal)->page_bytes);  // the last frame
  for (size_t byte = record; byte < to; byte += seeds(100) > 100 || byte < record + 40 || byte + 40 > to ? 1 : 97)
    cuts.insert(byte);
  std::mt19937_64 random(GetParam());
  for (const size_t cut : cuts) {
    Image torn = before;  // its mark too: the sync of the last write has not come back
    torn.files[file] = wal.substr(0, cut);
    recover(torn, false, "cut at " + std::to_string(cut));
    for (size_t i = cut; i < to + 600; ++i) torn.files[file] += static_cast<char>(random());
    recover(torn, false, "cut at " + std::to_string(cut) + ", rubbish behind");
    if (HasFatalFailure()) return;
  }
  Image torn = before;
  torn.files[file] = wal + std::string(700, '\x5a');
  recover(torn, true, "whole, rubbish behind");
}

INSTANTIATE_TEST_SUITE_P(Sizes, TornWrite, testing::Values(100, 40'000));

}  // namespace
}  // namespace gamekeeper::chaos
