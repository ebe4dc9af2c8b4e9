// indicators.h - tonghop indicators: shares, room under caps and progress, worked out once

#ifndef CLI_INDICATORS_H
#define CLI_INDICATORS_H

#include "tonghop/viewer.h"

enum { INDICATORS_OPTION_COUNT = TH_FILTER_OPTION_COUNT + 7 };

extern const struct th_option INDICATORS_OPTIONS[INDICATORS_OPTION_COUNT];

int indicators_run(const struct th_call *call);

#endif
