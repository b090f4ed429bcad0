#!/usr/bin/env bash
# Compares lastbeatd with the servers that could do its work and draws the charts; all goes to build/compare. Arguments
# go to `lastbeat-bench compare`. With COMPARE_DOCS=1 the charts and tables of docs/ are renewed as well.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=build/compare
mkdir -p "$folder"
build/bin/lastbeat-bench compare --json "$folder/compare.json" --markdown "$folder/compare.md" "$@"
scripts/plot-compare.sh "$folder/compare.json" "$folder"
echo "charts, tables and every run: $folder"

if [[ ${COMPARE_DOCS:-} == 1 ]]; then
  cp "$folder"/compare-*.svg docs/
  python3 - "$folder/compare.md" docs/benchmarks.md <<'END'
import sys

first, last = "<!-- COMPARE_DOCS=1 make compare writes from here -->\n", "<!-- to here -->\n"
tables, page = (open(path).read() for path in sys.argv[1:])
before, rest = page.split(first)
after = rest.split(last)[1]
open(sys.argv[2], "w").write(before + first + tables.rstrip() + "\n" + last + after)
END
  echo "renewed: docs/benchmarks.md and its charts"
fi
