#!/usr/bin/env bash
# seeds.sh SIM - seeds 1, 2, ... through the simulator; in build/sim 20,000 of them
#
# Other builds (sanitizers, debugging) take as many as 15 seconds allow. TONGHOP_SIM_SEEDS and
# TONGHOP_SIM_SECONDS say otherwise; TONGHOP_SIM_FROM begins elsewhere.

set -euo pipefail
sim=${1:?path of sim}
seeds=20000
seconds=15
[[ $sim == */build/sim/* ]] && seconds=240

exec "$sim" --from "${TONGHOP_SIM_FROM:-1}" --seeds "${TONGHOP_SIM_SEEDS:-$seeds}" \
    --budget "${TONGHOP_SIM_SECONDS:-$seconds}"
