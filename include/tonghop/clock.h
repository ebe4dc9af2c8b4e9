// clock.h - what time it is: for waiting, and for people
//
// A wait is measured by the monotonic clock, which nobody sets. The wall clock is shown and written
// down; nothing is ordered by it.
//
// Pure cores never ask: time reaches them in events.

#ifndef TONGHOP_CLOCK_H
#define TONGHOP_CLOCK_H

#include <stdint.h>

uint64_t th_now_ms(void); // monotonic
int64_t th_wall_ms(void); // Unix time

#endif
