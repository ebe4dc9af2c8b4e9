#!/usr/bin/env bash
# clang-tidy.sh SOURCE BUILD [FILE...] - clang-tidy 14 over the own files (or the named ones)
#
# Settings in .clang-tidy. What a check gets wrong is silenced at its line: // NOLINT(name): why

set -euo pipefail
source_dir=$(realpath "${1:?source directory}")
build_dir=$(realpath "${2:?build directory}")
shift 2
cd "$source_dir"

tool=$(command -v clang-tidy-14) || {
    echo "skipped: clang-tidy-14 is not installed"
    exit 77
}

if [[ $# -gt 0 ]]; then
    sources=("$@")
else
    mapfile -t sources < <(find lib nodes broker workers dashboards cli tests bench -name '*.c' 2> /dev/null | sort)
fi

# The compile commands are gcc's: flags that clang does not know are no finding.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# One file a call: with several, the analyser takes va_list arguments for uninitialised ones.
printf '%s\0' "${sources[@]}" |
    xargs -0 -n 1 -P "$(nproc)" "$tool" -p "$build_dir" --quiet \
        --extra-arg=-Wno-unknown-warning-option > "$log" 2>&1 || status=$?
grep -E '(error|warning):' "$log" | grep -v 'warnings treated' | sort -u || true
[[ $status == 0 ]] && echo "clang-tidy has nothing to say about ${#sources[@]} files"
exit "$((status > 0))"
