// routing_rig.h - the broker's core without sockets: one roster, messages in, actions out

#ifndef TESTS_SUPPORT_ROUTING_RIG_H
#define TESTS_SUPPORT_ROUTING_RIG_H

#include "broker/routing.h"
#include "tests/support/test.h"

enum {
    RIG_STORE = 77,       // valid store id of hg93
    RIG_OTHER_STORE = 78, // valid store id of ct92
    RIG_WALL_MS = 1000000,
    RIG_EXPIRES_MS = 2000000,
    RIG_ENTRY_COUNT = 14,
    RIG_PROVINCE_COUNT = 2,
};

extern const uint8_t RIG_JOINED_KEY[TH_CURVE_BYTES];
extern const struct th_roster_entry RIG_ENTRIES[RIG_ENTRY_COUNT];
extern const struct th_roster_province RIG_PROVINCES[RIG_PROVINCE_COUNT];
extern const struct th_roster RIG_ROSTER;

#define RIG_BODY TH_BYTES("body")

struct rig {
    struct routing routing;
    void *memory;
    struct th_action items[ROUTING_ACTIONS_MAX];
    struct th_actions actions;
    uint64_t now_ms;
    uint8_t arena_bytes[64 * 1024];
    struct th_arena arena;
};

struct rig_sent {
    enum th_peer_class class;
    uint32_t number;
    enum routing_port port;
    uint32_t type;
    uint32_t node; // as the header claims
};

struct rig_answer {
    uint32_t worker;
    const char *worker_route;
    struct th_envelope envelope;
    uint32_t type;
};

extern const struct rig_sent RIG_BATCH;
extern const struct rig_sent RIG_BYE;

int rig_setup(void **state);
int rig_teardown(void **state);
#define RIG_CASE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

// Each gives the machine one event and leaves its actions in f->items.
void rig_step(struct rig *f, struct th_event event);
void rig_message(struct rig *f,
                 const struct rig_sent *sent,
                 const char *route,
                 struct th_bytes body);
void rig_attach(struct rig *f, uint32_t worker, const char *route, uint64_t store, uint64_t epoch);
void rig_answer(struct rig *f, const struct rig_answer *answer, struct th_bytes body);

struct th_bytes rig_header(uint8_t out[static TH_HEADER_BYTES_MAX], struct th_header header);
// What worker 1 says, by its connection W1, in store epoch 3 of hg93, to the connection N.
struct rig_answer rig_answer_to(enum th_peer_class class, uint32_t number, uint32_t type);

const struct th_action *rig_only_send(struct rig *f, unsigned port);
struct th_header rig_header_of(const struct th_action *action);
void rig_expect_refusal(struct rig *f, unsigned port, uint32_t code);
void rig_expect_envelope(struct rig *f, enum th_peer_class class, uint32_t number);
uint64_t rig_count(const struct rig *f, const char *name);

#endif
