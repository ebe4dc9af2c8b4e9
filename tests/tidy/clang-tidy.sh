#!/usr/bin/env bash
# clang-tidy.sh SOURCE BUILD [FILE...] - clang-tidy 14 over the own files (or the named ones)
#
# Settings in .clang-tidy. What a check gets wrong is silenced at its line: // NOLINT(name): why
# A file that was clean is not looked at again until it, a header or a setting changes: BUILD/tidy
# has a mark for each.

set -euo pipefail
source_dir=$(realpath "${1:?source directory}")
build_dir=$(realpath "${2:?build directory}")
shift 2
cd "$source_dir"

command -v clang-tidy-14 > /dev/null || {
    echo "skipped: clang-tidy-14 is not installed"
    exit 77
}

folders=()
for folder in lib nodes broker workers dashboards cli tests bench; do
    [[ -d $folder ]] && folders+=("$folder")
done
sources=("$@")
[[ $# -gt 0 ]] || mapfile -t sources < <(find "${folders[@]}" -name '*.c' | LC_ALL=C sort)

marks=$build_dir/tidy
mkdir -p "$marks"
shared=$(find .clang-tidy tests/.clang-tidy include "${folders[@]}" proto \
    \( -name '*.[ch]' -o -name '*.def' -o -name '.clang-tidy' -o -name '*.proto' \) ! -name '*.c' -print0 |
    LC_ALL=C sort -z | xargs -0 cat | sha256sum)
changed=()
for file in "${sources[@]}"; do
    mark=$marks/$({ echo "$shared $file" && cat "$file"; } | sha256sum | cut -c 1-32)
    [[ -e $mark ]] || changed+=("$file" "$mark")
done

# The compile commands are gcc's: flags that clang does not know are no finding. One file a call:
# with several, the analyser takes va_list arguments for uninitialised ones.
look_at() { # BUILD FILE MARK
    local out
    if out=$(clang-tidy-14 -p "$1" --quiet --extra-arg=-Wno-unknown-warning-option "$2" 2>&1); then
        touch "$3"
    else
        grep -E '(error|warning):' <<< "$out" || echo "$out"
        return 1
    fi
}
export -f look_at

if [[ ${#changed[@]} -gt 0 ]]; then
    # shellcheck disable=SC2016 # expanded by the inner bash
    printf '%s\0' "${changed[@]}" |
        xargs -0 -n 2 -P "$(nproc)" bash -c 'look_at "$0" "$@"' "$build_dir" || exit 1
fi
echo "clang-tidy has nothing to say about ${#sources[@]} files ($((${#changed[@]} / 2)) were new to it)"
