#!/usr/bin/env bash
# The installed packages in a root without a service manager. Port numbers are the usual ones: it has a network of its own.
# shellcheck source=check.sh
source /test/check.sh

check "the user lastbeat has no home and no shell" \
  grep -q '^lastbeat:x:[0-9]*:[0-9]*:.*:/nonexistent:/usr/sbin/nologin$' /etc/passwd
check "the configuration is a conffile" grep -q '^/etc/lastbeat/lastbeatd.toml$' /var/lib/dpkg/info/lastbeat-server.conffiles
check "the service is enabled" test -e /etc/systemd/system/multi-user.target.wants/lastbeatd.service
check "every file is as it was packed" is_empty dpkg --verify lastbeat-server lastbeat-client lastbeat-bench liblastbeat0 liblastbeat-dev

setpriv --reuid=lastbeat --regid=lastbeat --clear-groups lastbeatd --config /etc/lastbeat/lastbeatd.toml 2>/tmp/server.log &
server=$!
check "lastbeatd serves" eventually lastbeat ping
check "a user who sends a heartbeat is online" says "ok" lastbeat heartbeat 7
check "and is seen" says "7 online" lastbeat status 7
check "the program of the README compiles and runs" readme_program
check "lastbeat-bench finds no wrong answer" lastbeat-bench check --users 1000 --silent 1% --duration 3s
kill "$server"
check "lastbeatd stops" wait "$server"

echo "#mine" >>/etc/lastbeat/lastbeatd.toml
check "an upgrade succeeds" dpkg --install /test/lastbeat-server_*.deb
check "and keeps a configuration that was changed" grep -q '^#mine$' /etc/lastbeat/lastbeatd.toml
check "the package can be removed" dpkg --remove lastbeat-server
check "the configuration stays" grep -q '^#mine$' /etc/lastbeat/lastbeatd.toml
check "the package can be purged" dpkg --purge lastbeat-server
check "nothing of it is left" is_empty find /etc /usr/bin /usr/lib/systemd /usr/share/doc /usr/share/man /var/lib \
  -name "lastbeatd*" -o -name "lastbeat-server*"
