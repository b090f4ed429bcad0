#!/usr/bin/env bash
# Every check of the sources that needs no test run. All checks run, the failed ones are named at the end.
# An argument, or LINT_BASE, is a git ref: clang-tidy then looks only at what has changed since.
set -euo pipefail
cd "$(dirname "$0")/.."

base=${1:-${LINT_BASE:-}}
jobs=$(nproc)
if command -v ninja >/dev/null; then export CMAKE_GENERATOR="${CMAKE_GENERATOR:-Ninja}"; fi

# Tracked and new files that match, deleted ones left out.
sources() {
  git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
    if [[ -f $file ]]; then echo "$file"; fi
  done
}

need() {
  command -v "$1" >/dev/null && return
  echo "cannot run: $1 is not installed (scripts/deps.sh lint installs it)"
  return 1
}

check_format() {
  need clang-format || return
  sources '*.cpp' '*.hpp' | xargs -d '\n' clang-format --dry-run -Werror
}

# The optimised build, since its warnings see more; headers alone are left to clang.
check_gcc() {
  need g++ || return
  local compiler=()
  # A tree that is gcc's already is not told so: under another name for the same compiler CMake builds everything again.
  if ! grep -qs '^set(CMAKE_CXX_COMPILER_ID "GNU")' build/CMakeFiles/*/CMakeCXXCompiler.cmake; then
    compiler=(-DCMAKE_CXX_COMPILER=g++)
  fi
  cmake --preset release "${compiler[@]}" && cmake --build build --parallel "$jobs"
}

changed() {
  git diff --name-only --diff-filter=d "$base" -- "$@" && git ls-files --others --exclude-standard -- "$@"
}

# The tree that scripts/sanitize.sh tests and scripts/fuzz.sh fuzzes. Headers that have changed are compiled alone.
check_clang() {
  need clang++ || return
  local headers=
  if [[ -n $base ]]; then
    headers=$(changed '*.hpp' | paste -sd ';')
    headers=${headers:-none}
  fi
  cmake --preset asan -DLASTBEAT_CHANGED_HEADERS="$headers" && cmake --build build-asan --parallel "$jobs"
}

# The .cpp files that clang-tidy is to read. A changed header is read through the .cpp files of its folder and through
# the file that compiles it alone.
tidy_sources() {
  if [[ -z $base ]]; then
    sources '*.cpp'
    return
  fi
  changed '*.cpp' '*.hpp' | while read -r file; do
    if [[ $file == *.cpp ]]; then
      echo "$file"
    else
      sources ":(glob)$(dirname "$file")/*.cpp"
      grep -o "/[^\"]*/header_checks/[^\"]*/${file##*/}\.cpp\"\$" build-asan/compile_commands.json | tr -d '"' || true
    fi
  done | sort -u
}

check_tidy() {
  need clang-tidy || return
  local database=build-asan/compile_commands.json files file failed=0
  if [[ ! -f $database ]]; then
    echo "cannot run: no $database, because preset asan does not configure"
    return 1
  fi
  files=$(tidy_sources) || return
  if [[ -z $files ]]; then
    echo "no source has changed since $base"
    return
  fi
  while read -r file; do
    if ! grep -qF "/$file\"" "$database"; then
      echo "$file: no target builds it"
      failed=1
    fi
  done <<<"$files"
  # Output is kept back until a file is through, so that findings of two files do not mix.
  # shellcheck disable=SC2016 # expanded by the inner shell
  xargs -d '\n' -P "$jobs" -n 1 bash -c '
    output=$(clang-tidy --quiet -p build-asan "$0" 2>&1) || { printf "%s\n" "$output"; exit 1; }' <<<"$files" || failed=1
  return "$failed"
}

check_scripts() {
  local scripts script failed=0
  mapfile -t scripts < <(sources '*.sh' .ci/run packaging/debian/p*)
  for script in "${scripts[@]}"; do
    bash -n "$script" || failed=1
  done
  if command -v shellcheck >/dev/null; then
    shellcheck --external-sources --source-path=SCRIPTDIR "${scripts[@]}" || failed=1
  else
    echo "shellcheck is not installed: only the syntax was checked"
  fi
  return "$failed"
}

if ! git rev-parse --verify --quiet "${base:-HEAD}^{commit}" >/dev/null; then
  echo "scripts/lint.sh: needs a git checkout that holds ${base:-a commit}" >&2
  exit 1
fi

failures=()
for check in format gcc clang tidy scripts; do
  echo "== lint: $check"
  "check_$check" || failures+=("$check")
done
if ((${#failures[@]} > 0)); then
  echo "lint failed: ${failures[*]}"
  exit 1
fi
echo "lint passed"
