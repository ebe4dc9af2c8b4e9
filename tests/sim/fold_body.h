// fold_body.h - what the parts of the fold share

#ifndef TESTS_SIM_FOLD_BODY_H
#define TESTS_SIM_FOLD_BODY_H

#include "tests/sim/fold.h"

// ---- fold.c ----

extern const struct load_place FOLD_NOWHERE;

// A statement counts (1), or counts no more (-1).
void fold_count(struct fold *fold,
                const struct load_item *item,
                struct load_place at,
                int64_t sign,
                const struct fold_standing *what);

// The rule of revisions: newer is applied, the same again is nothing, anything else is refused.
enum news { NEWER, REPEATED, REFUSED };
enum news
fold_news_of(const struct fold_standing *standing, const struct load_item *item, bool same);
bool fold_same_words(const struct fold_standing *standing, const struct load_item *item);

// What was, what is; NULL: nothing.
void fold_tell(struct fold *fold, const struct fold_standing *was, const struct fold_standing *now);
// A new statement takes the place of what stands.
void fold_replace(struct fold *fold, struct fold_standing *standing, const struct load_item *item);

bool fold_is_open(struct fold *fold, struct load_place at, uint32_t form, uint32_t period);
void fold_touch(struct fold *fold, struct load_place at, uint32_t form, uint32_t period);

// ---- fold_move.c: false, it is refused ----

bool fold_movable(struct fold *fold, struct fold_province *province, const struct load_item *item);
bool fold_transfer_said(struct fold *fold, uint32_t node, const struct load_item *item);
bool fold_register(struct fold *fold, uint32_t node, const struct load_item *item);

#endif
