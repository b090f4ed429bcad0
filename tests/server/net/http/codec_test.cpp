#include "http/codec.hpp"

#include "server/net/http/codec_driver.hpp"
#include "support/catch.hpp"

using lastbeat::test::CodecDriver;
using lastbeat::test::CodecWorld;

namespace {

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"; }

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string chunked(const std::string& path, const std::string& chunks) {
  return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

std::string conversation() {
  return get("/status/1") + post("/heartbeat", R"({"user_id":1})") + "\r\n" + get("/status/1") +
         chunked("/leave", "5;x=y\r\n{\"use\r\n9\r\nr_id\":1 }\r\n0\r\nA: b\r\n\r\n") + get("/status/1") +
         get("/stats") + post("/nowhere", "skipped") + chunked("/nowhere", "4\r\nabcd\r\n0\r\n\r\n") +
         chunked("/nowhere", "0\r\n\r\n") + "HEAD /count HTTP/1.1\r\nHost: localhost\r\n\r\n" +
         "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n" + post("/status", R"({"user_ids":[1,2]})") + get("/healthz") +
         "garbage\r\n\r\n" + get("/count");
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string answers_to(const std::string& bytes, std::size_t piece) {
  CodecWorld world;
  CodecDriver driver{world};
  for (std::size_t at = 0; at < bytes.size(); at += piece) driver.feed(bytes.substr(at, piece));
  return driver.output();
}

}  // namespace

TEST_CASE("HTTP requests get the same replies into whatever pieces they are cut") {
  const std::string bytes = conversation();
  const std::string whole = answers_to(bytes, bytes.size());
  CHECK(occurrences(whole, "Date: ") == 14);
  CHECK(occurrences(whole, "HTTP/1.1 200 OK") == 9);
  CHECK(whole.find("malformed_request") != std::string::npos);
  for (std::size_t piece = 1; piece < 100; ++piece) {
    CAPTURE(piece);
    CHECK(answers_to(bytes, piece) == whole);
  }
}

TEST_CASE("HTTP requests get the same replies wherever they are cut in two") {
  const std::string bytes = conversation();
  CodecWorld world;
  CodecDriver whole{world};
  whole.feed(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    CodecDriver driver{world};
    driver.feed(bytes.substr(0, cut));
    driver.feed(bytes.substr(cut));
    CHECK(driver.shape() == whole.shape());
    CHECK(driver.is_over());
  }
}

TEST_CASE("pipelined HTTP requests are one batch, in their order, up to a bound") {
  CodecWorld world;
  CodecDriver driver{world};
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += get("/status/7") + post("/heartbeats", R"({"user_ids":[7,8]})");
  driver.feed(bytes);
  CHECK(driver.batches() == std::vector<std::size_t>{150});
  CHECK(occurrences(driver.output(), R"("status":"offline")") == 1);
  CHECK(occurrences(driver.output(), R"("status":"online")") == 49);
  bytes.clear();
  for (int i = 0; i < 2000; ++i) bytes += get("/status/7");
  CodecDriver many{world};
  many.feed(bytes);
  CHECK(many.batches().size() > 1);
  CHECK(occurrences(many.output(), "HTTP/1.1 200 OK") == 2000);
}

TEST_CASE("what looks at the whole server waits for what was sent before it") {
  CodecWorld world;
  CodecDriver driver{world};
  driver.feed(post("/heartbeats", R"({"user_ids":[1,2,3]})") + get("/count") + post("/leave", R"({"user_id":1})") +
              get("/count"));
  CHECK(driver.batches() == std::vector<std::size_t>{3, 1});
  CHECK(driver.output().find(R"({"online":3,"entries":3})") != std::string::npos);
  CHECK(driver.output().find(R"({"online":2,"entries":3})") != std::string::npos);
}
