// port.h - a province's store out into a stream, and in from one (export.h)
//
// Out: every row, in one read transaction beside whoever writes. In: a new store, made beside its
// place, which goes on under another id (open.h O4), and is verified before it gets its name.

#ifndef WORKERS_PORT_H
#define WORKERS_PORT_H

#include "workers/rows.h"
#include "workers/sound.h"

struct port_result {
    struct sound sound;
    uint64_t rows;
    uint64_t bytes; // of the stream
};

/**
 * Write store to sink.
 *
 * Errors: TH_E_CORRUPT with *why TH4104: a row does not match its check hash; the store's and
 *         sink's.
 */
TH_MUST_USE enum th_err port_out(struct th_store store,
                                 th_export_sink *sink,
                                 void *self,
                                 struct port_result *result,
                                 struct th_verdict *why);

struct port_in {
    struct sound_setup sound; // of the directory that the store is for
    const char *path;         // of the new store: must not be there
    const char *name;         // of the stream, for messages
    th_import_source *source;
    void *source_self;
    uint64_t store_id; // under which it goes on
    int64_t wall_ms;
};

/**
 * Make the store of a stream at path. Nothing is left there on an error.
 *
 * Errors: TH_E_MALFORMED: the stream is damaged, or of another province; TH_E_INVALID: of a later
 *         format; those of sound_look and of the store. Each with *why.
 */
TH_MUST_USE enum th_err
port_in(const struct port_in *setup, struct port_result *result, struct th_verdict *why);

#endif
