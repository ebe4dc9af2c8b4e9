# lib.sh - what the scripts here share; sourced with the root of the tree as current directory
# shellcheck shell=bash

EX_UNAVAILABLE=69

say() {
    printf '%s\n' "$*"
}

die() { # STATUS MESSAGE
    printf '%s\n' "$2" >&2
    exit "$1"
}

# packages KIND: names of packages.txt; KIND "deep" gives all of them, "usual" those without a mark
packages() {
    awk -v kind="$1" '$1 ~ /^[a-z]/ && (NF == 1 || $2 == kind) { print $1 }' scripts/packages.txt
}

packages_missing() { # KIND
    local name
    for name in $(packages "$1"); do
        # shellcheck disable=SC2016 # dpkg-query's own variable
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2> /dev/null) == installed ]] ||
            printf '%s\n' "$name"
    done
}

# Install what is missing, as root or by a sudo that does not ask; otherwise say how, and exit 69.
install_packages() { # KIND
    local missing as_root=() by_hand
    mapfile -t missing < <(packages_missing "$1")
    [[ ${#missing[@]} == 0 ]] && return
    by_hand="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    if [[ $(id -u) != 0 ]]; then
        if ! command -v sudo > /dev/null || ! sudo -n true 2> /dev/null; then
            die "$EX_UNAVAILABLE" "Packages are missing. As root: $by_hand"
        fi
        as_root=(sudo -n)
    fi
    say "Installing: ${missing[*]}"
    mkdir -p build
    if ! {
        "${as_root[@]}" apt-get update &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y --no-install-recommends "${missing[@]}"
    } < /dev/null > build/packages.log 2>&1; then
        tail -n 5 build/packages.log >&2
        die "$EX_UNAVAILABLE" "apt-get failed (build/packages.log). By hand: $by_hand"
    fi
}

# build PRESET [TARGET...]: configure and build with all cores; a failure shows what the compiler said
build() {
    local preset=$1 log=build/$1/build.log begun=$SECONDS targets=()
    shift
    [[ $# -gt 0 ]] && targets=(--target "$@")
    mkdir -p "build/$preset"
    if ! {
        cmake --preset "$preset" &&
            cmake --build --preset "$preset" -j "$(nproc)" "${targets[@]}"
    } < /dev/null > "$log" 2>&1; then
        grep -E -A 6 'error:|FAILED:|CMake Error|undefined reference' "$log" | head -n 40 >&2
        die 1 "The build of $preset failed; all of it: $log"
    fi
    say "Built $preset in $((SECONDS - begun)) s ($log)"
}

# run_tests PRESET [CTEST ARGUMENT...]: prints failures, what was skipped and why, and ctest's summary
# line last; returns what ctest returned
run_tests() {
    local preset=$1 status=0
    local log=build/$1/test.log results=$PWD/build/$1/test.xml
    shift
    ctest --preset "$preset" -j "$(nproc)" --test-output-size-passed 200000 \
        --output-junit "$results" "$@" < /dev/null > "$log" 2>&1 || status=$?
    python3 scripts/results.py "$results" "$log" || true
    [[ $status == 0 ]] || say "All of the output: $log"
    grep -E '^([0-9]+% tests passed|No tests were found)' "$log" || tail -n 3 "$log"
    return "$status"
}

# The simulator runs in a fast build of its own: its tests are given build/sim/tests/sim.
build_simulator() {
    if compgen -G 'tests/sim/*.c' > /dev/null; then
        build sim sim
    fi
}
