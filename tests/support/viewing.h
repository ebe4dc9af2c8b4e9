// viewing.h - a subscriber on a stage: the province that it follows, and what its viewer was told
//
// The stage keeps the true totals, publishes deltas and beats, any of which may be lost, and
// answers with snapshots, whole or in parts.

#ifndef TESTS_SUPPORT_VIEWING_H
#define TESTS_SUPPORT_VIEWING_H

#include "dashboards/subscriber.h"
#include "tests/support/test.h"

enum { VIEWING_TOPICS = 3, VIEWING_UNITS = 4, VIEWING_CELLS = VIEWING_TOPICS * VIEWING_UNITS };

struct viewing_truth { // the province, by topic and unit
    uint64_t store_id, epoch, version, beat;
    uint64_t seq[VIEWING_TOPICS];
    bool dirty[VIEWING_TOPICS];
    int64_t value[VIEWING_TOPICS][VIEWING_UNITS]; // 0: no total
};

struct viewing {
    struct viewing_truth province;
    struct subscriber subscriber;
    struct subscriber_limits limits;
    struct subscriber_setup setup;
    void *memory;
    void *scratch; // for encoding
    uint64_t now;

    // what the viewer was told
    int64_t shown[VIEWING_TOPICS][VIEWING_UNITS];
    uint64_t version;
    unsigned snapshots, rows, changes, lives, stales, refusals;
    enum subscriber_loss loss;
    uint32_t refusal;
    bool live;
    uint64_t shown_store;

    // what it wants
    bool asked;
    struct th_header question;
    unsigned credits, rebuilds[SUBSCRIBER_PORTS];
    uint64_t wake;
};

// A snapshot as it stood when it was read, so that deltas can overtake it.
struct viewing_read {
    uint64_t correlation; // of the question that it answers
    struct th_answer answer;
    struct th_line lines[VIEWING_CELLS];
    struct th_topic_seq topics[VIEWING_TOPICS];
};

int viewing_setup(void **state);
int viewing_teardown(void **state);

void viewing_happen(struct viewing *f, struct th_event event);
void viewing_link_up(struct viewing *f, unsigned port);
void viewing_wait(struct viewing *f, uint64_t ms); // with the ticks asked for

// One commit that changes one total (0: it goes), and its delta unless it gets lost.
void viewing_change(struct viewing *f, size_t topic, uint32_t uid, int64_t value, bool lost);
void viewing_beat(struct viewing *f, bool lost);
void viewing_say(struct viewing *f, const struct th_answer *answer);

// Ownership: viewing_deliver frees it.
struct viewing_read *viewing_snapshot(struct viewing *f);
// In parts of one line each when in_parts, all topics in the first.
void viewing_deliver(struct viewing *f, struct viewing_read *read, bool in_parts);

void viewing_begin(struct viewing *f);   // without links
void viewing_go_live(struct viewing *f); // begin, links, beat, snapshot
void viewing_ask(struct viewing *f);     // begin, links, beat
// After a loss: beats go on until it asks, and it is answered.
void viewing_repair(struct viewing *f);
void viewing_expect_same(struct viewing *f);

#endif
