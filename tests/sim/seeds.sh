#!/usr/bin/env bash
# seeds.sh SIM [FAST] - the simulator over 5,000 seeds, and every tenth again under sanitizers
#
# FAST is the optimised build, SIM that of the present preset, which leaves out the seeds that FAST
# runs twice; where there is no FAST, SIM does its tenth alone. How long that takes is the machine's
# affair. TONGHOP_SIM_FROM begins elsewhere, TONGHOP_SIM_SEEDS says how many.

set -euo pipefail
sim=${1:?path of sim}
fast=${2:-$sim}
[[ -x $fast ]] || fast=$sim
from=${TONGHOP_SIM_FROM:-1}
seeds=${TONGHOP_SIM_SEEDS:-5000}

if [[ $sim != "$fast" ]]; then
    "$fast" --from "$from" --seeds "$seeds"
fi
"$sim" --from "$((from + 4))" --step 10 --seeds "$((seeds / 10))"
