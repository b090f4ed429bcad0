#!/usr/bin/env bash
# Configures a CMake preset, with Ninja where it is installed and the build tree is new: scripts/configure.sh PRESET TREE
set -euo pipefail
generator=()
if [[ ! -e "$2/CMakeCache.txt" ]] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
cmake --preset "$1" "${generator[@]}" -Wno-dev --log-level=WARNING
