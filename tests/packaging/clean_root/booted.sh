#!/usr/bin/env bash
# The life of the service under systemd: installed, used, upgraded, removed.
# shellcheck source=check.sh
source /test/check.sh
export DEBIAN_FRONTEND=noninteractive

property() {
  systemctl show --property "$1" --value lastbeatd
}
journal_says() {
  journalctl --unit lastbeatd --output cat | grep -E "$1"
}
is_another_process() {
  [[ $(property MainPID) != 0 && $(property MainPID) != "$1" ]]
}
answers() {
  eventually lastbeat ping
}

check "the package can be installed" dpkg --install /test/lastbeat-server_*.deb
check "the service has been started" systemctl is-active lastbeatd
check "it serves, as confined as it is" answers
check "it runs as lastbeat" says lastbeat stat --format %U "/proc/$(property MainPID)"
check "over HTTP too" bash -c 'exec 3<>/dev/tcp/127.0.0.1/7231; printf "GET /healthz HTTP/1.0\r\n\r\n" >&3; grep -q "200 OK" <&3'
check "its unit is in order" systemd-analyze verify --man=no lastbeatd.service
check "the program of the README runs" readme_program
check "lastbeat-bench finds no wrong answer" lastbeat-bench check --users 1000 --silent 1% --duration 3s
check "it complains about nothing" fails journal_says '\[(warning|error)\]'

printf 'listen = ["127.0.0.1:7230", "unix:/run/lastbeat/lastbeat.sock"]\nlog-level = "debug"\n' >>/etc/lastbeat/lastbeatd.toml
process=$(property MainPID)
check "a reload succeeds" systemctl reload lastbeatd
check "and keeps the process" [ "$(property MainPID)" = "$process" ]
check "a restart succeeds" systemctl restart lastbeatd
check "a unix socket works" says pong lastbeat --server unix:/run/lastbeat/lastbeat.sock ping
check "only its group gets there" says 770 stat --format %a /run/lastbeat/lastbeat.sock

process=$(property MainPID)
kill -KILL "$process"
check "it comes back after it was killed" eventually is_another_process "$process"
check "and serves" answers

process=$(property MainPID)
check "an upgrade succeeds" dpkg --install /test/lastbeat-server_*.deb
check "it restarts the service" is_another_process "$process"
check "which serves" answers
check "the configuration that was changed stays" grep -q '^log-level = "debug"' /etc/lastbeat/lastbeatd.toml

echo 'ttl = "never"' >>/etc/lastbeat/lastbeatd.toml
check "a bad configuration is refused" fails systemctl restart lastbeatd
check "and the journal says why" journal_says "'never'.*allowed"

check "the package can be removed" dpkg --remove lastbeat-server
check "the service is gone" fails systemctl is-active lastbeatd
check "the configuration stays" test -e /etc/lastbeat/lastbeatd.toml
check "the package can be purged" dpkg --purge lastbeat-server
check "nothing of it is left" is_empty find /etc /usr /var -name "lastbeatd*" -not -path "/var/log/*"
echo "all passed"
