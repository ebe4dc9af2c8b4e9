// verify.h - tonghop verify DIR: recount every total from the records, and compare
//
// A province that runs is asked through its query port: the worker recounts one version in a read
// transaction. One that is stopped is opened by tonghop-worker verify.

#ifndef CLI_VERIFY_H
#define CLI_VERIFY_H

#include "tonghop/option.h"

enum { VERIFY_OPTION_COUNT = 2 };

extern const struct th_option VERIFY_OPTIONS[VERIFY_OPTION_COUNT];

// Exit codes: 0 everything agrees, 1 a finding was printed.
int verify_run(const struct th_call *call);

#endif
