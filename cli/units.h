// units.h - tonghop units list|count|show|check: a register as lists, from a file or a province;
// units apply, which the province's desk says (tonghop-node units-apply)
//
// A file may hold any number of roots; no province directory is needed.

#ifndef CLI_UNITS_H
#define CLI_UNITS_H

#include "tonghop/option.h"

enum { UNITS_OPTION_COUNT = 11, UNITS_OPERANDS_MAX = 65 };

extern const struct th_option UNITS_OPTIONS[UNITS_OPTION_COUNT];

// Operands: what to do, then its CODE or FILE.
int units_run(const struct th_call *call);

#endif
