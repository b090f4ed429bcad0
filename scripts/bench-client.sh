#!/usr/bin/env bash
# The client library beside `lastbeat-bench load`: the same shape from both, one after the other, on one server. Each
# round makes a ratio; the table shows their medians. BENCH_SECONDS (1) a run, BENCH_ROUNDS (5), BENCH_CLIENTS (async c).
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${BENCH_SECONDS:-1}
rounds=${BENCH_ROUNDS:-5}
read -ra clients <<<"${BENCH_CLIENTS:-async c}"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
folder=$(mktemp -d)
taskset -c 0 build/bin/lastbeatd --threads 1 --listen "127.0.0.1:$port" --http off >"$folder/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
for ((tries = 100; ; --tries)); do
  if (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  if ((tries == 0)); then
    cat "$folder/log" >&2
    exit 1
  fi
  sleep 0.05
done

# load CONNECTIONS PIPELINE BATCH: operations/s
load() {
  taskset -c 1 build/bin/lastbeat-bench load --target "lastbeat://127.0.0.1:$port" --connections "$1" --pipeline "$2" \
    --batch "$3" --duration "${seconds}s" --json - 2>/dev/null |
    python3 -c 'import json, sys; print(round(json.load(sys.stdin)["operations_per_second"]))'
}
client() {
  taskset -c 1 build/bin/lastbeat-client-load "$1" "127.0.0.1:$port" "$2" "$3" "$4" "$seconds"
}

printf '%-8s %11s %8s %5s %14s %14s %6s\n' client connections pipeline batch operations/s load ratio
for shape in "4 64 1" "4 16 100" "1 16 1000"; do
  read -r connections pipeline batch <<<"$shape"
  load "$connections" "$pipeline" "$batch" >/dev/null # warms the table up
  for kind in "${clients[@]}"; do
    for ((round = 0; round < rounds; ++round)); do
      echo "$(client "$kind" "$connections" "$pipeline" "$batch") $(load "$connections" "$pipeline" "$batch")"
    done | sort -n | awk -v kind="$kind" -v c="$connections" -v p="$pipeline" -v b="$batch" '
      { client[NR] = $1; load[NR] = $2; ratio[NR] = $1 / $2 }
      function median(of, n, i, j, t) {
        for (i = 2; i <= n; ++i) for (j = i; j > 1 && of[j] < of[j - 1]; --j) { t = of[j]; of[j] = of[j - 1]; of[j - 1] = t }
        return of[int((n + 1) / 2)]
      }
      END { printf "%-8s %11d %8d %5d %14d %14d %6.2f\n", kind, c, p, b, median(client, NR), median(load, NR), median(ratio, NR) }'
  done
done
