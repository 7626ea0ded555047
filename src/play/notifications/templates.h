#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "net/conditions.h"
#include "play/notifications/wording.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// How a notification is worded: by the app, or built in.
struct Template {
  std::string app, name;
  Wordings wordings;
  std::vector<std::string> variables;  // that the words may hold
  bool built_in = false;  // nobody has written it
  uint64_t version = 0;
};

/// Templates of apps. Those of the built-in types (match_found …) can be written over and have fixed variables; others are
/// the app's own, for its messages, with the variables that it lists. Thread-safe. Errors: those of the store, and:
class Templates {
 public:
  static constexpr size_t kVariablesMax = 32, kTemplatesMax = 200;

  explicit Templates(ports::DocumentStore& documents) : documents_(documents) {}

  /// Nothing: there is none of that name.
  Task<Result<std::optional<Template>>> find(std::string app, std::string name);
  /// What a player reads, in their language, else in `fallback`; kNotFound.
  Task<Result<Wording>> word(std::string app, std::string name, std::string player_id, std::string fallback,
                             boost::json::object variables);
  /// kNotFound.
  Task<Result<Template>> read(std::string app, std::string name);
  /// All, by name, with those that are built in.
  Task<Result<std::vector<Template>>> list(std::string app);
  /// kInvalid `bad_template`, `unknown_variable` and others; kStale when `if_match` is not the present version; kConflict
  /// `too_many`.
  Task<Result<Template>> write(Template wanted, net::IfMatch if_match);
  /// A built-in one is as it was built again. kNotFound when the app has not written it.
  Task<Result<void>> remove(std::string app, std::string name);

 private:
  ports::DocumentStore& documents_;
};

inline constexpr const char* kTemplates = "notification_templates";

}  // namespace gamekeeper::play
