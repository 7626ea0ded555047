// What RFC 6455 asks of a server, as a table of bytes in and frames out: the families of cases that such suites have
// (sizes, pings, reserved bits, opcodes, fragments, UTF-8, closing, limits, pieces), made here by rule.
#include <gtest/gtest.h>

#include "net/raw_socket_for_test.h"
#include "net/server_for_test.h"

namespace gamekeeper::net::test {
namespace {

/// A frame that the server must send. Of a close, the code alone counts.
struct Wanted {
  int opcode = 1;
  std::string payload = {};
  int code = 0;
};
struct Case {
  std::string name, bytes;
  std::vector<Wanted> wanted;
  size_t piece = 0;  // bytes a write; 0: all at once
};
using Table = std::vector<Case>;

Wanted echo(std::string payload) { return {1, std::move(payload)}; }
Wanted pong(std::string payload) { return {10, std::move(payload)}; }
Wanted closed(int code) { return {8, {}, code}; }

constexpr int kFin = 0x80;
constexpr int kCont = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10;

std::string close_frame(int code, std::string_view reason = {}) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
  return frame(kFin | kClose, payload.append(reason));
}
/// What a client sends last, and hears back.
std::string bye() { return close_frame(1000); }

std::string patterned(size_t n) {
  std::string out(n, ' ');
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<char>('!' + i % 90);
  return out;
}

/// The payload as a text message in fragments of so many bytes.
std::string fragments(std::string_view payload, size_t piece) {
  std::string out;
  for (size_t at = 0; at < payload.size(); at += piece) {
    const bool last = at + piece >= payload.size();
    out += frame((last ? kFin : 0) | (at == 0 ? kText : kCont), payload.substr(at, piece));
  }
  return out;
}

void add_sizes(Table& table) {
  for (const size_t n : {0, 1, 125, 126, 127, 128, 4096, 65'534, 65'535, 65'536}) {
    const std::string payload = patterned(n), name = std::to_string(n) + " bytes";
    table.push_back({"text of " + name, text(payload) + bye(), {echo(payload), closed(1000)}});
    table.push_back({"text in pieces, of " + name, text(payload) + bye(), {echo(payload), closed(1000)}, 997});
    table.push_back({"binary of " + name, frame(kFin | kBinary, payload), {closed(1003)}});
  }
  for (const size_t n : {65'537, 65'538, 100'000, 200'000}) {
    table.push_back({"text of too many bytes: " + std::to_string(n), text(patterned(n)), {closed(1009)}});
    table.push_back(
        {"fragments of too many bytes: " + std::to_string(n), fragments(patterned(n), 8192), {closed(1009)}});
  }
  for (const size_t piece : {64, 256, 1024, 1300, 4096, 16'384, 32'768}) {
    const std::string payload = patterned(65'536);
    table.push_back({"64 KiB in fragments of " + std::to_string(piece),
                     fragments(payload, piece) + bye(),
                     {echo(payload), closed(1000)}});
    table.push_back({"64 KiB in fragments and pieces of " + std::to_string(piece),
                     fragments(payload, piece) + bye(),
                     {echo(payload), closed(1000)},
                     1777});
  }
}

void add_lengths(Table& table) {
  const auto with_length = [](int first, std::initializer_list<int> length, size_t n) {
    std::string out{static_cast<char>(first)};
    for (const int b : length) out += static_cast<char>(b);
    return out + std::string("\0\0\0\0", 4) + std::string(n, 'a');
  };
  table.push_back({"a mask of zeros", with_length(kFin | kText, {0x80 | 3}, 3) + bye(), {echo("aaa"), closed(1000)}});
  for (const int n : {0, 1, 125}) {
    const std::string name = std::to_string(n) + " bytes";
    table.push_back({"a length longer than it need be, 16 bits, " + name,
                     with_length(kFin | kText, {0xFE, 0, n}, static_cast<size_t>(n)),
                     {closed(1002)}});
    table.push_back({"a length longer than it need be, 64 bits, " + name,
                     with_length(kFin | kText, {0xFF, 0, 0, 0, 0, 0, 0, 0, n}, static_cast<size_t>(n)),
                     {closed(1002)}});
  }
  table.push_back(
      {"64 bits for 65535", with_length(kFin | kText, {0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 9), {closed(1002)}});
  table.push_back({"a length of 2^63 - 1",
                   with_length(kFin | kText, {0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255}, 0),
                   {closed(1009)}});
  table.push_back({"a length of 2^64 - 1",
                   with_length(kFin | kText, {0xFF, 255, 255, 255, 255, 255, 255, 255, 255}, 0),
                   {closed(1009)}});
  table.push_back({"a ping with a 16 bit length", with_length(kFin | kPing, {0xFE, 0, 126}, 126), {closed(1002)}});
}

void add_pings(Table& table) {
  for (const size_t n : {0, 1, 5, 64, 124, 125}) {
    const std::string payload = patterned(n), name = std::to_string(n);
    table.push_back({"ping of " + name, frame(kFin | kPing, payload) + bye(), {pong(payload), closed(1000)}});
    table.push_back(
        {"ping byte by byte, of " + name, frame(kFin | kPing, payload) + bye(), {pong(payload), closed(1000)}, 1});
    table.push_back(
        {"an unasked pong of " + name, frame(kFin | kPong, payload) + text("x") + bye(), {echo("x"), closed(1000)}});
  }
  const std::string bytes("\x00\xFF\xFE\xFD\xC3\x28\x80", 7);
  table.push_back({"ping of bytes that are no text", frame(kFin | kPing, bytes) + bye(), {pong(bytes), closed(1000)}});
  for (const int op : {kPing, kPong}) {
    for (const size_t n : {126, 200, 65'536})
      table.push_back({"control frame " + std::to_string(op) + " of " + std::to_string(n),
                       frame(kFin | op, patterned(n)),
                       {closed(1002)}});
  }
  Case ten{"ten pings", "", {}}, slow{"ten pings in pieces", "", {}, 3};
  for (Case* all : {&ten, &slow}) {
    for (int i = 0; i < 10; ++i) {
      all->bytes += frame(kFin | kPing, "ping " + std::to_string(i));
      all->wanted.push_back(pong("ping " + std::to_string(i)));
    }
    all->bytes += bye();
    all->wanted.push_back(closed(1000));
    table.push_back(*all);
  }
  table.push_back(
      {"pong, then ping", frame(kFin | kPong, "a") + frame(kFin | kPing, "b") + bye(), {pong("b"), closed(1000)}});
}

void add_reserved_bits(Table& table) {
  for (int bits = 1; bits <= 7; ++bits) {
    for (const int op : {kCont, kText, kBinary, kClose, kPing, kPong}) {
      const std::string name = "reserved bits " + std::to_string(bits) + ", opcode " + std::to_string(op);
      table.push_back(
          {name, frame(kFin | bits << 4 | op, op == kClose ? std::string("\x03\xE8", 2) : "x"), {closed(1002)}});
    }
    table.push_back({"reserved bits " + std::to_string(bits) + " after a good text",
                     text("good") + frame(kFin | bits << 4 | kText, "x"),
                     {echo("good"), closed(1002)}});
  }
}

void add_opcodes(Table& table) {
  for (const int op : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    const std::string name = "opcode " + std::to_string(op);
    table.push_back({name, frame(kFin | op, ""), {closed(1002)}});
    table.push_back({name + " with a payload", frame(kFin | op, "payload"), {closed(1002)}});
    table.push_back({name + " unfinished", frame(op, "payload"), {closed(1002)}});
    table.push_back({name + " after a good text",
                     text("good") + frame(kFin | op, "x") + frame(kFin | kPing, ""),
                     {echo("good"), closed(1002)}});
    table.push_back({name + " within a message",
                     frame(kText, "a") + frame(kFin | op, "") + frame(kFin | kCont, "b"),
                     {closed(1002)},
                     1});
  }
}

void add_fragments(Table& table) {
  const std::string a = frame(kText, "one "), b = frame(kCont, "two "), c = frame(kFin | kCont, "three"),
                    all = "one two three";
  const std::string ping = frame(kFin | kPing, "p"), pong_frame = frame(kFin | kPong, "p");
  const auto good = [&](const char* name, const std::string& bytes, std::vector<Wanted> wanted) {
    wanted.push_back(closed(1000));
    for (const size_t piece : {0, 1, 5})
      table.push_back({std::string(name) + ", pieces of " + std::to_string(piece), bytes + bye(), wanted, piece});
  };
  const auto bad = [&](const char* name, const std::string& bytes, std::vector<Wanted> before = {}) {
    before.push_back(closed(1002));
    for (const size_t piece : {0, 1})
      table.push_back({std::string(name) + ", pieces of " + std::to_string(piece), bytes, before, piece});
  };
  good("three fragments", a + b + c, {echo(all)});
  good("a ping between fragments", a + ping + b + ping + c, {pong("p"), pong("p"), echo(all)});
  good("a pong between fragments", a + pong_frame + b + c, {echo(all)});
  good("empty fragments", frame(kText, "") + frame(kCont, "") + frame(kFin | kCont, ""), {echo("")});
  good("an empty fragment in the middle", frame(kText, "a") + frame(kCont, "") + frame(kFin | kCont, "b"),
       {echo("ab")});
  good("an empty last fragment", frame(kText, "a") + frame(kFin | kCont, ""), {echo("a")});
  good("two messages in fragments", a + c + a + c, {echo("one three"), echo("one three")});
  good("messages one after another", text("1") + text("2") + text("3"), {echo("1"), echo("2"), echo("3")});
  bad("a ping in fragments", frame(kPing, "a") + frame(kFin | kCont, "b"));
  bad("a pong in fragments", frame(kPong, "a") + frame(kFin | kCont, "b"));
  bad("a close in fragments", frame(kClose, "\x03\xE8") + frame(kFin | kCont, "b"));
  bad("a continuation of nothing", c + text("x"));
  bad("an unfinished continuation of nothing", b + text("x"));
  bad("a continuation after a whole message", text("x") + c, {echo("x")});
  bad("an unfinished continuation after a whole message", text("x") + b, {echo("x")});
  bad("a text within a text", a + text("x"));
  bad("an unfinished text within a text", a + a);
  bad("a binary within a text", a + frame(kFin | kBinary, "x"));
  bad("a third message within", a + c + a + text("x"), {echo("one three")});
  table.push_back({"binary in fragments", frame(kBinary, "a") + c, {closed(1003)}});
}

struct Utf8 {
  const char* name;
  std::string bytes;
};

std::vector<Utf8> good_texts() {
  using namespace std::string_literals;
  return {{"U+0000", "\0"s},
          {"U+007F", "\x7F"},
          {"U+0080", "\xC2\x80"},
          {"U+07FF", "\xDF\xBF"},
          {"U+0800", "\xE0\xA0\x80"},
          {"U+D7FF", "\xED\x9F\xBF"},
          {"U+E000", "\xEE\x80\x80"},
          {"U+FFFD", "\xEF\xBF\xBD"},
          {"U+FFFE", "\xEF\xBF\xBE"},
          {"U+FFFF", "\xEF\xBF\xBF"},
          {"U+10000", "\xF0\x90\x80\x80"},
          {"U+1FFFE", "\xF0\x9F\xBF\xBE"},
          {"U+FFFFF", "\xF3\xBF\xBF\xBF"},
          {"U+10FFFF", "\xF4\x8F\xBF\xBF"},
          {"Greek", "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5"},
          {"mixed", "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xAEz"},
          {"a BOM", "\xEF\xBB\xBFx"}};
}

std::vector<Utf8> bad_texts() {
  return {{"a lone continuation 80", "\x80"},
          {"a lone continuation BF", "\xBF"},
          {"two continuations", "\x80\xBF"},
          {"six continuations", "\x80\xBF\x80\xBF\x80\xBF"},
          {"C0", "\xC0 "},
          {"C1 BF", "\xC1\xBF"},
          {"overlong slash in two", "\xC0\xAF"},
          {"overlong slash in three", "\xE0\x80\xAF"},
          {"overlong slash in four", "\xF0\x80\x80\xAF"},
          {"overlong slash in five", "\xF8\x80\x80\x80\xAF"},
          {"overlong slash in six", "\xFC\x80\x80\x80\x80\xAF"},
          {"overlong zero", "\xC0\x80"},
          {"overlong zero in three", "\xE0\x80\x80"},
          {"the greatest overlong three", "\xE0\x9F\xBF"},
          {"the greatest overlong four", "\xF0\x8F\xBF\xBF"},
          {"U+D800", "\xED\xA0\x80"},
          {"U+DB7F", "\xED\xAD\xBF"},
          {"U+DB80", "\xED\xAE\x80"},
          {"U+DBFF", "\xED\xAF\xBF"},
          {"U+DC00", "\xED\xB0\x80"},
          {"U+DFFF", "\xED\xBF\xBF"},
          {"a surrogate pair", "\xED\xA0\x80\xED\xB0\x80"},
          {"U+110000", "\xF4\x90\x80\x80"},
          {"F5", "\xF5\x80\x80\x80"},
          {"five bytes", "\xF8\x88\x80\x80\x80"},
          {"six bytes", "\xFC\x84\x80\x80\x80\x80"},
          {"FE", "\xFE"},
          {"FF", "\xFF"},
          {"FE FE FF FF", "\xFE\xFE\xFF\xFF"},
          {"two of two, cut", "\xC3"},
          {"three, cut after one", "\xE2"},
          {"three, cut after two", "\xE2\x82"},
          {"four, cut after one", "\xF0"},
          {"four, cut after two", "\xF0\x9F"},
          {"four, cut after three", "\xF0\x9F\x8E"},
          {"a start in place of a continuation", "\xC3\xC3"},
          {"ASCII in place of a continuation", "\xE2(\xAC"},
          {"a good word, then bad",
           "good\xED\xA0\x80"
           "end"}};
}

void add_utf8(Table& table) {
  for (const auto& [name, bytes] : good_texts()) {
    const std::vector<Wanted> wanted{echo(bytes), closed(1000)};
    table.push_back({std::string("UTF-8 ") + name, text(bytes) + bye(), wanted});
    table.push_back({std::string("UTF-8 split everywhere, ") + name, fragments(bytes, 1) + bye(), wanted});
    table.push_back({std::string("UTF-8 byte by byte, ") + name, fragments(bytes, 1) + bye(), wanted, 1});
  }
  for (const auto& [name, bytes] : bad_texts()) {
    table.push_back({std::string("no UTF-8: ") + name, text(bytes), {closed(1007)}});
    table.push_back({std::string("no UTF-8, split everywhere: ") + name, fragments(bytes, 1), {closed(1007)}});
    table.push_back({std::string("no UTF-8 as a reason: ") + name, close_frame(1000, bytes), {closed(1007)}});
  }
}

void add_closes(Table& table) {
  for (const int code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4401, 4999}) {
    table.push_back({"close with " + std::to_string(code), close_frame(code), {closed(code)}});
    table.push_back(
        {"close with a reason and " + std::to_string(code), close_frame(code, "enough"), {closed(code)}, 1});
  }
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 10'000, 65'535})
    table.push_back(
        {"close with a code that may not be sent, " + std::to_string(code), close_frame(code), {closed(1002)}});
  table.push_back({"close without a code", frame(kFin | kClose, ""), {closed(1000)}});
  table.push_back({"close with half a code", frame(kFin | kClose, "\x03"), {closed(1002)}});
  table.push_back({"the longest reason", close_frame(1000, patterned(123)), {closed(1000)}});
  table.push_back({"a reason too long", close_frame(1000, patterned(124)), {closed(1002)}});
  table.push_back({"text after the close", bye() + text("late"), {closed(1000)}});
  table.push_back({"ping after the close", bye() + frame(kFin | kPing, "late"), {closed(1000)}});
  table.push_back({"two closes", bye() + close_frame(1001), {closed(1000)}});
  table.push_back({"a broken frame after the close", bye() + frame(0xF3, "late"), {closed(1000)}});
  table.push_back(
      {"a close within a message", frame(kText, "half") + bye() + frame(kFin | kCont, "late"), {closed(1000)}});
  table.push_back({"text, then close", text("x") + bye(), {echo("x"), closed(1000)}, 1});
}

void add_masks(Table& table) {
  for (const int op : {kCont, kText, kBinary, kClose, kPing, kPong, 3, 15}) {
    const std::string bytes{static_cast<char>(kFin | op), '\2', '\3', '\xE8'};
    table.push_back({"unmasked, opcode " + std::to_string(op), bytes, {closed(1002)}});
    table.push_back(
        {"unmasked after a good text, opcode " + std::to_string(op), text("x") + bytes, {echo("x"), closed(1002)}, 1});
  }
}

Table all_cases() {
  Table table;
  for (auto add : {add_sizes, add_lengths, add_pings, add_reserved_bits, add_opcodes, add_fragments, add_utf8,
                   add_closes, add_masks})
    add(table);
  return table;
}

class SocketConformance : public ServerTest {
 protected:
  void check(const Case& one) {
    SCOPED_TRACE(one.name);
    RawSocket client(port());
    const size_t piece = one.piece == 0 ? one.bytes.size() : one.piece;
    for (size_t at = 0; at < one.bytes.size(); at += piece) client.send(std::string_view(one.bytes).substr(at, piece));
    for (const Wanted& wanted : one.wanted) {
      const auto got = client.read_frame();
      ASSERT_EQ(got.opcode, wanted.opcode) << got.payload.substr(0, 100);
      if (wanted.opcode == 8)
        ASSERT_EQ(got.code(), wanted.code);
      else
        ASSERT_TRUE(got.payload == wanted.payload) << got.payload.size() << " bytes";
    }
    client.send(bye());
    client.half_close();
    EXPECT_TRUE(client.is_closed_by_peer()) << "and nothing more is said";
  }
};

TEST_F(SocketConformance, EveryCase) {
  start();
  const Table table = all_cases();
  EXPECT_GE(table.size(), 250u);
  for (const Case& one : table) check(one);
  RecordProperty("cases", static_cast<int>(table.size()));
  std::printf("%zu cases\n", table.size());
}

}  // namespace
}  // namespace gamekeeper::net::test
