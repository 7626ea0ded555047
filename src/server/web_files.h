#pragma once

#include <memory>
#include <string>

#include "net/router.h"

namespace gamekeeper::server {

/// The dashboard's files, held in memory: hashed files are cached for ever, brotli siblings (.br) are preferred, every
/// other GET that asks for HTML, and `/` whatever it asks for, gets index.html. Without a built dashboard a sentence says how to build it.
class WebFiles {
 public:
  explicit WebFiles(const std::string& folder);
  ~WebFiles();
  net::Response answer(const net::Request& request) const;
  /// One page by its file's name, "/graphiql.html", whatever the request's path is.
  net::Response page(std::string_view name, const net::Request& request) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gamekeeper::server
