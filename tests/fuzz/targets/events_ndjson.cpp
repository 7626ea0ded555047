#include "events.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gamekeeper::fuzz::decode_events(gamekeeper::ingest::Format::kNdjson, data, size);
  return 0;
}
