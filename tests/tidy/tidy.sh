#!/usr/bin/env bash
# tidy.sh SOURCE - the tree check: what every file keeps to, whoever wrote it
#
# Includes (includes.awk), sizes and words (lines.awk), format (.clang-format). Prints every
# violation as FILE:LINE: what, and ends with 1 if there is one. test_tidy.sh proves each rule.

set -euo pipefail
export LC_ALL=C # awk counts bytes
cd "${1:-.}"

folders=()
for folder in include lib nodes broker workers dashboards cli tests bench; do
    [[ -d $folder ]] && folders+=("$folder")
done
mapfile -t sources < <(find "${folders[@]}" -name '*.[ch]' | sort)
mapfile -t scripts < <(find "${folders[@]}" -name '*.py' | sort)

check_format() {
    local tool
    tool=$(command -v clang-format-14) || {
        echo "clang-format-14 is not installed: the format was not checked"
        return
    }
    "$tool" --dry-run -Werror "${sources[@]}" 2>&1 | grep 'error:' | cut -c 1-160 || true
}

found=$(
    awk -f tests/tidy/includes.awk tests/tidy/doors.txt tests/tidy/order.txt "${sources[@]}"
    awk -f tests/tidy/lines.awk "${sources[@]}" "${scripts[@]}" /dev/null
    check_format
)

if [[ -n $found ]]; then
    echo "$found"
    exit 1
fi
echo "${#sources[@]} sources and ${#scripts[@]} scripts are tidy"
