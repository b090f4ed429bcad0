#!/usr/bin/env bash
# Every test under ASan with UBSan (clang), then under TSan (gcc). Arguments name the presets to run instead: asan, tsan.
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=$(nproc)
if command -v ninja >/dev/null; then export CMAKE_GENERATOR="${CMAKE_GENERATOR:-Ninja}"; fi
export ASAN_OPTIONS="halt_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1"
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1"

# With the many random address bits of newer kernels, TSan dies now and then of an "unexpected memory mapping".
# A fixed layout avoids that; containers may forbid it.
fixed_layout=()
if setarch "$(uname -m)" -R true 2>/dev/null; then fixed_layout=(setarch "$(uname -m)" -R); fi

if (($# == 0)); then set -- asan tsan; fi
for preset in "$@"; do
  echo "== $preset"
  cmake --preset "$preset"
  cmake --build "build-$preset" --parallel "$jobs"
  under=()
  if [[ $preset == tsan ]]; then under=("${fixed_layout[@]}"); fi
  scripts/run-tests.sh "build-$preset" "${under[@]}"
done
