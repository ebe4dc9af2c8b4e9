// agent.h - the loop that carries out what the session decides: socket, timers, store, beacon
//
//      poll ──event──> session_step ──actions──> send, commit, rebuild, wake
//
// A node directory has at most one agent at a time: the service (tonghop-node run), or a command
// that waits (sync, --wait). Everything that must not be lost is in the outbox; the agent may be
// killed at any instant.
//
// Threads: one.

#ifndef NODES_AGENT_H
#define NODES_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/sock.h"

#include "nodes/beacon.h"
#include "nodes/session.h"
#include "nodes/work.h"

enum { AGENT_ENDPOINTS_MAX = 8 };

struct agent_setup {
    const char *dir;      // the node directory
    struct th_disk *disk; // its store, open; stays the caller's
    const char *endpoints[AGENT_ENDPOINTS_MAX];
    size_t endpoint_count;
    const char *own_public; // Z85
    const char *own_secret;
    const char *keys;             // the directory they are in, and the broker's
    const char *sign_public;      // Z85, of the province's receipts; "": not known
    const char *bootstrap_secret; // Z85, NULL once joined: the one-use key of the enrolment
    struct session_limits limits;
    unsigned reconnect_ms_min;
    unsigned reconnect_ms_max;
    int stop_fd;   // readable: end in order; -1: none
    int reload_fd; // readable: reload is called, which reads it empty; -1: none
    void (*reload)(void *self, struct session_limits *limits); // may set other limits
    void *reload_self;
};

struct agent;

/**
 * Become the agent of setup->dir.
 *
 * Ownership: *out is the caller's (agent_close). setup's texts are copied or must outlive it.
 * Errors:    TH_E_BUSY with *holder = pid of the present agent; TH_E_IO; TH_E_INVALID (keys,
 *            endpoints); TH_E_CORRUPT; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err
agent_open(const struct agent_setup *setup, int64_t *holder, struct agent **out);
void agent_close(struct agent **agent); // scoped

// What the agent knows now.
void agent_beacon(const struct agent *agent, struct beacon *beacon);

/**
 * Run until done says so, until deadline_ms (monotonic; 0 = none), or until told to stop.
 *
 * done may be NULL; it is asked after every turn. TH_OK when done or stopped; TH_E_TIMEOUT at the
 * deadline; a FATAL error when the store failed: the process must end.
 */
typedef bool (*agent_done)(void *context, const struct beacon *beacon);
TH_MUST_USE enum th_err
agent_run(struct agent *agent, uint64_t deadline_ms, agent_done done, void *context);

// End in order at the next agent_run: what was heard goes to disk, the province hears BYE.
void agent_stop(struct agent *agent);

#endif
