// telling.h - what must hold of changes as answers tell them

#ifndef TESTS_SUPPORT_TELLING_H
#define TESTS_SUPPORT_TELLING_H

#include "tonghop/codec.h"

// Of a DIFF: the updates below each line make its difference. Returns how many lines there are.
size_t telling_adds_up(const struct th_change *changes, size_t count);

bool telling_same_key(const struct th_change *a, const struct th_change *b);

// Of CHANGES since the beginning: of each key, what one update left is what the next one finds.
// Returns how many records are live in the end.
int64_t telling_follows(const struct th_change *changes, size_t count);

#endif
