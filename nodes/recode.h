// recode.h - a file in another encoding, written again as UTF-8
//
// The encoding is never guessed: the office names it. What is plainly something else is refused: a
// mark of another encoding at the start, bytes that mean nothing, and a whole file of UTF-8 that is
// said to be in one byte a letter.
//
// Threads: one.

#ifndef NODES_RECODE_H
#define NODES_RECODE_H

#include <stdint.h>

#include "tonghop/base.h"
#include "tonghop/err.h"

/**
 * Copy what from still has to the descriptor to, as UTF-8. encoding as iconv names it; NULL
 * copies the bytes as they are.
 *
 * Errors: TH_E_MALFORMED: not in that encoding, from line *line on (0: as a whole); TH_E_TOO_LARGE
 *         beyond bytes_max; TH_E_NOT_FOUND: this machine does not know the encoding; TH_E_IO, errno
 *         says why.
 */
TH_MUST_USE enum th_err
recode(const char *encoding, int from, int to, uint64_t bytes_max, uint32_t *line);

#endif
