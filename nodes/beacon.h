// beacon.h - how commands and the agent of one node directory find each other
//
//   run/agent.lock    held for as long as a process plays the agent
//   run/wake          a FIFO: a command that queued something writes a byte
//   run/agent.state   what the agent last knew of the line, replaced by rename, never flushed: it
//   is
//                     only about now, and a stale one is recognised by its pid
//
// A FIFO and not a socket: its path may be as long as any path.

#ifndef NODES_BEACON_H
#define NODES_BEACON_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/base.h"
#include "tonghop/err.h"

// What status and --wait show. Times are Unix milliseconds, 0 = never.
struct beacon {
    int64_t pid;
    uint32_t state;   // enum session_state
    uint32_t reason;  // ZAP status or refusal code
    int64_t since;    // the state began
    int64_t last_up;  // last word of the province
    int64_t next_try; // DOWN and REFUSED
    uint64_t decided; // as heard, ahead of the outbox by at most the session's flush time
    uint64_t verdict_seq;
    uint64_t version;
};

// Become the agent. *fd is closed to give the role back. TH_E_BUSY with *holder = its pid.
TH_MUST_USE enum th_err beacon_lock(const char *dir, int *fd, int64_t *holder);

// The agent's end of the FIFO; non-blocking. TH_E_IO.
TH_MUST_USE enum th_err beacon_listen(const char *dir, int *fd);
void beacon_drain(int fd);
// Tell the agent, if there is one, that something was queued.
void beacon_wake(const char *dir);

TH_MUST_USE enum th_err beacon_write(const char *dir, const struct beacon *beacon);
// TH_E_NOT_FOUND when there is none, or its process is gone.
TH_MUST_USE enum th_err beacon_read(const char *dir, struct beacon *beacon);

// An inotify descriptor that becomes readable when the state was replaced. TH_E_IO.
TH_MUST_USE enum th_err beacon_follow(const char *dir, int *fd);

#endif
