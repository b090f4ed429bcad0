#!/usr/bin/env bash
# The packages that CPack has built. Each function is a test; tests/packaging/CMakeLists.txt names them.
#
# packages_test.sh FUNCTION PACKAGES SOURCE_DIR VERSION; exit status 77 when the test cannot run here, and says why.
set -euo pipefail

name=$1 packages=$2 source_dir=$3 version=$4
folder=$(mktemp -d)
trap 'rm -rf --one-file-system "$folder"' EXIT

fail() {
  echo "$*" >&2
  exit 1
}

cannot() {
  echo "cannot run: $*" >&2
  exit 77
}

# field PACKAGE FIELD
field() {
  dpkg-deb --field "$(package "$1")" "$2"
}

# The file of a package; there must be one.
package() {
  local files=("$packages/${1}_${version}"_*.deb)
  [[ ${#files[@]} == 1 && -e ${files[0]} ]] || fail "not one package $1 in $packages: $(ls "$packages")"
  echo "${files[0]}"
}

needs() {
  local name
  for name in lastbeat-server lastbeat-client lastbeat-bench liblastbeat0; do
    [[ $(field $name Depends) == *"libc6 (>= "* ]] || fail "$name depends on '$(field $name Depends)'"
    [[ $(field $name Depends) != *lastbeat* ]] || fail "$name depends on '$(field $name Depends)'"
  done
  [[ $(field lastbeat-server Depends) == *adduser* ]] || fail "lastbeat-server makes a user without adduser"
  [[ $(field liblastbeat-dev Depends) == *"liblastbeat0 (= $version)"* ]] || fail "liblastbeat-dev takes any liblastbeat0"
  dpkg-deb --info "$(package liblastbeat0)" shlibs | grep -q '^liblastbeat 0 liblastbeat0 ' || fail "liblastbeat0 has no shlibs"
}

contents() {
  local name wrong
  for name in lastbeat-server lastbeat-client lastbeat-bench liblastbeat0 liblastbeat-dev; do
    dpkg-deb --contents "$(package $name)" >listing
    wrong=$(grep -vE '^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) root/root ' listing || true)
    [[ -z $wrong ]] || fail "$name: $wrong"
    grep -qE " ./usr/share/doc/$name/copyright\$" listing || fail "$name has no copyright"
    sed -nE 's/^[-l].* \.(\/.*)$/\1/p' listing | sed 's/ -> .*//'
  done | grep -v '^/usr/share/doc/' | sed -E 's,/lib/[^/]+-linux-gnu/,/lib/,' | LC_ALL=C sort >files
  for name in /etc/lastbeat/lastbeatd.toml /usr/bin/lastbeat /usr/bin/lastbeat-bench /usr/bin/lastbeatd \
    /usr/include/lastbeat/client.hpp /usr/lib/cmake/lastbeat/lastbeatConfig.cmake /usr/lib/liblastbeat.a \
    /usr/lib/liblastbeat.so.0 /usr/lib/pkgconfig/lastbeat.pc /usr/share/man/man8/lastbeatd.8.gz; do
    [[ $(grep -cx "$name" files) == 1 ]] || fail "not one $name in: $(cat files)"
  done
  dpkg-deb --control "$(package lastbeat-server)" control
  [[ $(cat control/conffiles) == /etc/lastbeat/lastbeatd.toml ]] || fail "conffiles: $(cat control/conffiles)"
  for name in postinst prerm postrm; do [[ -x control/$name ]] || fail "$name is no program"; done
}

# What is installed goes into memory, above the files of this system; nothing of it is left when the namespace ends.
life() {
  local place
  ((EUID == 0)) || cannot "dpkg installs as root only"
  for place in /etc /usr /var; do
    if mountpoint --quiet "$place"; then cannot "$place is a file system of its own"; fi
  done
  unshare --mount --pid --fork --net true 2>out || cannot "no namespaces may be made here: $(cat out)"
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount bash -ec '
    packages=$1 source_dir=$2
    mount -t tmpfs tmpfs . && cd "$PWD"
    mkdir upper work root
    mount -t overlay overlay -o "lowerdir=/,upperdir=$PWD/upper,workdir=$PWD/work" root || exit 77
    mount --rbind /dev root/dev
    mkdir root/test
    cp "$packages"/*.deb "$source_dir/README.md" "$source_dir"/tests/packaging/clean_root/* root/test/
    "$source_dir/tests/packaging/enter.sh" root bash -c "dpkg --install /test/*.deb && /test/plain.sh"
  ' - "$packages" "$source_dir" 2>&1 | tee out && return
  if grep -q '^mount: ' out; then cannot "$(cat out)"; fi
  return 1
}

cd "$folder"
"$name"
