// story.h - a province at work for some days, and what it gave out: receipts and roots

#ifndef TESTS_SUPPORT_STORY_H
#define TESTS_SUPPORT_STORY_H

#include "tonghop/codec.h"

#include "tests/support/province.h"
#include "tests/support/test.h"

enum { STORY_NODES = 3, STORY_DAYS = 4, STORY_TURNS_A_DAY = 9, STORY_KEPT_MAX = 400 };

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

struct th_bytes paper_text(const struct paper *paper);

// The same for the same seed, but for what is entered in turn number changed (-1: none).
struct story *story_write(uint64_t seed, int changed);
void story_forget(struct story *story);

#endif
