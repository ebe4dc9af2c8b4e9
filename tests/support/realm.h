// realm.h - a random province for recounts: its units, its catalogue, and what is said there
//
// A root, a few districts, perhaps an agency, and communes; in four years some of them merge, end,
// split, move or get another code or name, at first and later by the desk. The catalogue has a
// measure of each shape and way of counting, a sum of measures, a form by months, one by years that
// closes, and one of ratings. Few periods are reported, so that statements meet.
//
//   realm.c         the catalogue, the first register, and the province
//   realm_unit.c    what becomes of units
//   realm_said.c    statements and acts of the desk

#ifndef TESTS_SUPPORT_REALM_H
#define TESTS_SUPPORT_REALM_H

#include "tests/support/naive.h"
#include "tests/support/test.h"

enum { REALM_PERIODS = 9, REALM_NODES = 4, REALM_LINES = 32, REALM_TURN = 4, REALM_WORDS = 4096 };

struct realm {
    struct rng *rng;
    struct naive naive;
    const char *periods[REALM_PERIODS]; // that are reported
    char grants[REALM_NODES][16];       // by node; "" is the desk
    int codes;                          // given so far
    char words[REALM_WORDS][24];        // of references to units; they live as long as the realm
    int word_count;
    struct realm_lines { // of the newest declarations
        struct th_completion_line lines[REALM_LINES];
        struct naive_line held[REALM_LINES];
    } declared[REALM_TURN];
    int declarations;
};

extern const struct naive_catalogue REALM_CATALOGUE;
// What may be asked for but is not reported: larger periods.
extern const char *const REALM_SPANS[];
extern const size_t REALM_SPAN_COUNT;

// A new realm with a province on disk. realm_end frees the province; the realm is the caller's.
void realm_make(struct realm *realm, struct rng *rng);
void realm_end(struct realm *realm);

// The text, kept until the realm ends.
struct th_bytes realm_word(struct realm *realm, const char *text);

// What is said next, and by which node. The texts live until the realm ends, lines of a
// declaration until REALM_TURN more were made.
struct th_update realm_says(struct realm *realm, uint32_t *node);

/**
 * A change of the register: its rows as acts of the desk, and the act that applies them. What comes
 * of it is in *after, not settled.
 */
size_t realm_changes(struct realm *realm, struct th_update *updates, struct ground *after);

// One thing that becomes of a unit, at random; false: of this one it cannot.
bool realm_edit(struct realm *realm, struct ground *ground);

#endif
