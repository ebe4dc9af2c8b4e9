#!/usr/bin/env bash
# docs.sh SOURCE - links between the documents lead to files that exist

set -euo pipefail
cd "${1:-.}"

bad=0
checked=0
while IFS= read -r page; do
    while IFS= read -r target; do
        checked=$((checked + 1))
        if [[ ! -e $(dirname "$page")/${target%%#*} ]]; then
            echo "$page: $target does not exist"
            bad=1
        fi
    done < <(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/)$//' |
        grep -vE '^(https?:|mailto:|#)' || true)
done < <(find . -name '*.md' -not -path './build/*' -not -path './.git/*' | LC_ALL=C sort)
[[ $bad == 0 ]] && echo "$checked links lead somewhere"
exit "$bad"
