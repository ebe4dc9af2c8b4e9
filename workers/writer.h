// writer.h - the thread that holds a province: source -> judge -> store -> answers
//
// The program runs in turns. A turn takes what has arrived, up to a bound, judges and applies it in
// one transaction, and commits once; the flush of one turn is the time in which the next gathers.
//
//   crash before the commit   nothing happened; the nodes send again
//   after it, before answers  they send again, and hear that it is decided
//   before publishing         subscribers see the hole in the next beat and ask for a snapshot
//
// LMDB wants a transaction ended by the thread that began it: begin, every touch, and commit are
// here. What goes out is put into a queue for the thread that has the sockets.
//
// Threads: writer_start and writer_join from one thread; the others from any.

#ifndef WORKERS_WRITER_H
#define WORKERS_WRITER_H

#include <stdint.h>

#include "tonghop/province.h"
#include "tonghop/queue.h"
#include "tonghop/store_lmdb.h"

#include "workers/judge.h"
#include "workers/open.h"
#include "workers/source.h"

// Parcels for the thread of the sockets.
enum {
    OUT_SEND = 1,    // envelope, header, body
    OUT_PUBLISH = 2, // topic, body
    OUT_ENDED = 3,   // a writer has ended; nothing in it
};

// What may change while it runs.
struct writer_pace {
    struct judge_pace judge;
    uint32_t turn_batches;
    size_t turn_bytes;
    unsigned turn_wait_ms;
};

struct writer_setup {
    const struct th_province *province;
    struct th_disk *disk;
    struct opened opened;
    struct source source;
    struct th_queue *out;
    struct writer_pace pace;
    const char *marker;               // file of the marker (marker.h); NULL: none
    struct judge_registers registers; // make NULL: the register cannot be changed
    struct judge_signer signer;       // sign NULL: no receipts are sent
};

struct writer;

/**
 * Start the thread.
 *
 * Ownership: everything in setup must outlive the writer, but setup itself.
 * Errors:    TH_E_NO_MEMORY, TH_E_IO.
 */
TH_MUST_USE enum th_err writer_start(const struct writer_setup *setup, struct writer **writer);

// Another pace from the next turn on, at the latest within a second.
void writer_set_pace(struct writer *writer, const struct writer_pace *pace);

// Wait for its end, which follows the source's, and free it. Returns the exit code.
int writer_join(struct writer **writer);

bool writer_ended(struct writer *writer);       // writer_join will not wait
uint64_t writer_version(struct writer *writer); // newest committed
uint64_t writer_beat(struct writer *writer);    // newest beat

#endif
