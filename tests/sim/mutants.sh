#!/usr/bin/env bash
# mutants.sh SIM [FAST] - every planted bug must be found: which check killed it, after how many seeds

set -euo pipefail
sim=${1:?path of sim}
fast=${2:-$sim}
[[ -x $fast ]] || fast=$sim
exec "$fast" --mutants
