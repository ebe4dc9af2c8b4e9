// ask.h - one question to a province's query port, and its answer in parts
//
// The answer is read from one version of the store. It comes in parts under credit, so that neither
// side holds more than a bound. A province that is not there yet (no worker, busy) is asked again
// until the deadline; a key that it refuses is not.
//
// Threads: one.

#ifndef TONGHOP_ASK_H
#define TONGHOP_ASK_H

#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/codec.h"
#include "tonghop/err.h"

struct th_asker;

struct th_asker_setup {
    const char *endpoint;   // the broker's door for questions
    const char *keys;       // the directory with the broker's key (server_key.h)
    const char *own_public; // Z85
    const char *own_secret;
    uint32_t number; // of the viewer
};

// Ownership: *out is the caller's (th_asker_close); the texts of setup are copied.
// Errors: TH_E_INVALID (endpoint, keys), TH_E_NO_MEMORY, TH_E_IO.
TH_MUST_USE enum th_err th_asker_open(const struct th_asker_setup *setup, struct th_asker **out);
void th_asker_close(struct th_asker **asker); // scoped

// Called for each part in order; what it points to lives until it returns. An error ends the
// asking.
typedef enum th_err (*th_asker_part)(void *context, const struct th_answer *answer);

// What a question ended with.
struct th_asker_end {
    uint32_t code;    // of the province's refusal (5002, 3108 ...), or of the key (ZAP status); 0
    char detail[128]; // what it is about
};

/**
 * Ask, and give every part of the answer to part.
 *
 * Errors:    TH_E_TIMEOUT: no whole answer within timeout_ms (end->code: 3108 or 3004 when the
 *            province said so); TH_E_DENIED: our key is refused; TH_E_REFUSED: the province refused
 *            the question (end->code); an error of part.
 */
TH_MUST_USE enum th_err th_asker_ask(struct th_asker *asker,
                                     const struct th_query *query,
                                     uint64_t timeout_ms,
                                     th_asker_part part,
                                     void *context,
                                     struct th_asker_end *end);

#endif
