#!/usr/bin/env bash
# What `cmake --install` has put below a prefix, used as somebody outside would: in an empty folder, with nothing but the
# prefix and what the system has. Each function is a test; tests/packaging/CMakeLists.txt names them.
#
# install_test.sh FUNCTION PREFIX SOURCE_DIR [CXX]
set -euo pipefail

name=$1 prefix=$2 source_dir=$3 cxx=${4:-g++}
empty=$(mktemp -d)
server=
clean_up() {
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" || true
  fi
  rm -rf "$empty"
}
trap clean_up EXIT
cd "$empty"

libdir=$(dirname "$(find "$prefix" -name pkgconfig)")
export PKG_CONFIG_PATH=$libdir/pkgconfig
export LD_LIBRARY_PATH=$libdir

fail() {
  echo "$*" >&2
  exit 1
}

# Starts the installed lastbeatd and sets `address`.
start_server() {
  address=unix:$empty/socket
  "$prefix/bin/lastbeatd" --listen "$address" --http off "$@" 2>server.log &
  server=$!
  for _ in {1..600}; do
    if grep -q "is ready" server.log; then return; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  fail "lastbeatd does not serve: $(cat server.log)"
}

# The libraries of ours that a program needs to start.
needed() {
  readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*lastbeat.*\)\]/\1/p'
}

# prints TEXT COMMAND...: what the command prints begins with the text, line ends seen as spaces.
prints() {
  local output
  output=$("${@:2}")
  [[ ${output//$'\n'/ } == "$1"* ]] || fail "${*:2} prints '$output'"
}

build_by_find_package() {
  mkdir build
  cmake -S "$source_dir/tests/packaging/outside" -B build -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_BUILD_TYPE=Debug -DLIBRARY="$1" -DEXAMPLES="$source_dir/examples"
  cmake --build build
}

find_package_shared() {
  build_by_find_package lastbeat::lastbeat
  [[ $(needed build/outside) == liblastbeat.so.0 ]] || fail "it needs '$(needed build/outside)'"
  start_server
  build/outside "$address"
  prints "42 online" build/outside_c "$address"
}

find_package_static() {
  build_by_find_package lastbeat::static
  [[ -z $(needed build/outside) ]] || fail "it needs '$(needed build/outside)'"
  start_server
  env -u LD_LIBRARY_PATH build/outside "$address"
  prints "42 online" build/outside_c "$address"
  prints "sent online" build/outside_async "$address"
}

# Before 1.0 another minor version may be another interface.
find_package_version() {
  local wanted
  for wanted in 0.0 0.2 1.0; do
    printf 'cmake_minimum_required(VERSION 3.21)\nproject(p NONE)\nfind_package(lastbeat %s REQUIRED)\n' $wanted >CMakeLists.txt
    if cmake -B build -DCMAKE_PREFIX_PATH="$prefix" >out 2>&1; then fail "it passes for version $wanted"; fi
    grep -q "considered but not accepted" out || fail "$(cat out)"
  done
}

# The program of README.md, and the line that compiles it there.
write_readme_program() {
  # shellcheck disable=SC2016 # backticks of Markdown
  sed -n '/^```cpp$/,/^```$/p' "$source_dir/README.md" | sed '/^```/d' >main.cpp
  [[ $(wc -l <main.cpp) -ge 10 ]] || fail "README.md has no program"
  compile=$(grep -o 'g++ .*pkg-config.*' "$source_dir/README.md")
}

check_readme_program() {
  start_server
  [[ $(./a.out "$address") == "42 is online" ]] || fail "it says '$(./a.out "$address" 2>&1)'"
  [[ $("$prefix/bin/lastbeat" --server "$address" status 42) == "42 online 0s"* ]] || fail "the server does not know of it"
}

pkg_config_shared() {
  write_readme_program
  bash -ec "$compile"
  [[ $(needed a.out) == liblastbeat.so.0 ]] || fail "it needs '$(needed a.out)'"
  check_readme_program
}

pkg_config_static() {
  write_readme_program
  bash -ec "${compile/--cflags/--static --cflags} -static"
  if readelf -d a.out | grep NEEDED; then fail "it is not static"; fi
  check_readme_program
}

pkg_config_async() {
  # shellcheck disable=SC2046 # words are wanted
  "$cxx" -std=c++20 "$source_dir/examples/callback.cpp" $(pkg-config --cflags --libs lastbeat-async)
  [[ -z $(needed a.out) ]] || fail "it needs '$(needed a.out)'"
  start_server
  prints "sent online" ./a.out "$address"
}

document_links() {
  local document link folder=$prefix/share/doc/lastbeat
  while read -r document; do
    while read -r link; do
      [[ -e $(dirname "$document")/$link ]] || fail "$document links to $link, which is not there"
    done < <(grep -oE '\]\((\.\./)?[a-z][a-z/.-]*[a-z](#|\))' "$document" | sed -E 's/^..//; s/.$//' | grep -vE '^https?:')
  done < <(find "$folder" -name '*.md')
  [[ -e $folder/docs/stores.md ]] || fail "there are no documents"
}

# Nothing of what the library is made of shows: only lastbeat's own names, and what every C++ library has of std's.
symbols() {
  local others
  others=$(nm -DC --defined-only "$libdir/liblastbeat.so" | cut -d ' ' -f 3- |
    grep -vE '^(typeinfo (name )?for |vtable for |guard variable for )?(lastbeat::|lastbeat_|std::|__gnu_cxx::)' || true)
  [[ -z $others ]] || fail "it shows: $others"
  others=$(nm -DC --defined-only "$libdir/liblastbeat.so" | cut -d ' ' -f 3- | grep -vE '^[a-z ]*std::' |
    grep -E 'lastbeat::(protocol|text)::|::Impl|asio::' || true)
  [[ -z $others ]] || fail "it shows: $others"
}

soname() {
  readelf -d "$libdir/liblastbeat.so" | grep -q 'SONAME.*\[liblastbeat.so.0\]' || fail "$(readelf -d "$libdir/liblastbeat.so")"
  [[ $(readlink "$libdir/liblastbeat.so") == liblastbeat.so.0 && -e $libdir/liblastbeat.so.0 ]] || fail "$(ls -l "$libdir")"
}

# The unit starts what was installed, and leaves it little of the system to reach.
unit() {
  local unit=$prefix/lib/systemd/system/lastbeatd.service
  grep -q "^ExecStart=$prefix/bin/lastbeatd --config $prefix/etc/lastbeat/lastbeatd.toml\$" "$unit" || fail "$(cat "$unit")"
  systemd-analyze verify --man=no "$unit" 2>&1 | tee out
  [[ ! -s out ]] || fail "systemd-analyze has something to say"
  systemd-analyze security --no-pager --offline=yes --threshold=20 "$unit" || fail "it may do too much"
}

config() {
  start_server --config "$prefix/etc/lastbeat/lastbeatd.toml"
  "$prefix/bin/lastbeat" --server "$address" ping
}

man_pages() {
  local page
  for page in man8/lastbeatd.8 man1/lastbeat.1 man1/lastbeat-bench.1; do
    gzip -dc "$prefix/share/man/$page.gz" | grep -q '^\.SH SYNOPSIS' || fail "$page is no manual page"
  done
}

"$name"
