// giving.h - a node that gives a province again what it lost, piece by piece

#ifndef TESTS_SUPPORT_GIVING_H
#define TESTS_SUPPORT_GIVING_H

#include "tests/support/province.h"

struct giving {
    const struct th_update *updates;
    size_t count;
    bool last;
    uint64_t live;
    int64_t said_ms;
};

// A node that gives again in this epoch: its chain goes on with each piece.
struct player giving_player(uint32_t number, uint64_t epoch);
// The next piece. 0: answered, with *answer; else the code of a refusal; UINT32_MAX: nothing was
// said.
unsigned giving_piece(struct province *province,
                      struct player *player,
                      const struct giving *given,
                      struct th_resynced *answer);

#endif
