#!/usr/bin/env bash
# test_tidy.sh SOURCE - each rule of the tree check finds the violation seeded for it, and only then
#
# A small tidy tree is made, one file of it is spoilt, and the check must name that file and say why.

set -euo pipefail
source_dir=${1:?source directory}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

make_tree() {
    rm -rf "$scratch/tree"
    mkdir -p "$scratch/tree"/{include/tonghop,lib,nodes,broker,tests/{tidy,unit,sim,system}}
    cd "$scratch/tree"
    cp "$source_dir"/.clang-format .
    cp "$source_dir"/tests/tidy/*.{awk,txt,sh} tests/tidy/
    printf '// base.h - one\n\nint th_base(void);\n' > include/tonghop/base.h
    printf '// err.h - two\n\n#include "tonghop/base.h"\n' > include/tonghop/err.h
    printf '// err.c - see err.h\n\n#include "tonghop/err.h"\n' > lib/err.c
    printf '// agent.c - the loop\n\n#include "tonghop/err.h"\n' > nodes/agent.c
    printf '// test_err.c - a test\n\n#include "tonghop/err.h"\n' > tests/unit/test_err.c
}

# expect MESSAGE: the check must fail, and a line of it must hold MESSAGE
expect() {
    local out
    if out=$(bash tests/tidy/tidy.sh . 2>&1); then
        echo "not found: $1"
        failures=$((failures + 1))
    elif ! grep -qF -- "$1" <<< "$out"; then
        printf 'expected: %s\ngot: %s\n' "$1" "$out"
        failures=$((failures + 1))
    fi
}

# spoil FILE TEXT MESSAGE: append TEXT to FILE of a fresh tree
spoil() {
    make_tree
    printf '%b' "$2" >> "$1"
    expect "$1:"
    expect "$3"
}

make_tree
bash tests/tidy/tidy.sh . > /dev/null || {
    echo "the unspoilt tree is refused"
    failures=$((failures + 1))
}

spoil nodes/agent.c '#include "broker/roster.h"\n' 'nodes must not include broker/roster.h'
spoil lib/err.c '#include "nodes/outbox.h"\n' 'lib must not include nodes/outbox.h'
spoil include/tonghop/base.h '#include "tonghop/err.h"\n' 'base is below err'
spoil lib/err.c '#include "tonghop/nowhere.h"\n' 'nowhere is not in order.txt'
spoil lib/stray.c 'int stray;\n' 'stray is not in order.txt'
spoil nodes/agent.c '#include <lmdb.h>\n' 'only its door may include lmdb.h'
spoil nodes/agent.c '#include <zmq.h>\n' 'only its door may include zmq.h'
spoil broker/relay.c '#include <protobuf-c/protobuf-c.h>\n' 'only its door may include protobuf-c'
spoil nodes/agent.c '#include "tonghop/v1/header.pb-c.h"\n' 'only its door may include tonghop/v1'
spoil lib/err.c '#include <yaml.h>\n' 'only its door may include yaml.h'
spoil lib/err.c '#include <csv.h>\n' 'only its door may include csv.h'
spoil lib/err.c '#include <sodium.h>\n' 'only its door may include sodium.h'
spoil lib/err.c '#include <jansson.h>\n' 'only its door may include jansson.h'
spoil lib/err.c '#include <utf8proc.h>\n' 'only its door may include utf8proc.h'
spoil tests/sim/oracle.c '#include "workers/judge.h"\n' 'the oracle must not know a core'
spoil lib/err.c "$(printf '// line\\n%.0s' {1..500})" 'at most 500 lines'
spoil lib/err.c "int f(void)\n{\n$(printf '    f();\\n%.0s' {1..71})}\n" 'at most 70 lines, this one 71'
spoil lib/err.c 'int f(char *a)\n{\n    strcpy(a, "x");\n}\n' 'unbounded or easily misread'
spoil nodes/agent.c 'int f(char *a)\n{\n    return atoi(a);\n}\n' 'cannot report an error'
spoil lib/err.c 'int f(void)\n{\n    goto out;\n}\n' 'goto is for cleanup only'
spoil lib/err.c 'int f(void)\n{\n    puts("x");\n}\n' 'library code does not print'
spoil lib/err.c '// TODO later\n' 'TODO without the number'
spoil tests/unit/test_err.c 'void f(void)\n{\n    usleep(1000);\n}\n' 'not for time to pass'
spoil tests/system/test_kill.py 'time.sleep(1)\n' 'not for time to pass'
spoil lib/err.c 'int f( void );\n' 'clang-format'
spoil lib/err.c "// $(printf 'x%.0s' {1..98})\n" 'at most 100 columns, this one 101'

# What looks like a violation and is none.
make_tree
cat >> lib/err.c << END

// strcpy( and goto out; in a comment
// $(printf 'ệ%.0s' {1..97})
const char *text = "strcpy(a, b); goto out; puts(x)";

// clang-format off
// $(printf 'awidetable%.0s' {1..20})
// clang-format on
END
mkdir -p lib && printf '// store_lmdb.c - a door\n\n#include <lmdb.h>\n' > lib/store_lmdb.c
printf '// codec_read.c - half a door\n\n#include "tonghop/v1/header.pb-c.h"\n' > lib/codec_read.c
out=$(bash tests/tidy/tidy.sh . 2>&1) || {
    printf 'refused without reason: %s\n' "$out"
    failures=$((failures + 1))
}

# The pure cores: a core that allocates, one that calls an impure module, and one that does neither.
expect_pure() { # STATUS MESSAGE
    local status=0 out
    out=$(bash tests/tidy/pure.sh . build 2>&1) || status=$?
    if [[ $status != "$1" ]] || ! grep -qF -- "$2" <<< "$out"; then
        printf 'pure.sh: expected %s and "%s", got %s: %s\n' "$1" "$2" "$status" "$out"
        failures=$((failures + 1))
    fi
}

compile() { # TARGET FILE TEXT
    mkdir -p "build/CMakeFiles/$1.dir/$(dirname "$2")"
    printf '%s\n' "$3" > source.c
    cc -O1 -c source.c -o "build/CMakeFiles/$1.dir/$2.o"
}

make_tree
compile tonghop lib/bytes.c 'int th_bytes_equal(void) { return 1; }'
compile tonghop lib/log.c 'int th_log(void) { return 1; }'
compile tonghop_nodes nodes/outbox.c \
    'int th_bytes_equal(void); int outbox_next(void) { return th_bytes_equal(); }'
compile tonghop_nodes nodes/session.c \
    'int outbox_next(void); int session_step(void) { return outbox_next(); }'
expect_pure 0 'pure'
compile tonghop_nodes nodes/session.c \
    'void *malloc(unsigned long); void *session_step(void) { return malloc(9); }'
expect_pure 1 'nodes/session needs malloc'
compile tonghop_nodes nodes/session.c 'int th_log(void); int session_step(void) { return th_log(); }'
expect_pure 1 'nodes/session needs th_log'
compile tonghop_nodes nodes/session.c \
    'int move_on(void); int session_step(void) { return move_on(); }'
compile tonghop_nodes nodes/move.c 'long time(long *); int move_on(void) { return (int)time(0); }'
expect_pure 1 'nodes/move needs time'
rm -r build/CMakeFiles/tonghop_nodes.dir
expect_pure 77 'skipped:'

# Documents: a link that leads nowhere.
make_tree
printf 'See [the other](docs/other.md#part) and [the web](https://example.org/).\n' > README.md
if bash tests/tidy/docs.sh . > /dev/null; then
    echo "not found: a link that leads nowhere"
    failures=$((failures + 1))
fi
mkdir docs && touch docs/other.md
bash tests/tidy/docs.sh . > /dev/null || {
    echo "a good link is refused"
    failures=$((failures + 1))
}

[[ $failures == 0 ]] && echo "every rule finds what was seeded for it"
exit "$((failures > 0))"
