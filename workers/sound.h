// sound.h - is a store what it says, and sound? What a copy is asked before it is called one
//
// The store must fit the register, catalogue and lineage of its directory, and everything in it is
// verified (verify.h).

#ifndef WORKERS_SOUND_H
#define WORKERS_SOUND_H

#include "tonghop/config.h"

#include "workers/host.h"

enum { SOUND_TOLD_MAX = 20 }; // findings that are told

struct sound {
    struct identity identity; // as the store says
    uint8_t chain[TH_HASH256_BYTES];
    struct verify_result result;
};

// How it is looked at, and who is told of findings, as sentences.
struct sound_setup {
    const struct th_config *config; // of the directory
    const char *lineage;
    enum verify_level level;
    enum th_lang lang;
    void (*tell)(void *self, const char *sentence); // NULL: nobody
    void *self;
};

/**
 * Look at store in the transaction it comes from.
 *
 * Errors: TH_E_CORRUPT: it is not sound (there were findings); those of host_fit, with *why; what
 *         cannot be read, with *why.
 */
TH_MUST_USE enum th_err sound_look(const struct sound_setup *setup,
                                   struct th_store store,
                                   struct sound *sound,
                                   struct th_verdict *why);

// sound_look for who wants no more than the answer: self is a struct sound_setup.
enum th_err sound_answer(void *self, struct th_store store, struct th_verdict *why);

// What a store says it is and how far it is, without a look at the rest. TH_E_CORRUPT, the store's.
TH_MUST_USE enum th_err sound_head(struct th_store store, struct sound *sound);

#endif
