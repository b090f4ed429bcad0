#!/usr/bin/env bash
# A short load against a server of its own on a free loopback port. Arguments go to `lastbeat-bench load`.
set -euo pipefail
cd "$(dirname "$0")/.."

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
build/bin/lastbeatd --listen "127.0.0.1:$port" --http off &
server=$!

# The status of the script is the bench's, or else the server's.
stop() {
  local status=$?
  trap - EXIT
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" || ((status)) || status=$?
  exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for ((tries = 100; ; --tries)); do
  if (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  if ! kill -0 "$server" 2>/dev/null || ((tries == 0)); then
    echo "scripts/bench.sh: lastbeatd does not accept connections on port $port" >&2
    exit 1
  fi
  sleep 0.05
done

build/bin/lastbeat-bench load --target "lastbeat://127.0.0.1:$port" --connections 64 --duration 10s "$@"
