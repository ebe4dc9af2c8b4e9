// up.h - tonghop up DIR: a whole province on one machine, as children of one process
//
// One line on stdout when everything works: READY nodes=... queries=... feed=... pid=...
// version=...
// DIR/run/up.json holds the same fields and the pid of each child, rewritten after a restart.

#ifndef CLI_UP_H
#define CLI_UP_H

#include "tonghop/option.h"

enum { UP_OPTION_COUNT = 2 };

extern const struct th_option UP_OPTIONS[UP_OPTION_COUNT];

int up_run(const struct th_call *call);

#endif
