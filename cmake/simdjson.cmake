# Ubuntu 24.04's simdjson 3.6.4 calls what its formatter's derived class has through `this`, which clang 19 refuses, used or
# not. There a copy of the header with those three calls mended stands before it; it is the same in memory and in names.
# (Reading templates late, -fdelayed-template-parsing, is no way round: clang 19 breaks on coroutines then.)
find_file(SIMDJSON_HEADER simdjson.h REQUIRED)
set(simdjson_refused "this->(print_newline|print_indents|print_space)\\(")
file(STRINGS ${SIMDJSON_HEADER} simdjson_calls REGEX "${simdjson_refused}")
if(simdjson_calls)
  file(READ ${SIMDJSON_HEADER} simdjson_text)
  string(REGEX REPLACE "${simdjson_refused}" "static_cast<formatter*>(this)->\\1(" simdjson_text "${simdjson_text}")
  file(WRITE ${CMAKE_BINARY_DIR}/simdjson/simdjson.h.new "${simdjson_text}")
  file(COPY_FILE ${CMAKE_BINARY_DIR}/simdjson/simdjson.h.new ${CMAKE_BINARY_DIR}/simdjson/simdjson.h ONLY_IF_DIFFERENT)
  include_directories(SYSTEM BEFORE ${CMAKE_BINARY_DIR}/simdjson)
endif()
