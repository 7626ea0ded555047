#pragma once

#include <string>
#include <string_view>

namespace gamekeeper::play {

/// Boards of this prefix are the rankings of the queues. Results write them, straight into the ranked set under
/// Board{scoped(app, queue_board(queue)), kHighFirst, kLast}; nobody makes, changes or removes one by a call.
inline constexpr std::string_view kQueueBoardPrefix = "queue:";

inline std::string queue_board(std::string_view queue) { return "queue:" + std::string(queue); }

}  // namespace gamekeeper::play
