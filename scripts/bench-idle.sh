#!/usr/bin/env bash
# What an idle HTTP connection costs lastbeatd in memory, in clear text and over TLS: BENCH_CONNECTIONS (2000) are opened,
# make one request each and fall silent. A server of its own for each row; the kernel's own memory is not counted.
set -euo pipefail
cd "$(dirname "$0")/.."

connections=${BENCH_CONNECTIONS:-2000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost -keyout "$folder/key" -out "$folder/cert" 2>/dev/null

python3 - "$connections" "$folder" <<'END'
import re
import socket
import ssl
import subprocess
import sys
import time

connections, folder = int(sys.argv[1]), sys.argv[2]
request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * 4096


def measure(version):
    """Bytes a connection: in clear text, or with this version of TLS."""
    command = ["build/bin/lastbeatd", "--threads", "1", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]
    command += ["--max-connections", str(connections + 100)]
    if version:
        command += ["--tls-cert", folder + "/cert", "--tls-key", folder + "/key"]
        context = ssl.create_default_context(cafile=folder + "/cert")
        context.minimum_version = context.maximum_version = version
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        port = None
        for line in server.stderr:
            if found := re.search(r"HTTP on 127\.0\.0\.1:(\d+)", line):
                port = int(found[1])
            if "is ready" in line:
                break

        def connect():
            client = socket.create_connection(("127.0.0.1", port))
            if version:
                client = context.wrap_socket(client, server_hostname="localhost")
            client.sendall(request)
            if not client.recv(65536).startswith(b"HTTP/1.1 200"):
                raise SystemExit("a request was refused")
            return client

        kept = [connect() for _ in range(100)]  # what is there once, whoever comes
        before = resident_bytes(server.pid)
        kept += [connect() for _ in range(connections)]
        time.sleep(1)
        cost = (resident_bytes(server.pid) - before) / connections
        server.terminate()
        server.stderr.read()
    return cost


print(f"{connections} idle connections")
print("| connection | resident bytes each |")
print("| --- | --- |")
for name, version in [
    ("clear text", None),
    ("TLS 1.2", ssl.TLSVersion.TLSv1_2),
    ("TLS 1.3", ssl.TLSVersion.TLSv1_3),
]:
    print(f"| {name} | {measure(version):,.0f} |")
END
