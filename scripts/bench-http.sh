#!/usr/bin/env bash
# What an HTTP request costs: wrk on lastbeatd, on a bare Asio server that answers the same bytes without reading, and on
# nginx with a static file of the same size. One server thread on one core, wrk on another, 64 connections kept alive.
# BENCH_SECONDS (1) a run, BENCH_ROUNDS (15) of them, servers taking turns; the table shows medians.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${BENCH_SECONDS:-1}
rounds=${BENCH_ROUNDS:-15}
folder=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
ticks=$(getconf CLK_TCK)

# A port that was free a moment ago.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start NAME PORT COMMAND...: the server on core 0, until it answers. Its process is in pid_NAME.
start() {
  local name=$1 port=$2
  shift 2
  taskset -c 0 "$@" >"$folder/$name.log" 2>&1 &
  servers+=($!)
  printf -v "pid_$name" %s $!
  for _ in $(seq 100); do
    if curl -s -o /dev/null --max-time 1 "http://127.0.0.1:$port/"; then return; fi
    sleep 0.1
  done
  echo "scripts/bench-http.sh: $name does not answer; it said:" >&2
  cat "$folder/$name.log" >&2
  exit 1
}

# User and system time of a process and of its children, in ticks: nginx works in a child.
cpu_ticks() {
  local pid sum=0
  for pid in "$1" $(pgrep -P "$1" || true); do
    sum=$((sum + $(awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat")))
  done
  echo "$sum"
}

# measure SERVER CALL URL [SCRIPT]: adds a line "SERVER CALL requests/s us-of-cpu-a-request" to the results.
measure() {
  local server=$1 call=$2 url=$3 pid_name=pid_$1 before after
  shift 3
  before=$(cpu_ticks "${!pid_name}")
  taskset -c 1 wrk -t 1 -c 64 -d "${seconds}s" "$@" "$url" >"$folder/wrk.log"
  after=$(cpu_ticks "${!pid_name}")
  if grep -q 'Non-2xx\|Socket errors' "$folder/wrk.log"; then
    cat "$folder/wrk.log" >&2
    exit 1
  fi
  awk -v server="$server" -v call="$call" -v used=$((after - before)) -v ticks="$ticks" '
    / requests in / { requests = $1 }
    /^Requests\/sec:/ { rate = $2 }
    END { printf "%s %s %.0f %.3f\n", server, call, rate, used / ticks * 1e6 / requests }' "$folder/wrk.log" \
    >>"$folder/results"
}

for program in wrk nginx curl; do
  command -v "$program" >/dev/null || { echo "$program is not installed: scripts/deps.sh bench-http" >&2; exit 1; }
done

lastbeat_port=$(free_port)
start lastbeat "$lastbeat_port" build/bin/lastbeatd --threads 1 --listen "127.0.0.1:$(free_port)" \
  --http "127.0.0.1:$lastbeat_port" --log-level warn
curl -s --json '{"user_id":42}' -o /dev/null "http://127.0.0.1:$lastbeat_port/heartbeat"
# What the others answer is what lastbeatd answered.
curl -s -i -o "$folder/reply" "http://127.0.0.1:$lastbeat_port/status/42"
mkdir "$folder/files" "$folder/files/status"
curl -s -o "$folder/files/status/42" "http://127.0.0.1:$lastbeat_port/status/42"

floor_port=$(free_port)
start bare "$floor_port" build/bin/lastbeat-http-floor "$floor_port" "$folder/reply"

nginx_port=$(free_port)
cat >"$folder/nginx.conf" <<END
daemon off; worker_processes 1; pid $folder/nginx.pid; error_log stderr;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000; open_file_cache max=10; default_type application/json;
  client_body_temp_path $folder/b; proxy_temp_path $folder/p; fastcgi_temp_path $folder/f;
  uwsgi_temp_path $folder/u; scgi_temp_path $folder/s;
  server { listen 127.0.0.1:$nginx_port; root $folder/files; location = / { return 200; } }
}
END
chmod -R a+rX "$folder"
start nginx "$nginx_port" nginx -c "$folder/nginx.conf" -p "$folder"

cat >"$folder/heartbeat.lua" <<'END'
wrk.method = "POST"
wrk.body = '{"user_id":42}'
wrk.headers["Content-Type"] = "application/json"
END

for _ in $(seq "$rounds"); do
  measure bare status "http://127.0.0.1:$floor_port/status/42"
  measure lastbeat status "http://127.0.0.1:$lastbeat_port/status/42"
  measure nginx static-file "http://127.0.0.1:$nginx_port/status/42"
  measure bare heartbeat "http://127.0.0.1:$floor_port/heartbeat" -s "$folder/heartbeat.lua"
  measure lastbeat heartbeat "http://127.0.0.1:$lastbeat_port/heartbeat" -s "$folder/heartbeat.lua"
done

# On a shared machine the speed changes all the time: what counts are ratios within a round, and their median.
python3 - "$folder/results" <<'END'
import statistics
import sys

runs = {}
for line in open(sys.argv[1]):
    server, call, rate, cpu = line.split()
    runs.setdefault((server, call), []).append((float(rate), float(cpu)))

print("| call | server | requests/s | server CPU, us a request | times the bare server, and its quartiles |")
print("| --- | --- | --- | --- | --- |")
for server, call, floor in (
    ("bare", "status", "status"),
    ("lastbeat", "status", "status"),
    ("nginx", "static-file", "status"),
    ("bare", "heartbeat", "heartbeat"),
    ("lastbeat", "heartbeat", "heartbeat"),
):
    mine = runs[server, call]
    ratios = [own[1] / bare[1] for own, bare in zip(mine, runs["bare", floor])]
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    rate, cpu = (statistics.median(run[i] for run in mine) for i in (0, 1))
    print(f"| {call} | {server} | {rate:,.0f} | {cpu:.2f} | {middle:.2f} ({low:.2f} to {high:.2f}) |")
END
