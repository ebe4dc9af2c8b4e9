// enrolment.h - the file with which a new office (or viewer) comes to its province
//
// Strict YAML, at most 4 KiB, mode 0600. It carries a one-use key (bootstrap_secret) that admits
// exactly one registration of the office's own key, and with it all an office needs to know: where
// the province is, whose key to expect there, which units it speaks for.

#ifndef TONGHOP_ENROLMENT_H
#define TONGHOP_ENROLMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"
#include "tonghop/finding.h"
#include "tonghop/sock.h"
#include "tonghop/verdict.h"

enum {
    TH_ENROLMENT_BYTES_MAX = 4096,
    TH_ENROLMENT_FORMAT = 1,
    TH_ENROLMENT_UNITS_MAX = 64,
    TH_ENROLMENT_BROKERS_MAX = 8,
};

struct th_enrolment {
    enum th_peer_class role;  // node, viewer, desk
    struct th_bytes province; // the root: code or code@date
    struct th_bytes lineage;
    struct th_bytes name; // of the province; may be empty
    const struct th_bytes *units;
    size_t unit_count;
    bool only;
    uint32_t node;      // its number
    uint32_t enrolment; // which of that number's, from 0
    const struct th_bytes *brokers;
    size_t broker_count;
    struct th_bytes queries;
    struct th_bytes feed;
    char server_key[TH_Z85_SIZE];
    char next_server_key[TH_Z85_SIZE];  // "" unless the broker announces another one
    char sign_key[TH_Z85_SIZE];         // "" when there is none
    char bootstrap_secret[TH_Z85_SIZE]; // "" of a province's own desk, whose key is known already
    char person_key[TH_Z85_SIZE];       // "" when ids travel as they stand
    int64_t expires_ms;                 // Unix time
};

// What a read enrolment's texts live in.
struct th_enrolment_file {
    struct th_enrolment enrolment;
    struct th_enrolment_memory *memory;
};
void th_enrolment_free(struct th_enrolment_file *file); // scoped; forgets the secrets

/**
 * Write path (0600), on disk when this returns.
 *
 * Errors: TH_E_EXISTS: there is such a file; TH_E_TOO_LARGE: above TH_ENROLMENT_BYTES_MAX; TH_E_IO.
 */
TH_MUST_USE enum th_err th_enrolment_write(const char *path, const struct th_enrolment *enrolment);

// The same in place of the file there is. TH_E_TOO_LARGE, TH_E_IO: it is as it was.
TH_MUST_USE enum th_err th_enrolment_replace(const char *path,
                                             const struct th_enrolment *enrolment);

/**
 * Read path and check it, also against the time now_ms (Unix).
 *
 * Errors: TH_E_NOT_FOUND or TH_E_IO (TH2001); TH_E_MALFORMED (TH1206, findings with the places);
 *         TH_E_DENIED (TH1204, expired: *file is filled nevertheless); TH_E_NO_MEMORY. *why says
 *         it.
 */
TH_MUST_USE enum th_err th_enrolment_read(const char *path,
                                          int64_t now_ms,
                                          struct th_findings *findings,
                                          struct th_enrolment_file *file,
                                          struct th_verdict *why);

#endif
