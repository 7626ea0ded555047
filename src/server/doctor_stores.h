#pragma once

#include <vector>

#include "server/doctor.h"

namespace gamekeeper::server {

/// Whether each file of the data folder, and Kafka when it is configured, can be read.
std::vector<Diagnosis> check_stores(const Config& config);

}  // namespace gamekeeper::server
