#!/usr/bin/env bash
# enter.sh [--online] ROOT COMMAND...: runs the command in another root, with process ids, a /proc and, unless it is to
# be online, a network of its own. Root only.
set -euo pipefail

isolate=(--net) up='ip link set lo up'
if [[ $1 == --online ]]; then
  isolate=() up=:
  shift
  cp --remove-destination /etc/resolv.conf "$1/etc/resolv.conf"
fi
# shellcheck disable=SC2016 # expanded by the inner shell
exec unshare --mount --pid --fork "${isolate[@]}" bash -ec "$up"'
  root=$1; shift
  mount -t proc proc "$root/proc"
  exec chroot "$root" "$@"' - "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "${@:2}"
