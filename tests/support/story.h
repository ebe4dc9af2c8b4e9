// story.h - a province at work for some days, and what it gave out: receipts and roots

#ifndef TESTS_SUPPORT_STORY_H
#define TESTS_SUPPORT_STORY_H

#include "tonghop/codec.h"
#include "tonghop/receipt.h"
#include "tonghop/root.h"

#include "tests/support/province.h"
#include "tests/support/test.h"

enum { STORY_NODES = 3, STORY_DAYS = 4, STORY_TURNS_A_DAY = 9, STORY_KEPT_MAX = 400 };
enum { STORY_TURNS = STORY_DAYS * STORY_TURNS_A_DAY, STORY_OFFICE = 1 };

// A text that was given out, without its signature.
struct paper {
    uint8_t content[TH_RECEIPT_CONTENT_MAX];
    size_t size;
};

struct story {
    struct province *province;
    struct player players[STORY_NODES + 1]; // 0 is the desk
    uint32_t revisions[STORY_NODES + 1];
    struct paper receipts[STORY_KEPT_MAX];
    size_t receipt_count;
    struct paper roots[STORY_KEPT_MAX];
    size_t root_count;
};

// What another history has instead, in one turn. The office is node 1, which speaks in each turn.
enum story_twist {
    STORY_CHANGED,  // whoever spoke said another figure
    STORY_LEFT_OUT, // the office said nothing
    STORY_ADDED,    // the office said something more
    STORY_SWAPPED,  // the office said first what it said in the turn behind
    STORY_CUT,      // nothing, and nothing since
    STORY_TWISTS,
};

struct th_bytes paper_text(const struct paper *paper);
struct th_receipt paper_receipt(const struct paper *paper);
struct th_root paper_root(const struct paper *paper);

// The same for the same seed.
struct story *story_write(uint64_t seed);
// But for turn number turn.
struct story *story_write_other(uint64_t seed, enum story_twist twist, int turn);
void story_forget(struct story *story);

// Does the store hold what the paper says?
bool story_holds_receipt(struct story *story, const struct paper *paper);
bool story_holds_root(struct story *story, const struct paper *paper);

#endif
