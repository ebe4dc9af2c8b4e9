// diff.h - tonghop diff A B: which totals differ between two versions, and which updates made it so

#ifndef CLI_DIFF_H
#define CLI_DIFF_H

#include "cli/told.h"

enum { DIFF_OPTION_COUNT = TOLD_OPTION_COUNT + 2 };

extern const struct th_option DIFF_OPTIONS[DIFF_OPTION_COUNT];

int diff_run(const struct th_call *call);

#endif
