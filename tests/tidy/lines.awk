# lines.awk - sizes and words that are not wanted; arguments: sources (C, Python)

function complain(line, what) {
    print FILENAME ":" line ": " what
}

# Both are told as words of code: comments and texts were taken out of the line.
function calls(names) {
    return code ~ ("(^|[^A-Za-z0-9_])(" names ")[ ]*\\(")
}

function end_of_file() {
    if (last_file != "" && last_line > 500 && last_file ~ /\.[ch]$/) {
        print last_file ":" last_line ": a file has at most 500 lines: split it by noun"
    }
}

FNR == 1 {
    end_of_file()
    in_comment = 0
    in_table = 0 # tables may be as wide as they need
}
{
    last_file = FILENAME
    last_line = FNR
    code = $0
    is_c = FILENAME ~ /\.[ch]$/
    is_test = FILENAME ~ /^tests\//
    is_support = FILENAME ~ /^tests\/(system\/)?support\//
}
/(^|[^A-Za-z])TODO([^A-Za-z]|$)/ && !/TODO\(#[0-9]+\)/ {
    complain(FNR, "TODO without the number of its issue")
}
is_c {
    columns = $0
    gsub(/[\200-\277]/, "", columns) # what follows the first byte of a character (LC_ALL=C)
    if (/clang-format (off|on)/) {
        in_table = /clang-format off/
    }
    if (length(columns) > 100 && !in_table) {
        complain(FNR, "a line has at most 100 columns, this one " length(columns))
    }
    gsub(/\\"/, "", code)
    gsub(/"[^"]*"/, "", code)
    sub(/\/\/.*/, "", code)
    if (in_comment || code ~ /^[ ]*\/\*/) {
        in_comment = code !~ /\*\//
        next
    }
    if (calls("strcpy|strcat|stpcpy|strncpy|strncat|sprintf|vsprintf|gets|strtok|alloca")) {
        complain(FNR, "unbounded or easily misread: use snprintf, memcpy or th_write_*")
    }
    if (calls("atoi|atol|atoll|atof")) {
        complain(FNR, "cannot report an error: use the parsers of number.h, or strtol")
    }
    if (code ~ /(^|[^A-Za-z0-9_])goto[ ]/ && code !~ /goto cleanup;/) {
        complain(FNR, "goto is for cleanup only: scopes release")
    }
    if (FILENAME ~ /^lib\// && calls("printf|puts|putchar|perror")) {
        complain(FNR, "library code does not print")
    }
    # A body is the only thing that begins with a brace in the first column.
    if (code ~ /^\{/) {
        body_begins = FNR
    }
    if (code ~ /^\}/ && body_begins > 0) {
        if (FNR - body_begins - 1 > 70) {
            complain(body_begins, "a function has at most 70 lines, this one " FNR - body_begins - 1)
        }
        body_begins = 0
    }
}
is_test && !is_support && is_c && calls("sleep|usleep|nanosleep|clock_nanosleep|thrd_sleep") {
    complain(FNR, "a test waits for a condition (WAIT_UNTIL), not for time to pass")
}
is_test && !is_support && !is_c && /(^|[^A-Za-z0-9_])sleep[ ]*\(/ {
    complain(FNR, "a test waits for a condition with a deadline, not for time to pass")
}
END {
    end_of_file()
}
