// known.h - positions in the history of a province, as verbs take them: a version or a day

#ifndef CLI_KNOWN_H
#define CLI_KNOWN_H

#include "tonghop/option.h"

// What the option (--since) or operand (A) called name says, for a question; empty when text is
// NULL. Returns an exit code: TH1003 is said when it is neither a version nor a day.
int known_position(const struct th_call *call,
                   const char *name,
                   const char *text,
                   struct th_bytes *position);

#endif
