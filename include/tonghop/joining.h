// joining.h - numbers that are enrolled, and the keys that join under them
//
// A number stands for an office for ever. Its machine, its disk or its key may be lost: then it is
// enrolled again, and another key joins. A key may also be changed in good order, beside the one
// that is there (a rotation).
//
//   number 7:  enrolment 0: key 0, key 1, ...        enrolment 1: key 0, ...
//              epochs 1, 2, ...                       epochs 1000001, ...
//
//   E1  Keys of a number are in order: by enrolment, and within one by rotation. A later one is
//       never replaced by an earlier one, whoever tells it.
//   E2  An outbox that comes after another under the same number is in stream epochs above all of
//       that one's: epochs of an enrolment are its own.

#ifndef TONGHOP_JOINING_H
#define TONGHOP_JOINING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/bytes.h"

enum {
    TH_ENROLMENTS_MAX = 1000000,   // of one number
    TH_ENROLMENT_EPOCHS = 1000000, // of one enrolment; a fork takes one
};

struct th_key_entry {
    uint32_t number;
    uint32_t class;
    uint8_t public_key[32];
    uint32_t enrolment; // of the number, from 0
    uint32_t rotation;  // within that enrolment, from 0
    bool has_previous;  // a key that still holds beside it
    uint8_t previous[32];
    int64_t until_ms; // the previous one, Unix time
    int64_t joined_ms;
};

struct th_keys {
    struct th_bytes lineage;
    const struct th_key_entry *keys;
    size_t count;
};

struct th_join {
    uint8_t public_key[32];
};
struct th_joined {
    uint32_t number;
    uint8_t public_key[32];
};

// E1: of two keys that joined under one number, is the first the later one?
bool th_key_is_later(const struct th_key_entry *a, const struct th_key_entry *b);

// E2: the stream epoch an outbox begins with that was made for this enrolment.
uint64_t th_first_epoch(uint32_t enrolment);

#endif
