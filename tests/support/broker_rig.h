// broker_rig.h - the real tonghop-broker on a scratch directory, and peers with real keys

#ifndef TESTS_SUPPORT_BROKER_RIG_H
#define TESTS_SUPPORT_BROKER_RIG_H

#include <sys/types.h>

#include "tonghop/codec.h"
#include "tonghop/key.h"
#include "tonghop/roster.h"
#include "tonghop/sock.h"

#include "tests/support/test.h"

enum {
    BROKER_RIG_STORE = 77,   // valid store id of hg93
    BROKER_RIG_NODE = 7,     // has its own key; number 8 too
    BROKER_RIG_ENROLLED = 9, // has only the key of its enrolment
    BROKER_RIG_VIEWER = 20,
    BROKER_RIG_SOCKS = 8,
};

struct broker_rig {
    char *dir;
    struct th_context context;
    struct th_key_pair server, worker, nodes[2], bootstrap, viewer;
    struct th_roster *roster;
    pid_t pid; // 0: not running
    int out;   // its standard output
    char line[1024];
    int status;
    struct th_broker_state state;
    struct th_sock socks[BROKER_RIG_SOCKS]; // closed at the end
    size_t sock_count;
    uint8_t arena_bytes[64 * 1024];
    struct th_arena arena;
};

int broker_rig_setup(void **state); // the directory; nothing runs
int broker_rig_teardown(void **state);

// Start the program; true when it said READY, false when it ended (status).
bool broker_rig_start(struct broker_rig *f);
void broker_rig_end(struct broker_rig *f, int signal); // and wait for it
bool broker_rig_program_exists(void);

void broker_rig_save(struct broker_rig *f); // the roster, as it is now
void broker_rig_await_generation(struct broker_rig *f, uint64_t generation); // or a later one
char *broker_rig_path(const struct broker_rig *f, const char *name);         // caller frees

struct th_sock *broker_rig_connect(struct broker_rig *f,
                                   enum th_sock_kind kind,
                                   const struct th_key_pair *own,
                                   const char *endpoint);
bool broker_rig_up(struct broker_rig *f, struct th_sock *sock, bool wanted); // within the deadline
// The next result of a handshake, waited for; one that is only late is tried again.
enum th_handshake broker_rig_handshake(struct th_sock *sock);

void broker_rig_send(struct th_sock *sock, uint32_t type, uint32_t node, struct th_bytes body);
// The next message, waited for; the worker's have an envelope.
void broker_rig_receive(struct th_sock *sock, struct th_message *message);
struct th_header broker_rig_header(const struct th_message *message);
bool broker_rig_silent(struct th_sock *sock, unsigned wait_ms); // nothing came within wait_ms

// A worker that has attached to hg93 and was sent its ROSTER.
struct th_sock *broker_rig_worker(struct broker_rig *f, uint64_t epoch);
void broker_rig_attach(struct th_sock *worker, uint64_t epoch);
// Answer the message that came with this envelope.
void broker_rig_answer(struct broker_rig *f,
                       struct th_sock *worker,
                       const struct th_message *asked,
                       uint32_t type,
                       struct th_bytes body);

#endif
