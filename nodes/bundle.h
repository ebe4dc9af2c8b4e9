// bundle.h - the province's register and catalogue, as this node holds them for its own checks
//
// The bundle comes in parts over the line. Parts are kept under the digest of the whole; only when
// all are there and the digest is right does the mark move to it, in one transaction. So a check
// always sees one whole bundle: the old one or the new one.
//
// Pure: works in the open transaction.

#ifndef NODES_BUNDLE_H
#define NODES_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "nodes/outbox.h"

enum { BUNDLE_BYTES_MAX = 64 * 1024 * 1024 };

// The digest of the bundle held. TH_E_NOT_FOUND when there is none yet.
TH_MUST_USE enum th_err bundle_held(struct outbox *box, uint8_t digest[static 32], uint64_t *bytes);

/**
 * Keep one part. *next is the offset of the next one wanted, or total when the bundle is whole;
 * then it is the one held from now on and the one before it is removed.
 *
 * Errors: TH_E_INVALID for a part that does not fit (offset, size, above BUNDLE_BYTES_MAX);
 *         TH_E_MALFORMED when all parts are there and the digest is wrong: they are removed.
 */
TH_MUST_USE enum th_err bundle_part(struct outbox *box, const struct th_part *part, uint64_t *next);

// Copy the held bundle to out, which has room for the bytes bundle_held told.
TH_MUST_USE enum th_err bundle_copy(struct outbox *box, uint8_t *out, uint64_t bytes);

#endif
