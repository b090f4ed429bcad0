#!/usr/bin/env bash
# Installs the packages that `make package` has built into a new, smallest Debian or Ubuntu of this machine's release, and
# uses them there: first without a service manager, then under a real systemd, which is booted in a container. Needs root,
# about 1 GB in $TMPDIR and the package archive that apt is configured with. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
source_dir=$PWD packages=$PWD/build-package/packages

cannot() {
  echo "scripts/test-package.sh: cannot run: $*" >&2
  exit 1
}

((EUID == 0)) || cannot "it needs root, to make a root file system and to enter it"
for tool in debootstrap systemd-nspawn unshare ip lintian; do
  command -v "$tool" >/dev/null || cannot "$tool is not installed (scripts/deps.sh package-test installs it)"
done
ls "$packages"/*.deb >/dev/null 2>&1 || cannot "there is no package in $packages; run: make package"
unshare --mount --net true 2>/dev/null || cannot "no namespaces may be made here"
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
# Where apt has the release from.
# shellcheck disable=SC2016 # expanded by apt
mirror=$(apt-get indextargets --format '$(CODENAME) $(SITE)' 'Created-By: Packages' |
  awk -v release="$release" '$1 == release { print $2; exit }')
[[ -n $mirror ]] || cannot "apt knows no archive of $release"

work=$(mktemp -d "${TMPDIR:-/tmp}/lastbeat-package.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root

echo "== a new $release"
debootstrap --variant=minbase "$release" "$root" "$mirror" >"$work/debootstrap.log" 2>&1 || {
  tail -n 20 "$work/debootstrap.log"
  cannot "debootstrap failed"
}
mkdir "$root/test"
cp "$packages"/*.deb "$source_dir/README.md" "$source_dir"/tests/packaging/clean_root/* "$root/test/"

enter() {
  "$source_dir/tests/packaging/enter.sh" "$@"
}

echo "== packages, and what they need"
enter --online "$root" bash -ec '
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends g++ pkgconf
  apt-get -qq install -y --no-install-recommends /test/*.deb' >"$work/install.log" 2>&1 || {
  tail -n 30 "$work/install.log"
  exit 1
}

echo "== without a service manager"
enter "$root" /test/plain.sh

echo "== with systemd"
enter --online "$root" bash -ec '
  apt-get -qq install -y --no-install-recommends systemd-sysv dbus
  apt-get -qq purge -y lastbeat-server
  ln -sf /test/booted.service /etc/systemd/system/multi-user.target.wants/
  ln -sf /test/booted.service /etc/systemd/system/' >"$work/install.log" 2>&1 || {
  tail -n 30 "$work/install.log"
  exit 1
}
timeout 300 systemd-nspawn --quiet --register=no --keep-unit --private-network --directory="$root" --boot \
  systemd.log_level=err >"$work/boot.log" 2>&1 </dev/null || true
if [[ ! -e $root/test/booted.log ]]; then
  tail -n 30 "$work/boot.log"
  cannot "systemd does not boot in a container here; what was tested until then has passed"
fi
cat "$root/test/booted.log"
[[ $(tail -n 1 "$root/test/booted.log") == "all passed" ]]

echo "== lintian"
lintian --allow-root --fail-on error "$packages"/*.deb
echo "the packages passed"
