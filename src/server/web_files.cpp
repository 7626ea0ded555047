#include "server/web_files.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace gamekeeper::server {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

std::string_view type_of(const std::string& extension) {
  static const std::map<std::string, std::string_view> kTypes = {{".html", "text/html; charset=utf-8"},
                                                                 {".js", "text/javascript; charset=utf-8"},
                                                                 {".css", "text/css; charset=utf-8"},
                                                                 {".svg", "image/svg+xml"},
                                                                 {".json", "application/json"},
                                                                 {".png", "image/png"},
                                                                 {".woff2", "font/woff2"},
                                                                 {".ico", "image/x-icon"},
                                                                 {".txt", "text/plain; charset=utf-8"},
                                                                 {".webmanifest", "application/manifest+json"}};
  auto found = kTypes.find(extension);
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

struct File {
  std::string plain, brotli;
  std::string_view type;
  bool hashed = false;
};

constexpr const char* kPolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; "
    "frame-ancestors 'none'; base-uri 'self'";

net::Response serve(const File& file, const net::Request& request) {
  net::Response response{.status = 200, .body = {}, .content_type = file.type};
  response.headers.emplace_back("Cache-Control", file.hashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (file.type.starts_with("text/html")) response.headers.emplace_back("Content-Security-Policy", kPolicy);
  if (!file.brotli.empty() && request.header("Accept-Encoding").find("br") != std::string_view::npos) {
    response.headers.emplace_back("Content-Encoding", "br");
    response.body = file.brotli;
  } else {
    response.body = file.plain;
  }
  return response;
}

}  // namespace

struct WebFiles::Impl {
  std::map<std::string, File, std::less<>> files;
};

WebFiles::WebFiles(const std::string& folder) : impl_(std::make_unique<Impl>()) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, ignored)) {
    if (!entry.is_regular_file() || entry.path().filename().string().starts_with('.')) continue;
    std::string name = "/" + std::filesystem::relative(entry.path(), folder).generic_string();
    const bool brotli = name.ends_with(".br");
    if (brotli) name.resize(name.size() - 3);
    auto& file = impl_->files[name];
    (brotli ? file.brotli : file.plain) = read(entry.path());
    file.type = type_of(std::filesystem::path(name).extension().string());
    file.hashed = name.starts_with("/assets/");
  }
}

WebFiles::~WebFiles() = default;

net::Response WebFiles::answer(const net::Request& request) const {
  if (auto found = impl_->files.find(request.path); found != impl_->files.end()) return serve(found->second, request);
  // A page of its own is known by its name alone: /demo.
  if (auto found = impl_->files.find(std::string(request.path) + ".html"); found != impl_->files.end())
    return serve(found->second, request);
  const bool wants_page = request.path == "/" || request.header("Accept").find("text/html") != std::string_view::npos;
  if (wants_page && !request.path.starts_with("/api/") && !request.path.starts_with("/assets/"))
    return page("/index.html", request);
  return net::problem({ErrorKind::kNotFound, "not_found", "There is nothing at this address."}, request.request_id);
}

net::Response WebFiles::page(std::string_view name, const net::Request& request) const {
  if (auto found = impl_->files.find(name); found != impl_->files.end()) return serve(found->second, request);
  return {
      .status = 200,
      .body = "<!doctype html><title>Gamekeeper</title><p>The dashboard has not been built: run <code>make web</code>.",
      .content_type = "text/html; charset=utf-8"};
}

}  // namespace gamekeeper::server
