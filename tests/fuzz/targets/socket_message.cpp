// What a player's client says on its socket, and the positions that it hands back.
#include <boost/json.hpp>
#include <string>

#include "base/result.h"
#include "play/realtime/envelope.h"
#include "ports/broadcast.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gamekeeper;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto said = play::read_envelope(text)) {
    GK_CHECK(!said->type.empty(), "a message has a type");
    const std::string back = play::frame_text({.type = said->type, .id = said->id, .topic = said->topic}, said->data);
    const auto again = play::read_envelope(back);
    GK_CHECK(again && again->type == said->type && again->id == said->id && again->topic == said->topic &&
                 again->data.size() == said->data.size(),  // numbers may end in another digit
             "what we say can be read as we meant it");
    if (const auto topic = play::read_topic(said->topic)) GK_CHECK(!topic->id.empty(), "a topic has a name");
  } else {
    GK_CHECK(said.error().kind == ErrorKind::kInvalid, "a refusal, nothing else");
    (void)play::error_text(size % 2 ? "7" : R"("a")", text, said.error());  // ids are JSON, as an envelope has them
  }
  if (const auto at = ports::read_position(text)) {
    GK_CHECK(size <= 64, "positions are short");
    const auto again = ports::read_position(ports::to_text(*at));
    GK_CHECK(again && *again == *at, "a position survives its text");
  }
  return 0;
}
