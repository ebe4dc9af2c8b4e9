#!/usr/bin/env bash
# seeds.sh SIM [FAST] - the simulator over 20,000 seeds, and every tenth again under sanitizers
#
# FAST is the optimised build, SIM that of the present preset; where there is no FAST, SIM does it all
# as far as the time allows. TONGHOP_SIM_FROM begins elsewhere, TONGHOP_SIM_SEEDS and
# TONGHOP_SIM_SECONDS say how many and how long.

set -euo pipefail
sim=${1:?path of sim}
fast=${2:-$sim}
[[ -x $fast ]] || fast=$sim
from=${TONGHOP_SIM_FROM:-1}
seeds=${TONGHOP_SIM_SEEDS:-20000}
seconds=${TONGHOP_SIM_SECONDS:-150}

"$fast" --from "$from" --seeds "$seeds" --budget "$seconds"
if [[ $sim != "$fast" ]]; then
    "$sim" --from "$((from + 9))" --step 10 --seeds "$((seeds / 10))" --budget "$((seconds / 6))"
fi
