// person.h - tonghop person: the monthly scores of one person in a year, and their average

#ifndef CLI_PERSON_H
#define CLI_PERSON_H

#include "tonghop/viewer.h"

enum { PERSON_OPTION_COUNT = 4 };

extern const struct th_option PERSON_OPTIONS[PERSON_OPTION_COUNT];

int person_run(const struct th_call *call);

#endif
