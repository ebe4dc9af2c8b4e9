// feed_link.h - the subscriber's run loop: two sockets, clock and signals around the pure core
//
//   feed door ──SUB──┐                      ┌──> ear: what a front end has to know
//                    ├──> subscriber_step ──┤
//   questions ─DEALER┘                      └──> QUERY, CREDIT, a new socket
//
// Threads: one.

#ifndef DASHBOARDS_FEED_LINK_H
#define DASHBOARDS_FEED_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/err.h"
#include "tonghop/sock.h"
#include "tonghop/viewer.h"

#include "dashboards/subscriber.h"

struct feed_link;

struct feed_link_setup {
    const struct subscriber_setup *subscriber;
    const struct th_viewer_doors *doors; // as they are now; read again at each new socket
    // Called before a socket is made anew: the doors may have moved. NULL: they do not.
    void (*look)(void *self);
    void *look_self;
};

// Ownership: *out is the caller's (feed_link_close); what setup names must outlive it.
TH_MUST_USE enum th_err feed_link_open(const struct feed_link_setup *setup, struct feed_link **out);
void feed_link_close(struct feed_link **link); // scoped

/**
 * Wait for something to happen, at most until wait_until_ms (monotonic), and let the subscriber
 * take it. fds are further descriptors to wake up for; readable says whether one can be read.
 *
 * Errors: TH_E_DENIED: our key was refused (*code: the ZAP status); TH_E_IO.
 */
enum { FEED_LINK_FDS_MAX = 4 };
struct feed_link_fd {
    int fd;
    bool readable;
};
TH_MUST_USE enum th_err feed_link_turn(struct feed_link *link,
                                       uint64_t wait_until_ms,
                                       struct feed_link_fd *fds,
                                       size_t fd_count,
                                       unsigned *code);

const struct subscriber *feed_link_subscriber(const struct feed_link *link);

#endif
