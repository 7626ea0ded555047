#pragma once

#include "net/router.h"
#include "play/storage/storage.h"

namespace gamekeeper::play {

/// /api/v1/players/{id}/storage. The reference must outlive the router.
void add_storage_routes(net::Router& router, Storage& storage);

}  // namespace gamekeeper::play
