// indicators_part.h - what indicators.c and indicators_print.c share

#ifndef CLI_INDICATORS_PART_H
#define CLI_INDICATORS_PART_H

#include "tonghop/indicator.h"
#include "tonghop/viewer.h"

enum indicators_form { INDICATORS_TABLE, INDICATORS_CSV, INDICATORS_JSON, INDICATORS_JSONL };

struct indicators_page {
    const struct th_call *call;
    const struct th_province *province;
    const struct th_register *reg; // whose units the rows have
    const char *structure;         // as-of:DATE; "" as reported
    th_day structure_day;
    const char *lineage;
    const struct th_indicator_row *rows;
    size_t count;
    uint64_t version;
    int64_t wall_ms;
    th_day on;
    bool ranked;
    struct th_opt edition_ms; // for the public: which edition
};

enum indicators_form indicators_form_of(const struct th_call *call);

// Print the page in the call's format; what could not be written is for the end of the program to
// say. Errors: TH_E_NO_MEMORY.
TH_MUST_USE enum th_err indicators_print(const struct indicators_page *page);

#endif
