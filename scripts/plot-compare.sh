#!/usr/bin/env bash
# Draws what `lastbeat-bench compare --json FILE` found as SVG charts: scripts/plot-compare.sh FILE docs
# writes compare-cpu.svg, compare-latency.svg and compare-memory.svg there, each if FILE has the figures for it.
# Needs gnuplot (package gnuplot-nox).
set -euo pipefail

if (($# != 2)); then
  echo "usage: scripts/plot-compare.sh FILE FOLDER" >&2
  exit 2
fi

python3 - "$1" "$2" <<'END' | gnuplot
import json, sys

found = json.load(open(sys.argv[1]))
folder = sys.argv[2]
colours = {"lastbeat": "#1f6fb2", "echo": "#bbbbbb", "redis": "#d9534f", "valkey": "#e69138", "memcached": "#5a9e5a",
           "crowded": "#7fb2de"}
scenarios = {each["scenario"]: each for each in found["scenarios"]}


def label(number):
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:,.0f}"


def start(name, title, panels, height=360):
    width = panels * (90 + 64 * len(found["servers"]))
    print(f'set terminal svg size {width},{height} font "sans-serif,12" background "#ffffff"')
    print(f'set output "{folder}/{name}.svg"')
    print("unset key; set style fill solid noborder; set boxwidth 0.7; set grid ytics lc rgb '#dddddd'")
    print("set xtics nomirror scale 0 font ',11'; set ytics nomirror; set border 3; set tmargin 4")
    print(f'set multiplot layout 1,{panels} title "{title}: less is better" font ",13"')


# Bars that start at zero, each with its figure; with lowest and highest, a whisker.
def panel(title, unit, bars):
    top = max(bar["highest"] for bar in bars)
    print(f'set title "{title}"; set ylabel "{unit}"; set yrange [0:{top * 1.18}]; set xrange [-0.6:{len(bars) - 0.4}]')
    print("$bars << EOD")
    for i, bar in enumerate(bars):
        colour = int(colours[bar["server"]][1:], 16)
        print(i, bar["server"], bar["median"], bar["lowest"], bar["highest"], colour, label(bar["median"]))
    print("EOD")
    print('plot $bars using 1:3:6:xtic(2) with boxes lc rgb variable, '
          '$bars using 1:3:4:5 with yerrorbars pt -1 lc rgb "#333333", '
          '$bars using 1:5:7 with labels offset 0,0.8')


def spread(results, figure):
    return [{"server": each["server"], **each[figure]} for each in results if each["runs"]]


def exact(footprints):
    return [{"server": each["server"], **dict.fromkeys(("median", "lowest", "highest"), each["bytes_each"])}
            for each in footprints]


def finish():
    print("unset multiplot; unset output")


cpu = [(name, title) for name, title in (
    ("single", "one request at a time"), ("pipelined", "pipelined by 100"),
    ("mixed", "pipelined, 10 % statuses"), ("batches", "batches of 1,000")) if name in scenarios]
if cpu:
    start("compare-cpu", "Processor time of the server", len(cpu))
    for name, title in cpu:
        panel(title, "us an operation", spread(scenarios[name]["results"], "server_cpu_us_per_operation"))
    finish()

if "latency" in scenarios:
    rate = scenarios["latency"]["rate"]
    start("compare-latency", f"Latency at {rate:,.0f} requests a second", 3)
    for figure, title in (("p50_us", "half are faster"), ("p99_us", "99 % are faster"), ("p999_us", "99.9 % are faster")):
        panel(title, "us", spread(scenarios["latency"]["results"], figure))
    finish()

memory = [(f"{users:,} users", "bytes a user", [each for each in found["memory"] if each["users"] == users])
          for users in sorted({each["users"] for each in found["memory"]})]
memory += [(f"{count:,} idle connections", "bytes a connection", found["idle_connections"])
           for count in sorted({each["connections"] for each in found["idle_connections"]})]
if memory:
    start("compare-memory", "Resident memory", len(memory))
    for title, unit, footprints in memory:
        panel(title, unit, exact(footprints))
    finish()
END
