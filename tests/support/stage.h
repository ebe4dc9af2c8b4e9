// stage.h - a node session on a stage: commits on the store in memory, what was sent kept, and the
// province played by the test

#ifndef TESTS_SUPPORT_STAGE_H
#define TESTS_SUPPORT_STAGE_H

#include "tonghop/store_memory.h"

#include "nodes/outbox.h"
#include "nodes/session.h"
#include "tests/support/test.h"

enum { STAGE_SENT_MAX = 64, STAGE_STORE_ID = 77 };

struct stage_sent {
    struct th_header header;
    size_t body_size;
};

struct stage {
    struct th_store_memory *memory;
    struct th_store store;
    struct session session;
    void *room;
    uint64_t now;
    uint64_t epoch; // stream epoch of what the province says; 0: not stated
    uint64_t wake;
    struct stage_sent sent[STAGE_SENT_MAX];
    size_t sent_count;
    unsigned rebuilds;
    unsigned exits;
    unsigned commits;
    enum th_err commit_answer;
};

extern const uint8_t STAGE_PUBLIC_KEY[32];
extern const struct outbox_identity STAGE_IDENTITY;

void stage_step(struct stage *f, struct th_event event);
void stage_happen(struct stage *f, enum th_event_kind kind);
void stage_wake(struct stage *f);
void stage_start(struct stage *f);
void stage_queue(struct stage *f, size_t count);
struct outbox stage_load(struct stage *f);
void stage_answer(struct stage *f, uint32_t type, struct th_bytes body);
struct th_decided stage_decided(struct stage *f, uint64_t seq);
void stage_say_decided(struct stage *f, uint32_t type, const struct th_decided *d);
void stage_say(struct stage *f, uint32_t type, uint64_t seq);
void stage_refuse(struct stage *f, uint32_t code, enum th_refusal_class class, uint64_t retry_ms);
void stage_forget_sent(struct stage *f);
unsigned stage_count_sent(const struct stage *f, uint32_t type);
void stage_open_session(struct stage *f);
int stage_setup(void **state);
int stage_teardown(void **state);

#endif
