#!/usr/bin/env bash
# shell.sh SOURCE - shellcheck over every bash script

set -euo pipefail
cd "${1:-.}"

command -v shellcheck > /dev/null || {
    echo "skipped: shellcheck is not installed"
    exit 77
}
scripts=()
for file in .ci/run scripts/* tests/acceptance/* tests/sim/* tests/tidy/* share/demo/* dist/*; do
    if [[ -f $file ]] && { [[ $file == *.sh ]] || head -n 1 "$file" | grep -q '^#!.*bash'; }; then
        scripts+=("$file")
    fi
done
# SC2317: functions called by a name in a variable are reached.
shellcheck --exclude=SC2317 --external-sources --source-path=SCRIPTDIR --source-path=. "${scripts[@]}"
echo "${#scripts[@]} scripts are clean"
