// What a listener for HTTP can be told.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "http/page.hpp"

namespace lastbeat::http {

struct Settings {
  const Page* dashboard = nullptr;        // what "/" shows; null: it names the other paths. Outlives the listener
  bool checks_host = true;                // see is_our_host()
  std::vector<std::string> hosts;         // names that are ours besides localhost
  std::vector<std::string> cors_origins;  // "https://app.example"; "*": any
  std::size_t max_body_bytes = std::size_t{2} << 20U;
  std::uint32_t max_ids = 1U << 16U;                                    // in one request, and in one page of /online
  std::chrono::milliseconds request_timeout{std::chrono::seconds{10}};  // from the first byte of a request to its last
};

}  // namespace lastbeat::http
