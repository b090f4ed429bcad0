#!/usr/bin/env bash
# Fuzzes the table and the HTTP codec with libFuzzer, under ASan and UBSan, for FUZZ_SECONDS (60) each. Inputs that are
# worth keeping stay in build-asan/fuzz; one that breaks something is written there too and printed.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v ninja >/dev/null; then export CMAKE_GENERATOR="${CMAKE_GENERATOR:-Ninja}"; fi
cmake --preset asan
cmake --build build-asan --parallel "$(nproc)" --target table_fuzz http_fuzz
for target in table http; do
  corpus=build-asan/fuzz/$target
  mkdir -p "$corpus"
  "build-asan/bin/${target}_fuzz" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=4096 -timeout=60 \
    -print_final_stats=1 -artifact_prefix=build-asan/fuzz/ "$corpus"
done
