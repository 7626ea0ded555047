#pragma once

#include <memory>
#include <string>

#include "ports/document_store.h"

namespace gamekeeper::test {

/// A real store of documents in `folder`: what other engines do, too, is the contract suites' to show.
std::unique_ptr<ports::DocumentStore> open_documents(const std::string& folder);

}  // namespace gamekeeper::test
