// judging.h - updates written as one line, and what the rules say about them as one line
//
//      "S measure=CP05 unit=376 period=2022-09-14 value=282 of=539"          -> ""
//      "E unit=376 period=2018 category=cadre person=p1 scheme=KS-01"        -> "2237"
//      "C ..." a collective, "T ..." a transfer, "D ..." an act of the desk
//      "F form=bien-che unit=376 period=2017-02-07 line=ST01//1/2300"        -> ""  a completion
//
// A ~ in a value stands for a blank. Numbers are as they travel: scores in hundredths, values
// scaled.

#ifndef TESTS_SUPPORT_JUDGING_H
#define TESTS_SUPPORT_JUDGING_H

#include "tonghop/rules.h"

enum { JUDGING_LINE_BYTES = 1024 };

struct judging {
    struct th_catalogue *catalogue;
    struct th_register *reg;
    struct th_rules rules;
    struct th_grant grant; // node 7; the desk unless a test says otherwise
    th_day today;
    char line[JUDGING_LINE_BYTES];
    struct th_update update; // views line
    struct th_judged judged;
    struct th_verdict verdict;
};

/**
 * A province 37 with two districts, communes before and after 2025-07-01, an agency, and a province
 * 38 beside it; the desk judges on 2026-11-24 as a node does (plain person ids are fine).
 *
 * Ownership: judging takes the catalogue; judging_end gives everything back.
 */
struct judging *judging_start(struct th_catalogue *catalogue);
void judging_end(struct judging *judging);

// Judge the update in line: "" when it passed, else "2208a CP05 ..." with the parameters. The text
// lives until the next call.
const char *judging_says(struct judging *judging, const char *line);

struct judging_row {
    const char *line;
    const char *says;
};
// Every row, naming the one that fails.
void judging_rows(struct judging *judging, const struct judging_row *rows, size_t count);

// A register in place of the one of judging_start; root by its code.
void judging_register(struct judging *judging, struct th_bytes units_csv, const char *root);

#endif
