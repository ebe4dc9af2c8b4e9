// watch.h - tonghop watch: consolidated totals, live

#ifndef DASHBOARDS_WATCH_H
#define DASHBOARDS_WATCH_H

#include "tonghop/viewer.h"

enum { WATCH_OPTION_COUNT = TH_FILTER_OPTION_COUNT + 3 };

extern const struct th_option WATCH_OPTIONS[WATCH_OPTION_COUNT];

int watch_run(const struct th_call *call);

#endif
