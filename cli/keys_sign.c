// keys_sign.c - see keys_sign.h

#include "cli/keys_sign.h"

#include <errno.h>
#include <stdlib.h>

#include "tonghop/clock.h"
#include "tonghop/sign_keys.h"

#include "cli/place.h"

int keys_sign(const struct th_call *call, const char *dir)
{
    char keys[TH_PATH_MAX];
    char fingerprint[TH_FINGERPRINT_SIZE];
    struct th_succession done;
    struct th_verdict why = {0};
    (void)place_path(dir, "keys", keys);
    errno = 0;
    enum th_err err = th_key_check(keys, &why);
    if (err == TH_OK) {
        err = th_sign_keys_change(keys, th_wall_ms(), &done, &why);
    }
    if (err != TH_OK) {
        return why.code != 0 ? place_fail_verdict(call, &why) : place_fail(call, err, keys);
    }
    th_call_say(
        call,
        "Khóa ký mới: %s. Worker dùng khóa này từ lần khởi động tới. Khóa cũ %s giữ trong "
        "sign-%s.public để kiểm biên nhận cũ; công bố cả hai.\n",
        "The new signing key: %s. Workers sign with it from their next start on. The old one, "
        "%s, is kept in sign-%s.public for older receipts; publish both.\n",
        th_key_fingerprint(done.key, fingerprint),
        done.old,
        done.old);
    return TH_EXIT_OK;
}

// Each text says when the key before it ended, and the next one began.
static enum th_err
tell_each(const struct th_successions *told, const char *present, keys_sign_each each, void *self)
{
    struct keys_sign_row row = {.number = 1};
    for (size_t i = 0; i < told->count; i++) {
        struct th_succession succession;
        if (th_succession_read(told->texts[i], &succession) != TH_FLAW_NONE) {
            th_unreachable(); // it was read before
        }
        row.fingerprint = succession.old;
        TH_TRY(each(self, &row));
        row.number++;
        row.since_ms = succession.time_ms;
    }
    row.fingerprint = present;
    row.present = true;
    return each(self, &row);
}

enum th_err keys_sign_list(const char *dir, keys_sign_each each, void *self)
{
    char keys[TH_PATH_MAX];
    char z85[TH_Z85_SIZE];
    char present[TH_FINGERPRINT_SIZE];
    uint8_t key[TH_SIGN_PUBLIC_BYTES];
    struct th_verdict why;
    if (th_key_read_public(place_path(dir, "keys", keys), "sign", z85, &why) != TH_OK ||
        th_z85_read(th_bytes_of(z85), key) != TH_OK) {
        return TH_OK;
    }
    struct th_successions *told = malloc(sizeof(*told));
    if (told == NULL) {
        return TH_E_NO_MEMORY;
    }
    th_successions_read(keys, key, told);
    const enum th_err err = tell_each(told, th_key_fingerprint(key, present), each, self);
    free(told);
    return err;
}
