#!/usr/bin/env bash
# What a sidecar sends upstream: `--coalesce 2s` before three nodes, under 1,000,000 heartbeats/s of 200,000 users, with
# one copy of each user and with two. BENCH_SECONDS (40) a run. The servers' own counters are compared.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${BENCH_SECONDS:-40}
folder=$(mktemp -d)
servers=()
stop_servers() {
  kill "${servers[@]}" 2>/dev/null || true
  wait
  servers=()
}
trap 'stop_servers; rm -rf "$folder"' EXIT

# serve NAME [OPTIONS...]: starts a server and leaves its address in $address.
serve() {
  local log=$folder/$1
  shift
  : >"$log"
  build/bin/lastbeatd --listen 127.0.0.1:0 --http off --threads 1 "$@" 2>>"$log" &
  servers+=($!)
  for ((tries = 100; ; --tries)); do
    if grep -q "is ready" "$log"; then break; fi
    if ((tries == 0)); then
      cat "$log" >&2
      exit 1
    fi
    sleep 0.05
  done
  address=$(grep -om1 '127.0.0.1:[0-9]*' "$log")
}
counted() { build/bin/lastbeat --server "$1" stats --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["heartbeats"])'; }

printf '%-9s %12s %12s %9s %8s %8s %8s %14s\n' replicas heartbeats upstream ratio errors p50_us p99_us sidecar_cpu_us
for replicas in 1 2; do
  nodes=()
  for node in 1 2 3; do
    serve "node$node"
    nodes+=("$address")
  done
  serve sidecar --upstream "$(IFS=,; echo "${nodes[*]}")" --replicas "$replicas" --coalesce 2s
  build/bin/lastbeat-bench load --target "lastbeat://$address" --users 200000 --heartbeats 100 --connections 4 --pipeline 2 \
    --batch 1000 --rate 1000000 --duration "${seconds}s" --json "$folder/load" >"$folder/progress" 2>&1 ||
    { cat "$folder/progress" >&2 && exit 1; }
  heartbeats=$(counted "$address")
  sleep 2.5 # what waits in the window of --coalesce is sent
  upstream=0
  for node in "${nodes[@]}"; do upstream=$((upstream + $(counted "$node"))); done
  python3 - "$replicas" "$heartbeats" "$upstream" "$folder/load" <<'END'
import json
import sys

replicas, heartbeats, upstream = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(sys.argv[4]) as file:
    load = json.load(file)
per_heartbeat = load["server_cpu_seconds"] * 1e6 / load["operations"]
latency = load["latency_us"]
print(
    f"{replicas:9} {heartbeats:12,} {upstream:12,} {upstream / heartbeats:9.4f} {load['errors']:8} {latency['p50']:8.0f}"
    f" {latency['p99']:8.0f} {per_heartbeat:14.3f}"
)
END
  stop_servers
done
