#!/usr/bin/env bash
# Fuzzes the table with libFuzzer, under ASan and UBSan, for FUZZ_SECONDS (60). Inputs that are worth keeping stay in
# build-fuzz/corpus; one that breaks something is written to build-fuzz and printed.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v ninja >/dev/null; then export CMAKE_GENERATOR="${CMAKE_GENERATOR:-Ninja}"; fi
cmake --preset fuzz
cmake --build build-fuzz --parallel "$(nproc)" --target table_fuzz
mkdir -p build-fuzz/corpus
build-fuzz/bin/table_fuzz -max_total_time="${FUZZ_SECONDS:-60}" -max_len=4096 -timeout=60 -print_final_stats=1 \
  -artifact_prefix=build-fuzz/ build-fuzz/corpus
