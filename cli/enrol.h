// enrol.h - tonghop enrol: a file with which an office or a viewer comes to the province
//
// Works whether the province runs or not. When it runs, the command returns only after the broker
// has taken the new roster over: a key that is refused once is never tried again by the socket.

#ifndef CLI_ENROL_H
#define CLI_ENROL_H

#include "tonghop/option.h"

enum { ENROL_OPTION_COUNT = 10 };

extern const struct th_option ENROL_OPTIONS[ENROL_OPTION_COUNT];

int enrol_run(const struct th_call *call);

// Wait until the broker of dir has taken generation over; at once when it does not run.
// 0, or an exit code after saying why.
int enrol_wait_for_broker(const struct th_call *call, const char *dir, uint64_t generation);

#endif
