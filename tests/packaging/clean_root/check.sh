# shellcheck shell=bash
# Sourced by the scripts of this folder.
set -euo pipefail

# check WHAT COMMAND...: names what is wrong when the command fails.
check() {
  local what=$1
  shift
  if ! "$@" >/tmp/output 2>&1; then
    echo "FAILED: $what: $*"
    cat /tmp/output
    exit 1
  fi
  echo "ok: $what"
}

# says TEXT COMMAND...: what the command prints begins with the text.
says() {
  local text=$1 output
  shift
  output=$("$@" 2>&1) || true
  [[ $output == "$text"* ]] || {
    echo "it says '$output', not '$text'"
    return 1
  }
}

# is_empty COMMAND...: the command prints nothing.
is_empty() {
  local output
  output=$("$@" 2>&1)
  [[ -z $output ]] || {
    echo "$output"
    return 1
  }
}

# fails COMMAND...
fails() {
  if "$@"; then return 1; fi
}

# eventually COMMAND...: within half a minute.
eventually() {
  for _ in {1..300}; do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  "$@"
}

# The program of README.md, compiled with the line there, in an empty folder.
readme_program() {
  local folder
  folder=$(mktemp -d)
  cd "$folder"
  # shellcheck disable=SC2016 # backticks of Markdown
  sed -n '/^```cpp$/,/^```$/p' /test/README.md | sed '/^```/d' >main.cpp
  bash -ec "$(grep -o 'g++ .*pkg-config.*' /test/README.md)"
  says "42 is online" ./a.out
}
