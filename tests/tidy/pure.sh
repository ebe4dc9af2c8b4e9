#!/usr/bin/env bash
# pure.sh SOURCE BUILD - the pure cores know no socket, file, clock, thread, randomness or malloc
#
# Lists what each core's object needs from outside, and allows: memory and string functions, the
# compiler's and the sanitizers' runtime, the cores of the same program, and the library modules named
# in pure.txt. Everything else is printed, and the check ends with 1.

set -euo pipefail
list=$(realpath "${1:?source directory}")/tests/tidy/pure.txt
cd "${2:?build directory}"

libc='mem(cpy|move|set|cmp|chr|rchr|mem)|str(len|nlen|cmp|ncmp|chr|rchr|spn|cspn|str)|bcmp|qsort|bsearch'
runtime='__(asan|ubsan|tsan|sanitizer|gcov|stack_chk|cyg_profile)_.*|__(sancov|start___sancov|stop___sancov)_.*|__(memcpy|memmove|memset)_chk|_GLOBAL_OFFSET_TABLE_|__tls_get_addr'
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

checked=0
bad=0
for core in "${cores[@]}"; do
    program=${core%%/*}
    mapfile -t own < <(objects "tonghop_$program" "$core")
    [[ ${#own[@]} == 0 ]] && continue
    checked=$((checked + 1))
    siblings=()
    for other in "${cores[@]}"; do
        [[ ${other%%/*} == "$program" ]] &&
            mapfile -t -O "${#siblings[@]}" siblings < <(objects "tonghop_$program" "$other")
    done
    needed=$(nm --undefined-only "${own[@]}" | awk 'NF == 2 { print $2 }' | sort -u |
        grep -vxE "$libc|$runtime" |
        grep -vxF -f tests-pure-library.txt -f <(defined "${siblings[@]}") || true)
    for symbol in $needed; do
        echo "$core needs $symbol, which no pure core may"
        bad=1
    done
done

if [[ $checked == 0 ]]; then
    echo "skipped: no core has been built in $PWD"
    exit 77
fi
[[ $bad == 0 ]] && echo "$checked cores are pure"
exit "$bad"
