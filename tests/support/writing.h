// writing.h - the writer's thread and the questions' thread of a worker over a real store

#ifndef TESTS_SUPPORT_WRITING_H
#define TESTS_SUPPORT_WRITING_H

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/envelope.h"
#include "workers/marker.h"
#include "workers/query.h"
#include "workers/writer.h"

enum { SMALL_BYTES = 1024 * 1024 };

struct writing {
    struct province *made; // register, catalogue and an opened store; its judge rests
    struct th_province province;
    struct opened opened;
    struct source source;
    struct th_queue *out;
    struct writer *writer;
    struct query *query;
    struct query_province asked;
    struct player player;
    char *marker;             // NULL: none
    struct th_parcel *parcel; // the newest one that was waited for
    struct th_arena arena;
};

extern const struct writer_pace WRITING_PACE; // as it is at first

int writing_setup(void **state); // cmocka; *state is the struct writing
int writing_setup_small(void **state);
int writing_teardown(void **state);

void writing_start(struct writing *f); // again, after writing_stop
int writing_stop(struct writing *f);   // the writer's exit code

// ---- talking: node 1 speaks, viewer 3 asks ----

void writing_give_roster(struct writing *f); // node 1 may write everything
void writing_send_batch(struct writing *f, const struct th_update *updates, size_t count);
bool writing_is(const struct th_parcel *parcel, enum th_message_type type);
// Look at what comes out until a message of this type is there, in f->parcel.
bool writing_comes(struct writing *f, enum th_message_type type);
bool writing_comes_decision(struct writing *f); // ACK or REFUSAL
struct th_decided writing_wait_for_ack(struct writing *f, uint64_t seq);
struct th_answer writing_ask(struct writing *f, const struct th_query *query); // its part 0

#endif
