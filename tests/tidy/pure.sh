#!/usr/bin/env bash
# pure.sh SOURCE BUILD - the pure cores know no socket, file, clock, thread, randomness or malloc
#
# Lists what each core's object needs from outside, and allows: memory and string functions, the
# compiler's and the sanitizers' runtime, and the library modules named in pure.txt. What a core needs of
# its own program must be as pure as itself. Everything else is printed, and the check ends with 1.

set -euo pipefail
list=$(realpath "${1:?source directory}")/tests/tidy/pure.txt
cd "${2:?build directory}"

libc='mem(cpy|move|set|cmp|chr|rchr|mem)|str(len|nlen|cmp|ncmp|chr|rchr|spn|cspn|str)|bcmp|qsort|bsearch|strtou?ll?|v?snprintf'
runtime='__(asan|ubsan|tsan|sanitizer|gcov|stack_chk|cyg_profile)_.*|__(sancov|start___sancov|stop___sancov)_.*|__(memcpy|memmove|memset|v?snprintf)_chk|_GLOBAL_OFFSET_TABLE_|__tls_get_addr'
impure='th_random|th_hash_start'

# objects TARGET MODULE: the object of a module, and those it was split into
objects() {
    local path=CMakeFiles/$1.dir/$2 object
    for object in "$path".c.o "$path"_*.c.o; do
        [[ -f $object ]] && echo "$object"
    done
    return 0
}

defined() {
    [[ $# == 0 ]] || nm --defined-only --extern-only "$@" | awk 'NF == 3 { print $3 }'
}

needed() {
    nm --undefined-only "$@" | awk 'NF == 2 { print $2 }' | sort -u
}

mapfile -t modules < <(awk '$1 == "may" { print $2 }' "$list")
mapfile -t cores < <(awk '$1 == "core" { print $2 }' "$list")

library=()
for module in "${modules[@]}"; do
    mapfile -t -O "${#library[@]}" library < <(objects tonghop "lib/$module")
done
# A module's name may begin another's (store, store_lmdb): what is not named in the list is taken out.
kept=()
for object in "${library[@]}"; do
    [[ $object == *store_lmdb* || $object == *store_memory* ]] || kept+=("$object")
done
defined "${kept[@]}" | grep -vxE "$impure" | sort -u > tests-pure-library.txt || true

# reached PROGRAM OBJECT...: these objects and all of the same program that they need, and so on
reached() {
    local program=$1 object symbol
    local -A place=() seen=()
    shift
    for object in CMakeFiles/tonghop_"$program".dir/"$program"/*.o; do
        while read -r symbol; do
            place[$symbol]=$object
        done < <(defined "$object")
    done
    local queue=("$@")
    while [[ ${#queue[@]} -gt 0 ]]; do
        object=${queue[0]}
        queue=("${queue[@]:1}")
        [[ -n ${seen[$object]:-} ]] && continue
        seen[$object]=1
        echo "$object"
        while read -r symbol; do
            [[ -n ${place[$symbol]:-} ]] && queue+=("${place[$symbol]}")
        done < <(needed "$object")
    done
}

checked=0
bad=0
for program in nodes broker workers dashboards; do
    roots=()
    for core in "${cores[@]}"; do
        [[ ${core%%/*} == "$program" ]] &&
            mapfile -t -O "${#roots[@]}" roots < <(objects "tonghop_$program" "$core")
    done
    [[ ${#roots[@]} == 0 ]] && continue
    mapfile -t pure < <(reached "$program" "${roots[@]}")
    checked=$((checked + ${#pure[@]}))
    defined "${pure[@]}" | sort -u > tests-pure-program.txt
    for object in "${pure[@]}"; do
        name=$program/$(basename "$object" .c.o)
        for symbol in $(needed "$object" | grep -vxE "$libc|$runtime" |
            grep -vxF -f tests-pure-library.txt -f tests-pure-program.txt || true); do
            echo "$name needs $symbol, which no pure core may"
            bad=1
        done
    done
done

if [[ $checked == 0 ]]; then
    echo "skipped: no core has been built in $PWD"
    exit 77
fi
[[ $bad == 0 ]] && echo "$checked objects are pure: the cores and all of their programs that they need"
exit "$bad"
