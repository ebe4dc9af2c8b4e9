// queue.h - hands messages from any thread to one, in order and within bounds
//
// Sockets belong to one thread and a store's writer to another; what passes between them is a
// parcel: one block of memory with a few parts, given away whole.
//
//      producers ── put ──> [ bounded, in order ] ── take ──> one consumer
//                                   │
//                              descriptor: readable while there is something to take
//
//   Q1  The descriptor is readable exactly while a parcel waits or the queue is closed, so it can
//       be polled beside sockets.
//   Q2  Parcels of one producer are taken in the order in which it put them.
//   Q3  What waits never passes count_max parcels nor bytes_max bytes of parts.
//   Q4  A parcel has one owner: its maker, the queue, or who took it. put takes it only with TH_OK.

#ifndef TONGHOP_QUEUE_H
#define TONGHOP_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/bytes.h"

enum { TH_PARCEL_PARTS_MAX = 8 };

struct th_parcel {
    struct th_parcel *next; // the queue's
    unsigned kind;          // what it is: a matter of the two threads
    uint64_t number;        // likewise
    size_t size;            // bytes of all parts
    size_t count;
    struct th_bytes parts[TH_PARCEL_PARTS_MAX]; // in bytes
    uint8_t bytes[];
};

// A parcel with copies of the parts; NULL when out of memory.
struct th_parcel *th_parcel_make(unsigned kind, const struct th_bytes *parts, size_t count);
void th_parcel_free(struct th_parcel **parcel); // scoped; accepts a pointer to NULL

struct th_queue;

/**
 * Ownership: th_queue_free, when no other thread uses it any more; it frees what still waits.
 * Errors:    TH_E_NO_MEMORY; TH_E_IO when there is no descriptor left.
 */
TH_MUST_USE enum th_err th_queue_make(size_t count_max, size_t bytes_max, struct th_queue **queue);
void th_queue_free(struct th_queue **queue); // scoped; accepts a pointer to NULL

/**
 * Give a parcel away. *parcel is NULL after TH_OK, and stays the caller's otherwise.
 *
 * Threads: any. Never waits but for the lock.
 * Errors:  TH_E_FULL (Q3); TH_E_TOO_LARGE when it alone is above bytes_max; TH_E_REFUSED when the
 *          queue is closed.
 */
TH_MUST_USE enum th_err th_queue_put(struct th_queue *queue, struct th_parcel **parcel);

// The oldest parcel, or NULL when none waits. The consumer's thread only.
struct th_parcel *th_queue_take(struct th_queue *queue);

// Wait until Q1's descriptor is readable: TH_OK, or TH_E_TIMEOUT. The consumer's thread only.
TH_MUST_USE enum th_err th_queue_wait(struct th_queue *queue, unsigned wait_ms);
int th_queue_descriptor(const struct th_queue *queue); // to poll, never to read

// No parcel is put any more; the consumer takes what waits and then finds the queue ended.
void th_queue_close(struct th_queue *queue);
bool th_queue_ended(struct th_queue *queue); // closed, and nothing waits

struct th_queue_load {
    size_t count; // waiting now
    size_t bytes;
    size_t count_peak; // most that ever waited
    size_t bytes_peak;
};
struct th_queue_load th_queue_load(struct th_queue *queue);

#endif
