// reforming.h - the desk changes the register of the province of province.h

#ifndef TESTS_SUPPORT_REFORMING_H
#define TESTS_SUPPORT_REFORMING_H

#include "tests/support/province.h"

struct reforming {
    struct province *p;
    struct player one;  // D1
    struct player two;  // D2
    struct player desk; // node 0
};

// For each test; *state is a struct reforming. At the end the store is verified.
int reforming_setup(void **state);
int reforming_teardown(void **state);

struct unit_row { // a commune
    const char *code, *name, *parent, *from, *until;
};
struct th_update reforming_unit(struct unit_row row);
struct th_update reforming_successor(const char *old, const char *new, const char *effective);
struct th_update reforming_apply(int64_t rows);

// Rows and their application in one batch. Returns the code of what was refused; 0: all is applied,
// and the worker has opened the store again.
unsigned reforming_change(struct reforming *s, const struct th_update *rows, size_t count);
// It must be taken.
void reforming_say(struct reforming *s, struct player *player, struct th_update update);

#endif
