#pragma once

#include "server/stores.h"

namespace gamekeeper::server {

/// Opens what is derived and of the moment: in this process, or in a Redis that processes share.
/// Errors: those of the adapters.
Result<void> open_live(const Config& config, Stores& stores);

}  // namespace gamekeeper::server
