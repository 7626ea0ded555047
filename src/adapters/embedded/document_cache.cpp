#include "adapters/embedded/document_cache.h"

namespace gamekeeper::adapters {

using ports::Document;

namespace {

size_t bytes_of(const std::optional<Document>& document) {
  return document ? document->id.size() + document->body.size() : 0;
}

}  // namespace

DocumentCache::DocumentCache(const CommitWatch& watch, size_t bytes_max) : watch_(watch) {
  for (Part& part : parts_) part.documents = Documents(bytes_max / kParts);
}

std::optional<std::optional<Document>> DocumentCache::find(std::string_view collection, std::string_view id,
                                                           const Moment& now) {
  const Documents::Name name{collection, id};
  Part& part = parts_[part_of(name)];
  const std::lock_guard lock(part.mutex);
  if (!watch_.bring(part.at, part.documents, now)) return std::nullopt;
  const auto* known = part.documents.find(name);
  if (!known) return std::nullopt;
  return *known;
}

void DocumentCache::keep(std::string_view collection, const std::string& id, const std::optional<Document>& document,
                         const Moment& moment) {
  if (bytes_of(document) > kDocumentMax) return;
  const Documents::Name name{collection, id};
  Part& part = parts_[part_of(name)];
  const std::lock_guard lock(part.mutex);
  if (watch_.bring(part.at, part.documents, moment)) part.documents.put(name, document, bytes_of(document));
}

void DocumentCache::follow(const CommitWatch::Step& step, std::span<const Change> changes) {
  for (const Change& change : changes) sorted_[part_of({change.put->collection, change.put->id})].push_back(&change);
  for (size_t i = 0; i < kParts; ++i) {
    Part& part = parts_[i];
    const std::lock_guard lock(part.mutex);
    if (step.before && part.at == step.before) {
      for (const Change* change : sorted_[i]) {
        const ports::Put& p = *change->put;
        if (!part.documents.drop({p.collection, p.id}) || p.body.size() > kDocumentMax) continue;
        std::optional<Document> document;
        if (!p.remove) document = {.id = p.id, .body = p.body, .version = change->version};
        part.documents.put({p.collection, p.id}, document, bytes_of(document));
      }
    } else if (part.at != step.after) {
      part.documents.clear();
    }
    part.at = step.after;
    sorted_[i].clear();
  }
}

}  // namespace gamekeeper::adapters
