// totals.h - tonghop totals: consolidated totals, asked once

#ifndef CLI_TOTALS_H
#define CLI_TOTALS_H

#include "tonghop/viewer.h"

enum { TOTALS_OPTION_COUNT = TH_FILTER_OPTION_COUNT + 4 };

extern const struct th_option TOTALS_OPTIONS[TOTALS_OPTION_COUNT];

int totals_run(const struct th_call *call);

#endif
