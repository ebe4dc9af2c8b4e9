# includes.awk - who may include whom; arguments: doors.txt order.txt, then sources
#
#   1. A program includes only itself and tonghop/*.h; the library no program.
#   2. A module of the library includes only modules above it in order.txt. A file of a module that
#      was split (codec_read.c) has the rank of its module (codec).
#   3. A foreign header is included only by its door.
#   4. The simulator's oracle knows the message types and no core.

function complain(what) {
    print FILENAME ":" FNR ": " what
}

function module_of(name) {
    while (!(name in rank) && sub(/_[a-z0-9]+$/, "", name)) {
    }
    return name
}

function check_door(header,   door, allowed, file, i) {
    for (door in doors) {
        if (header ~ "^" door "$") {
            allowed = split(doors[door], file, " ")
            for (i = 1; i <= allowed; i++) {
                if (FILENAME ~ "^" file[i] "$") {
                    return
                }
            }
            complain("only its door may include " header " (tests/tidy/doors.txt)")
        }
    }
}

function check_order(header,   name) {
    name = header
    if (!sub(/^tonghop\//, "", name) || name ~ /\// || !sub(/\.h$/, "", name)) {
        return
    }
    if (!(module_of(name) in rank)) {
        complain(name " is not in order.txt")
    } else if (self in rank && rank[module_of(name)] > rank[self]) {
        complain(self " is below " name " in order.txt and must not include it")
    }
}

FILENAME ~ /doors\.txt$/ {
    if ($1 != "" && $1 !~ /^#/) {
        header = $1
        $1 = ""
        doors[header] = $0
    }
    next
}
FILENAME ~ /order\.txt$/ {
    if ($1 != "" && $1 !~ /^#/) {
        rank[$1] = ++modules
    }
    next
}
FNR == 1 {
    split(FILENAME, part, "/")
    top = part[1]
    self = FILENAME
    sub(/.*\//, "", self)
    sub(/\.[ch]$/, "", self)
    self = module_of(self)
    if ((top == "lib" || top == "include") && !(self in rank)) {
        complain(self " is not in order.txt")
    }
}
/^#[ ]*include / {
    header = $2
    quoted = header ~ /^"/
    gsub(/[<>"]/, "", header)
    split(header, to, "/")
    if (top != "tests" && top != "bench") {
        check_door(header)
        if (quoted && to[1] != "tonghop" && to[1] != top) {
            complain(top " must not include " header)
        }
    }
    if (top == "lib" || top == "include") {
        check_order(header)
    }
    if (FILENAME ~ /^tests\/sim\/oracle/ && header ~ /^(nodes|broker|workers|dashboards)\//) {
        complain("the oracle must not know a core: " header)
    }
}
