// A report in Prometheus' text format.
#pragma once

#include <string>
#include <string_view>

#include "ops/report.hpp"

namespace lastbeat {

// What lastbeat_build_info tells.
struct BuildFacts {
  std::string_view version;
  std::string_view commit;
  std::string_view build_type;
};

// Version 0.0.4 of the format: what Content-Type: text/plain; version=0.0.4 announces. Bounds of histograms are the
// same for all, from 2 us to 2.5 s; see LatencyCounts::at_most for how exactly they are kept. About 0.3 ms. Any thread.
[[nodiscard]] std::string prometheus_text(const Report& report, const BuildFacts& build);

}  // namespace lastbeat
