#!/usr/bin/env bash
# Installs what the build needs, from the packages of Debian or Ubuntu and, for the dashboard and for tests, from npm; with
# "test" also the servers and the browser that tests talk to, with "compare" what scripts/compare.sh needs, with
# "bench-http" and "bench-idle" what the scripts of that name need, with "lint" what scripts/lint.sh needs, with "package"
# and "package-test" what it takes to build and to try packages.
# Fast and silent about apt and npm when nothing is missing, so that every make target can call it.
set -euo pipefail
cd "$(dirname "$0")/.."

PATH+=:/usr/sbin # where nginx and haproxy are, and who is not root does not look
tools=(g++ cmake make ninja git python3 pkg-config) # found by name: whoever brought them, they are good
libraries=(libasio-dev libspdlog-dev libcli11-dev libabsl-dev nlohmann-json3-dev libjwt-dev libssl-dev prometheus-cpp-dev libsystemd-dev catch2)
npm_folders=()
# Whether the build was configured without that part.
is_off() { grep -qs "^$1:BOOL=OFF\$" build/CMakeCache.txt; }
is_off LASTBEAT_WEB || npm_folders+=(server/web)
case "${1:-}" in
  "") ;;
  test)
    tools+=(redis-server memcached curl openssl prometheus promtool nginx haproxy chromium systemd-analyze dpkg-shlibdeps file ip)
    libraries+=(adduser) # no library, but a program where only root's PATH leads
    is_off LASTBEAT_WEB || npm_folders+=(tests/e2e/web)
    is_off LASTBEAT_STORE_DYNAMO || npm_folders+=(tests/server/store/dynamo)
    ;;
  package) tools+=(dpkg-shlibdeps file) ;;
  package-test) tools+=(debootstrap systemd-nspawn lintian ip) ;;
  bench-http) tools+=(wrk nginx curl) ;;
  bench-idle) tools+=(openssl) ;;
  compare) tools+=(redis-server memcached gnuplot) ;;
  lint)
    tools+=(clang clang-format clang-tidy)
    libraries+=(libclang-rt-dev)
    ;;
  *)
    echo "usage: scripts/deps.sh [test|compare|bench-http|bench-idle|lint|package|package-test]" >&2
    exit 2
    ;;
esac

# Any Boost with Beast will do. Debian 12 has two: the newer one is what is tested.
if [[ ! -e /usr/include/boost/beast/http/basic_parser.hpp ]]; then
  if grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then
    libraries+=(libboost1.81-dev)
  else
    libraries+=(libboost-dev)
  fi
fi

# Any flavour of libcurl will do.
if [[ ! -e /usr/include/curl/curl.h ]] && ! compgen -G '/usr/include/*/curl/curl.h' >/dev/null; then
  libraries+=(libcurl4-openssl-dev)
fi

# Whether a folder holds the npm packages of its lock file, which is copied beside them when they are installed.
has_packages() { cmp -s "$1/package-lock.json" "$1/node_modules/.installed"; }

if ((${#npm_folders[@]} > 0)); then tools+=(node); fi
for folder in "${npm_folders[@]}"; do
  if ! has_packages "$folder"; then
    tools+=(npm)
    break
  fi
done

# Ubuntu's packages of Chromium are scripts that call a snap, which is there or is not: if it is, PATH leads to it as well.
has_browser() {
  local program
  while read -r program; do
    if ! head -c 4096 "$program" | grep -qaF /snap/bin/chromium; then return; fi
  done < <(type -aP chromium chromium-browser google-chrome google-chrome-stable)
  return 1
}

has_tool() {
  case $1 in
    chromium) has_browser ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing=()
for tool in "${tools[@]}"; do
  if ! has_tool "$tool"; then
    case $tool in
      node) missing+=(nodejs) ;;
      chromium) if grep -qs '^ID=ubuntu' /etc/os-release; then missing+=(chromium-browser); else missing+=(chromium); fi ;;
      ninja) missing+=(ninja-build) ;;
      gnuplot) missing+=(gnuplot-nox) ;;
      nginx) missing+=(nginx-light) ;;
      promtool) missing+=(prometheus) ;;
      systemd-analyze) missing+=(systemd) ;;
      systemd-nspawn) missing+=(systemd-container) ;;
      dpkg-shlibdeps) missing+=(dpkg-dev) ;;
      ip) missing+=(iproute2) ;;
      *) missing+=("$tool") ;;
    esac
  fi
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  cat >&2 <<END
scripts/deps.sh: no apt-get here, so nothing can be installed or checked. Needed are
  tools: ${tools[*]}
  libraries: Asio (standalone, asio.hpp), spdlog, CLI11, Abseil, Boost.Beast, nlohmann-json, libjwt, OpenSSL 3, libcurl,
    prometheus-cpp, libsystemd, Catch2 (2 or 3)
  npm packages: npm ci in ${npm_folders[*]:-no folder}
Install them, then: cmake --preset release && cmake --build build
END
  exit 1
fi

# dpkg-query fails when it does not know a package, which is an answer here and not an error.
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${libraries[@]}" 2>/dev/null || true)
for library in "${libraries[@]}"; do
  grep -qxF "$library installed" <<<"$installed" || missing+=("$library")
done

install_packages() {
  as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "scripts/deps.sh: missing ${missing[*]}; run this script as root, or install sudo" >&2
      exit 1
    fi
    as_root=(sudo)
  fi

  # Only the programs are wanted: a package of a server that comes now is neither started nor enabled. A policy that is
  # there already is left to decide.
  services=()
  for package in "${missing[@]}"; do
    case $package in
      redis-server | memcached | prometheus | haproxy) services+=("$package") ;;
      nginx-light) services+=(nginx) ;;
    esac
  done
  policy=/usr/sbin/policy-rc.d
  if ((${#services[@]} > 0)) && [[ ! -e $policy ]]; then
    # shellcheck disable=SC2064 # the command as it is now
    trap "${as_root[*]} rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
  fi

  echo "installing: ${missing[*]}"
  apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
  "${apt[@]}" update
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
  if ((${#services[@]} > 0)) && command -v systemctl >/dev/null; then
    "${as_root[@]}" systemctl disable --quiet "${services[@]}" 2>/dev/null || true
  fi
}

install_npm_packages() {
  echo "installing: npm packages of $1"
  if ! (cd "$1" && npm ci --loglevel=error); then
    cat >&2 <<END
scripts/deps.sh: npm could not install what $1/package-lock.json lists, which the dashboard or tests need. To build without
the dashboard, and without DynamoDB, whose tests are the others that need npm:
  cmake --preset release -DLASTBEAT_WEB=OFF -DLASTBEAT_STORE_DYNAMO=OFF
and then again what you were doing.
END
    exit 1
  fi
  cp "$1/package-lock.json" "$1/node_modules/.installed"
}

is_complete=yes
if ((${#missing[@]} > 0)); then
  is_complete=no
  install_packages
fi
for folder in "${npm_folders[@]}"; do
  if ! has_packages "$folder"; then
    is_complete=no
    install_npm_packages "$folder"
  fi
done
if [[ $is_complete == yes ]]; then echo "everything is installed"; fi
