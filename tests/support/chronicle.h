// chronicle.h - lives of random provinces, step by step, each step compared with a naive recount
//
// A step is a turn with one or a few statements, or a change of the register by the desk; some
// turns are lost because the process dies. What a step touched is compared with what the naive
// province counts from the statements that were taken: the totals of its topics with their
// coverage, all reports, and an answer to a random question; after a change of the register, and
// now and then, everything. And an answer of an earlier version must come again as it was.
//
//   chronicle.c       lives, turns, registers      chronicle_ask.c   questions, now and of before
//   chronicle_tell.c  what happened, as texts

#ifndef TESTS_SUPPORT_CHRONICLE_H
#define TESTS_SUPPORT_CHRONICLE_H

#include "tests/support/naive_answer.h"
#include "tests/support/realm.h"

enum { CHRONICLE_MEMORIES = 40 };

enum chronicle_kind {
    CHRONICLE_PERSONS,
    CHRONICLE_COLLECTIVES,
    CHRONICLE_TRANSFERS,
    CHRONICLE_FIGURES,
    CHRONICLE_WITHDRAWALS,
    CHRONICLE_REPORTS,
    CHRONICLE_DECISIONS,
    CHRONICLE_REGISTERS,
    CHRONICLE_KINDS
};

// An answer that was given.
struct memory {
    uint64_t version;
    struct naive_question question;
    char *text; // NULL: some sum passed 64 bits
};

struct chronicle {
    struct rng rng;
    struct realm realm;
    struct player players[REALM_NODES];
    struct memory memories[CHRONICLE_MEMORIES];
    size_t memory_count;
    bool telling;              // of every statement
    uint64_t life, seed, step; // of this life
    // Figures of all lives.
    uint64_t steps;
    uint64_t applied[CHRONICLE_KINDS];
    uint64_t refused, lost;
    uint64_t totals, reports, lines, again; // that were compared
};

// One statement of a turn.
struct sent {
    uint32_t node;
    uint64_t seq; // of its batch
    struct th_update update;
};

// A new province, all of whose life follows from seed, lives for so many steps, and ends. A
// difference fails the test.
void chronicle_live(struct chronicle *chronicle, uint64_t seed, uint64_t steps);
// What a test that failed leaves behind.
void chronicle_forget(struct chronicle *chronicle);

// ---- chronicle_ask.c ----

// Ask a random question and compare; sometimes an earlier one again.
void chronicle_ask(struct chronicle *chronicle);

// ---- chronicle_tell.c ----

void chronicle_describe(const struct chronicle *chronicle, const struct sent *sent, unsigned code);
void chronicle_question(const struct naive_question *question);
void chronicle_registers(const struct ground *before, const struct ground *after);
void chronicle_figures(const struct chronicle *chronicle); // in one line

#endif
