#!/usr/bin/env bash
# Draws the memory curve of `lastbeat-bench table --json FILE` as an SVG: scripts/plot-memory.sh FILE > docs/table-memory.svg
# Needs gnuplot (package gnuplot-nox).
set -euo pipefail

python3 -c '
import json, sys
for sample in json.load(open(sys.argv[1]))["growth"]:
    print(sample["users"] / 1e6, sample["bytes_per_user"])
' "$1" | gnuplot -e '
set terminal svg size 760,380 font "sans-serif,13" background "#ffffff";
set xlabel "million users (logarithmic)"; set ylabel "bytes a user, resident";
set logscale x; set grid lc rgb "#dddddd"; set yrange [0:40]; set key top right;
plot "-" using 1:2 with linespoints lw 2 pt 7 ps 0.4 lc rgb "#1f6fb2" title "Lastbeat, while growing",
     14 lw 1 dt 2 lc rgb "#999999" title "14"'
