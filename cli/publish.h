// publish.h - tonghop publish: an edition of the public figures now, and what became of the last
// ones

#ifndef CLI_PUBLISH_H
#define CLI_PUBLISH_H

#include "tonghop/option.h"

enum { PUBLISH_OPTION_COUNT = 4 };
extern const struct th_option PUBLISH_OPTIONS[PUBLISH_OPTION_COUNT];

int publish_run(const struct th_call *call);

#endif
