// units_part.h - the parts of units.c: what its verbs work on

#ifndef CLI_UNITS_PART_H
#define CLI_UNITS_PART_H

#include "tonghop/option.h"
#include "tonghop/province.h"

// What a verb works on.
struct units {
    const struct th_call *call;
    const struct th_register *reg; // one of the next two
    struct th_register *read;
    struct th_province *province;
    th_day at; // TH_DAY_NONE: every day
};

// Each prints and returns an exit code.
int units_list(const struct units *units);
int units_count(const struct units *units);
int units_show(const struct units *units, const char *ref);

// Says that there is no such unit.
int units_unknown(const struct th_call *call, const char *ref);

#endif
