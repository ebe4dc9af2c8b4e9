// loop.h - the thread of the sockets: what the broker sends goes to writers and questions, and what
// they have to say goes out
//
//   broker ═══> [ loop ] ── source ──> writer of each province ──┐
//          <═══          ── queue ───> query thread ─────────────┤
//     feed <═══          <────────────── out queue ──────────────┘
//
// Sockets never leave this thread. A refused key or a broken link is tried again with a new socket
// after a while; nothing is lost by that, nodes and subscribers ask again.

#ifndef WORKERS_LOOP_H
#define WORKERS_LOOP_H

#include <stdint.h>

#include "tonghop/queue.h"
#include "tonghop/server_key.h"
#include "tonghop/sock.h"

#include "workers/host.h"
#include "workers/query.h"
#include "workers/writer.h"

struct loop_setup {
    const char *worker_endpoint; // the broker's doors
    const char *feed_endpoint;
    struct th_sock_setup sock; // but for the broker's key
    struct th_server_key *server;
    const struct host *hosts;
    const struct source *sources;
    struct writer **writers;
    size_t count;
    struct query *query;
    struct th_queue *out;
    int signals;        // signalfd: SIGTERM and SIGINT end, a second one at once; SIGHUP: reread
    bool *told_to_stop; // set when a signal ended it
    void (*ready)(void *self); // called once: both links are up and a beat is out
    void *ready_self;
    void (*reread)(void *self);
    void *reread_self;
};

// Run until told to stop or until a writer ended by itself. Returns the exit code.
int loop_run(const struct loop_setup *setup);

#endif
