// completeness.h - tonghop completeness: which units have reported what, and in time

#ifndef CLI_COMPLETENESS_H
#define CLI_COMPLETENESS_H

#include "tonghop/viewer.h"

enum { COMPLETENESS_OPTION_COUNT = 5 };

extern const struct th_option COMPLETENESS_OPTIONS[COMPLETENESS_OPTION_COUNT];

int completeness_run(const struct th_call *call);

#endif
