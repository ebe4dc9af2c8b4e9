// keys_sign.h - the province's signing keys: tonghop keys rotate --sign, and their rows in keys
// list

#ifndef CLI_KEYS_SIGN_H
#define CLI_KEYS_SIGN_H

#include "tonghop/err.h"
#include "tonghop/option.h"

int keys_sign(const struct th_call *call, const char *dir);

// One signing key of a province.
struct keys_sign_row {
    unsigned number; // from 1
    bool present;
    const char *fingerprint;
    int64_t since_ms; // 0: the first, made with the province
};

// Each of them, the oldest first; none when dir is not a province's.
typedef enum th_err (*keys_sign_each)(void *self, const struct keys_sign_row *row);
TH_MUST_USE enum th_err keys_sign_list(const char *dir, keys_sign_each each, void *self);

#endif
