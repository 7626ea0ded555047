#pragma once

#include "adapters/postgres/connection.h"

namespace gamekeeper::adapters::postgres {

/// Each statement must see what was committed before the lock was given, whatever the database defaults to.
inline constexpr Statement kBegin{"begin", "BEGIN ISOLATION LEVEL READ COMMITTED"};
inline constexpr Statement kCommit{"commit", "COMMIT"};
inline constexpr Statement kRollback{"rollback", "ROLLBACK"};
/// Until the transaction ends. Every schema has a lock of its own.
inline constexpr Statement kLock{"lock",
                                 "SELECT pg_advisory_xact_lock(hashtext('gamekeeper.commits.' || current_schema()))"};

inline constexpr Statement kVersions{
    "versions",
    "SELECT o.n, d.version FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS o(collection, id, n) "
    "JOIN documents d ON d.collection=o.collection AND d.id=o.id"};
inline constexpr Statement kEntries{
    "entries",
    "SELECT o.n, e.idx, e.key, e.single FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS o(collection, id, n) "
    "JOIN entries e ON e.collection=o.collection AND e.id=o.id"};
inline constexpr Statement kHolders{
    "holders",
    "SELECT o.n, e.id FROM unnest($1::text[], $2::text[], $3::bytea[]) WITH ORDINALITY AS o(collection, idx, key, n) "
    "JOIN entries e ON e.collection=o.collection AND e.idx=o.idx AND e.key=o.key"};

inline constexpr Statement kRemove{"remove",
                                   "DELETE FROM documents d USING unnest($1::text[], $2::bytea[]) AS o(collection, id) "
                                   "WHERE d.collection=o.collection AND d.id=o.id"};
inline constexpr Statement kWrite{
    "write",
    "INSERT INTO documents(collection, id, version, body) SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[], "
    "$4::bytea[]) ON CONFLICT (collection, id) DO UPDATE SET version=excluded.version, body=excluded.body"};
inline constexpr Statement kDropEntries{
    "drop_entries",
    "DELETE FROM entries e USING unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[]) AS o(collection, idx, key, "
    "id) "
    "WHERE e.collection=o.collection AND e.idx=o.idx AND e.key=o.key AND e.id=o.id"};
inline constexpr Statement kAddEntries{
    "add_entries",
    "INSERT INTO entries(collection, idx, key, id, single) SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], "
    "$4::bytea[], $5::boolean[]) ON CONFLICT (collection, idx, key, id) DO UPDATE SET single=excluded.single"};
/// Numbers are given in the order of the facts.
inline constexpr Statement kAddFacts{"add_facts",
                                     "INSERT INTO outbox(partition_key, body) SELECT f.key, f.body FROM "
                                     "unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY "
                                     "AS f(key, body, n) ORDER BY f.n"};
inline constexpr Statement kDropFacts{"drop_facts", "DELETE FROM outbox WHERE sequence<=$1::bigint"};
inline constexpr Statement kCount{"count_commit", "UPDATE store_state SET commits=commits+1"};
inline constexpr Statement kSign{
    "sign",
    "INSERT INTO writers(id, batch, seen) VALUES ($1::bytea, $2::bigint, now()) ON CONFLICT (id) DO UPDATE SET "
    "batch=excluded.batch, seen=excluded.seen"};
inline constexpr Statement kSigned{"signed", "SELECT batch FROM writers WHERE id=$1::bytea"};
/// Rows of processes that ended long ago.
inline constexpr Statement kForgetWriters{"forget_writers",
                                          "DELETE FROM writers WHERE seen < now() - interval '1 day'"};

}  // namespace gamekeeper::adapters::postgres
