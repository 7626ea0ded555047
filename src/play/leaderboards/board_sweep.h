#pragma once

#include "play/leaderboards/live_boards.h"

namespace gamekeeper::play {

/// What leaderboards need from time to time: what other processes made or removed is taken over, seasons that are over
/// are closed, what was removed is taken away, doubts are settled. Safe to repeat, and to run in several processes.
class BoardSweep {
 public:
  static constexpr int64_t kGraceMs = 2'000;  // a score that was received in time may still be under way

  BoardSweep(LiveBoards& boards, ports::DocumentStore& documents, ports::RankedSet& ranked, const Clock& clock)
      : boards_(boards), documents_(documents), ranked_(ranked), clock_(clock) {}

  /// One call at a time. Errors: those of the stores; the next call goes on.
  Task<Result<void>> run_once();

 private:
  Task<Result<void>> end_season(LiveBoards::Record record);
  Task<Result<void>> take_away(std::string board);
  Task<Result<size_t>> remove_some(std::string collection, std::string index, std::string from, std::string to);
  void say_progress();

  LiveBoards& boards_;
  ports::DocumentStore& documents_;
  ports::RankedSet& ranked_;
  const Clock& clock_;
};

}  // namespace gamekeeper::play
