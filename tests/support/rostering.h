// rostering.h - a roster of one province in a directory of its own

#ifndef TESTS_SUPPORT_ROSTERING_H
#define TESTS_SUPPORT_ROSTERING_H

#include "tonghop/roster.h"

#include "tests/support/test.h"

struct rostering {
    char *dir;
    char *path; // of the roster's file
    char *lock;
    struct th_roster *roster;
    struct th_roster *read;
    struct th_finding kept[16];
    struct th_findings findings;
};

extern const struct th_bytes ROSTERING_UNITS[2];
extern const struct th_roster_province ROSTERING_HG;

// Of cmocka: *state is the one rostering.
int rostering_setup(void **state);
int rostering_teardown(void **state);

// A node of the province that enrolled; a peer with a key of equal bytes.
struct th_roster_entry rostering_node(uint32_t number);
struct th_roster_entry rostering_keyed(enum th_peer_class class, uint32_t number, uint8_t byte);

void rostering_add(struct rostering *f, struct th_roster_entry entry);
// The file into f->read, its findings into f->findings.
enum th_err rostering_read_back(struct rostering *f);

#endif
