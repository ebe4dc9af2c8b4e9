// joined.h - rows of table "joined": whose key took up an enrolment, and who came before
//
// A number may be enrolled again, for an office that lost its disk or its key. What the office then
// sends may come from another outbox, which knows nothing of what the one before it sent under the
// number: another incarnation. A key alone is not allowed to bring one.
//
//   enrolment 0: key A, incarnation I, epochs 1 ..        enrolment 1: key B, incarnation I or J,
//                                                          epochs 1000001 ..
//
//   J1  Committed before JOINED is sent. A key gives way only to one of a later enrolment.
//   J2  A first HELLO under a later enrolment may bring another incarnation, in an epoch of that
//       enrolment; no other HELLO may.
//   J3  The incarnations before are kept: the chains of their batches begin with them.

#ifndef WORKERS_JOINED_H
#define WORKERS_JOINED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"

enum {
    JOINED_PAST_MAX = 32,
    JOINED_BYTES_MAX = 1100, // with its check hash
};

// What spoke under the number through this epoch.
struct joined_past {
    uint64_t epoch;
    uint8_t incarnation[16];
};

struct joined_row {
    uint32_t class; // th_peer_class
    uint8_t public_key[32];
    uint32_t enrolment; // of the number, from 0
    uint32_t rotation;  // how many keys the enrolment had before this one
    bool fresh;         // J2: no HELLO has come under it yet
    int64_t joined_ms;  // wall clock; 0: not known. Shown only
    // A key that still holds beside the new one, until a moment of the wall clock.
    bool has_previous;
    uint8_t previous[32];
    int64_t until_ms;
    struct joined_past past[JOINED_PAST_MAX]; // oldest first
    size_t past_count;
};

void joined_write(struct th_writer *writer, const struct joined_row *row);
// Of every layout there was. TH_E_CORRUPT.
TH_MUST_USE enum th_err joined_read(struct th_bytes value, struct joined_row *row);

// The incarnation that spoke in epoch, when it is not the one that speaks now; else NULL.
const uint8_t *joined_incarnation(const struct joined_row *row, uint64_t epoch);

#endif
