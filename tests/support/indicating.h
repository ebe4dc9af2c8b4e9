// indicating.h - indicators worked out from lines written in the test
//
// A line is "93 2018 EV01 category=cadre;rating=4 exact 4 - - -": unit, period, measure, dims,
// qualifier, value, of, before, after; "-" is none, and the value "n/a" does not apply. A row comes
// back as "93 2018 I01 - 4 11 364 -": unit, period, indicator, dims, num, den, value, marks; with a
// rank in front when rows are ranked.

#ifndef TESTS_SUPPORT_INDICATING_H
#define TESTS_SUPPORT_INDICATING_H

#include "tonghop/indicator.h"

struct indicating {
    const struct th_catalogue *catalogue;
    const struct th_register *reg;
    uint32_t root;
    const char *on;    // day from which targets are seen; NULL: 2020-01-01
    const char *codes; // with blanks between; NULL: all
    const char *units; // the same
    const char *periods;
    const char *measures;
    const char *by;
    const char *level;
    bool missing;
    bool ranked;
    int64_t min_base;
    enum th_lang lang;
    bool people; // value and marks as people read them, with " | " between
};

// Ownership: the caller frees it. Fails the test on an error.
char *indicating_rows(const struct indicating *how, const char *lines);
// The same from lines.
char *indicating_lines(const struct indicating *how, const struct th_line *lines, size_t count);
// The same from states of forms.
char *
indicating_states(const struct indicating *how, const struct th_form_state *states, size_t count);
// The question: "TOTALS units=93 periods=2018 measures=EV01,EV07 by=dims level=". Freed likewise.
char *indicating_question(const struct indicating *how);
// What is not known, or ok.
char *indicating_unknown(const struct indicating *how);

// A register from CSV; freed by the caller.
struct th_register *indicating_register(const char *csv);

#endif
