// guard.h - keeps the broker's memory bounded, whatever peers send
//
// A message that never ends passes every limit of ZeroMQ and is seen by nobody but the kernel. So
// the resident size is read each second:
//
//      base ......... + connections x 40 KiB ... + memory_max ....... + 64 MiB
//      at start                                  │ BUSY to senders    │ cut every door, one after
//                                                                       the other; else end

#ifndef BROKER_GUARD_H
#define BROKER_GUARD_H

#include <stdbool.h>
#include <stdint.h>

enum guard_state {
    GUARD_GOOD,
    GUARD_BUSY, // take no more batches
    GUARD_OVER, // cut
};

struct guard {
    uint64_t base_bytes;
    uint64_t memory_max;
    uint64_t connections; // as counted last
};

void guard_start(struct guard *guard, uint64_t memory_max);
enum guard_state guard_look(struct guard *guard);

// The same from given numbers, for tests.
enum guard_state guard_judge(const struct guard *guard, uint64_t resident_bytes);

uint64_t guard_resident(void);    // bytes; 0 when it cannot be read
uint64_t guard_descriptors(void); // open ones

#endif
