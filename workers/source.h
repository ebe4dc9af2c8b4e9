// source.h - where the messages of a province come from, and in which order
//
// The writer of a province is written against this table only. The direct source takes what the
// broker sent over ZeroMQ and holds nothing: a message that was not decided comes again from the
// node. A replicated log would hold the messages themselves; the position of the last one decided
// is then kept in the state's own transaction, and a standby follows the same log.
//
//      broker ── append ──> [ source ] ── poll ──> writer ── commit ── trim ──> (forgotten)
//
//   U1  Messages of one sender are handed out in the order in which they were appended.
//   U2  position never goes back while the source is assigned.
//   U3  Nothing behind the last trim is forgotten by a source that holds messages.

#ifndef WORKERS_SOURCE_H
#define WORKERS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/queue.h"
#include "tonghop/step.h"

// One message as it is handed out.
struct source_message {
    bool link_up; // no message: the way to the broker is open (again)
    struct th_peer from;
    struct th_bytes header;
    struct th_bytes body;
};

struct source_ops {
    const char *name; // as written in the configuration

    // This process holds the province from now on: hand out what stands behind position.
    enum th_err (*assign)(void *self, uint64_t position);

    // It does not any more. poll hands out what was appended before, then TH_E_REFUSED.
    void (*revoke)(void *self);

    // Any thread. TH_E_FULL: the sender must be told to come again later. TH_E_REFUSED: not
    // assigned. The message is copied.
    enum th_err (*append)(void *self, const struct source_message *message);

    // The writer's thread. Waits at most wait_ms. *message lives until the next poll or close.
    // TH_E_TIMEOUT when there is none, TH_E_REFUSED at the end.
    enum th_err (*poll)(void *self, unsigned wait_ms, struct source_message *message);

    // Of the newest message handed out.
    uint64_t (*position)(void *self);

    // Everything up to position is durable in the province's own state.
    void (*trim)(void *self, uint64_t position);

    void (*close)(void *self);
};

// A source as its users hold it.
struct source {
    const struct source_ops *ops;
    void *self;
};

enum { SOURCE_MESSAGES_MAX = 4096, SOURCE_BYTES_MAX = 32 * 1024 * 1024 };

/**
 * The direct source: a bounded queue between the thread of the sockets and the writer.
 *
 * Ownership: *source is the caller's (source.ops->close).
 * Errors:    TH_E_NO_MEMORY, TH_E_IO.
 */
TH_MUST_USE enum th_err source_direct(struct source *source);

#endif
