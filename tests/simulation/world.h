#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "insight/ingest/ingest_service.h"
#include "insight/processor/partition_worker.h"
#include "memory_documents.h"
#include "process.h"
#include "sim_log.h"
#include "sim_store.h"
#include "traffic.h"

namespace gamekeeper::simulation {

inline constexpr uint32_t kPartitions = 3;
inline constexpr UnixMillis kWallStart = 1'800'000'000'000;
inline constexpr const char* kApps[] = {"arena", "other"};
/// The zone whose days an app keeps ready.
const char* zone_of(std::string_view app);

struct Plan {
  uint64_t seed = 1;
  // Mutations: a simulation with one must fail.
  StoreMutation store = StoreMutation::kNone;
  bool log_forgets = false;
};

/// The whole of it: clients, an ingest process, two processors that may both believe that a partition is theirs, and
/// the log and the stores, which live as long as the world.
class World {
 public:
  explicit World(const Plan& plan);
  ~World();

  /// Traffic with faults, then peace until everything is folded. False: it was not, within ten minutes of virtual time.
  bool live();

  Fate& fate() { return fate_; }
  LogContents& log() { return log_; }
  StoreContents& store() { return store_; }
  MemoryDocuments& documents() { return documents_; }
  const Traffic& traffic() const { return traffic_; }
  uint64_t trace_hash() const { return fate_.trace.hash(); }
  uint64_t kills() const { return kills_; }
  UnixMillis now_ms() const { return clock_.now_ms(); }

 private:
  struct Front;  // the ingest process
  struct Folder;  // a processor process

  Task<void> client();
  /// Sends until somebody says that it is durable, or until the traffic ends.
  Task<bool> deliver(const Post& post);
  void turn();
  void happen();
  void bring_back();
  bool caught_up();

  SystemClock clock_;  // under virtual time
  Fate fate_;
  LogContents log_{kPartitions};
  StoreContents store_;
  MemoryDocuments documents_;
  Traffic traffic_;
  Process clients_;
  std::unique_ptr<Front> front_;
  std::vector<std::unique_ptr<Folder>> processors_;
  int busy_clients_ = 0;
  int64_t next_event_us_ = 0;
  uint64_t kills_ = 0;
};

}  // namespace gamekeeper::simulation
