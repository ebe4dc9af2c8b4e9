// structure.h - the structure of another day, as verbs take it and as answers name it

#ifndef CLI_STRUCTURE_H
#define CLI_STRUCTURE_H

#include "tonghop/codec.h"
#include "tonghop/day.h"
#include "tonghop/option.h"
#include "tonghop/register.h"

// What --structure says, for a question; empty for as-reported. Returns an exit code: TH1003 is
// said when it is not a structure.
int structure_option(const struct th_call *call, struct th_bytes *structure);

// The day of "as-of:2025-07-01"; TH_DAY_NONE.
th_day structure_day(struct th_bytes structure);

// Name the provinces whose figures would belong in the answer and that are not here, as notes.
void structure_note_missing(const struct th_call *call,
                            const struct th_register *reg,
                            const struct th_answer *answer);

#endif
