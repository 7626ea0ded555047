#pragma once

#include <string>
#include <vector>

#include "adapters/redis/connection.h"
#include "adapters/redis/script.h"
#include "ports/broadcast.h"

namespace gamekeeper::adapters::redis {

// All get these keys; `at` holds the generation (g), the number before the first (b) and the last number (n).
std::vector<std::string> topic_keys(const std::string& topic);
/// The channel on which a topic's messages are told.
std::string channel_of(const std::string& topic);

const Script& publish_script();   // body, messages kept, idle ms, new generation → generation, number
const Script& position_script();  // idle ms, new generation → generation, last number
const Script& replay_script();    // generation, number → entries, or nothing: resync

/// Of what a channel carries: generation, number, body.
ports::TopicMessage read_told(std::string_view payload);
ports::TopicPosition read_at(const Reply& reply);
/// Of the replay script's answer.
std::vector<ports::TopicMessage> read_entries(const Reply& entries, const std::string& generation);

}  // namespace gamekeeper::adapters::redis
