// changes.h - tonghop changes: what was decided, one update after another

#ifndef CLI_CHANGES_H
#define CLI_CHANGES_H

#include "cli/told.h"

enum { CHANGES_OPTION_COUNT = TOLD_OPTION_COUNT + 4 };

extern const struct th_option CHANGES_OPTIONS[CHANGES_OPTION_COUNT];

int changes_run(const struct th_call *call);

#endif
