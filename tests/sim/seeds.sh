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
seconds=${TONGHOP_SIM_SECONDS:-280}

said=$("$fast" --from "$from" --seeds "$seeds" --budget "$seconds")
echo "$said"
if [[ $sim != "$fast" ]]; then
    ran=$(sed -n 's/^\([0-9]*\) seeds from .*/\1/p' <<<"$said" | tail -1)
    if (( ran < seeds )); then
        echo "only $ran of $seeds seeds within $seconds s: the promise is $seeds" >&2
        exit 1
    fi
fi
if [[ $sim != "$fast" ]]; then
    "$sim" --from "$((from + 9))" --step 10 --seeds "$((seeds / 10))" --budget "$((seconds / 6))"
fi
