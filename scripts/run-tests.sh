#!/usr/bin/env bash
# Runs the tests of a build tree: run-tests.sh TREE [COMMAND TO RUN THEM UNDER...]
# With RERUN_FAILED=1 what failed runs once more, alone. A test that passes then is named at the end: it leans on a
# machine that is not busy, which is a fault of the test, yet not one of what it tests.
set -euo pipefail

tree=$1
shift
run=("$@" ctest --test-dir "$tree" --output-on-failure --no-tests=error)

status=0
"${run[@]}" --parallel "${JOBS:-$(nproc)}" || status=$?
failed_tests=$tree/Testing/Temporary/LastTestsFailed.log
if ((status == 0)) || [[ ${RERUN_FAILED:-0} != 1 ]] || [[ ! -s $failed_tests ]]; then exit "$status"; fi

mapfile -t names < <(cut -d: -f2- "$failed_tests")
echo "=== once more, alone: ${#names[@]} failed"
"${run[@]}" --rerun-failed
printf '=== passed only when run again: %s\n' "${names[@]}"
