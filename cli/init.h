// init.h - tonghop init: a whole province in one directory, keys and register included
//
// tonghop.yaml is written last: a directory without it was never finished, and is refused by every
// other verb.

#ifndef CLI_INIT_H
#define CLI_INIT_H

#include "tonghop/option.h"

enum { INIT_OPTION_COUNT = 8 };

extern const struct th_option INIT_OPTIONS[INIT_OPTION_COUNT];

int init_run(const struct th_call *call);

#endif
