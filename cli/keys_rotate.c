// keys_rotate.c - see keys_rotate.h

#include "cli/keys_rotate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/key.h"

#include "cli/enrol.h"
#include "cli/place.h"

struct rotate {
    const struct th_call *call;
    const char *dir;
    const char *whose; // operand
    enum th_peer_class role;
    struct th_roster_lock lock;
    struct th_roster *roster;
    char path[TH_PATH_MAX]; // of the roster
    size_t asked;
};

static void rotate_free(struct rotate *rotate)
{
    th_roster_free(&rotate->roster);
    th_roster_unlock(&rotate->lock);
}

static enum th_err open_roster(struct rotate *rotate)
{
    char path[TH_PATH_MAX];
    struct th_findings nobody = th_findings_of(NULL, 0, "roster.yaml");
    (void)place_path(rotate->dir, "register/roster.yaml", rotate->path);
    TH_TRY(th_roster_lock(place_path(rotate->dir, "register/roster.lock", path), &rotate->lock));
    TH_TRY(th_roster_read(rotate->path, &nobody, &rotate->roster));
    return th_roster_join_kept(rotate->roster, place_path(rotate->dir, "run", path));
}

static int unknown(const struct rotate *rotate)
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, TH_M_UNKNOWN_WORD, 'd', NULL, rotate->whose, NULL);
    return place_fail_verdict(rotate->call, &verdict);
}

static bool number_of(const char *text, uint32_t *number)
{
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    *number = (uint32_t)value;
    return end != text && *end == '\0' && value <= UINT32_MAX;
}

// ---- of offices ----

static bool speaks_for(const struct th_roster_entry *entry, struct th_bytes unit)
{
    bool found = false;
    for (size_t i = 0; i < entry->unit_count; i++) {
        const struct th_bytes ref = entry->units[i];
        const char *at = ref.size > 0 ? memchr(ref.data, '@', ref.size) : NULL;
        const struct th_bytes code = {.data = ref.data,
                                      .size = at == NULL ? ref.size
                                                         : (size_t)(at - (const char *)ref.data)};
        found = found || th_bytes_equal(ref, unit) || th_bytes_equal(code, unit);
    }
    return found;
}

// A number is an office's before it is a unit's: "7", "935", or "all".
static bool is_meant(const struct rotate *rotate, const struct th_roster_entry *entry, bool by_unit)
{
    uint32_t number = 0;
    if (strcmp(rotate->whose, "all") == 0) {
        return true;
    }
    return by_unit ? speaks_for(entry, th_bytes_of(rotate->whose))
                   : number_of(rotate->whose, &number) && number == entry->number;
}

// Who has not joined yet comes with a new key anyway.
static enum th_err ask(struct rotate *rotate, bool by_unit)
{
    for (size_t i = 0; i < rotate->roster->entry_count; i++) {
        const struct th_roster_entry *entry = &rotate->roster->entries[i];
        if (entry->class != rotate->role || !entry->joined || entry->revoked ||
            entry->key_enrolment != entry->enrolment || !is_meant(rotate, entry, by_unit)) {
            continue;
        }
        TH_TRY(
            th_roster_rotate(rotate->roster, entry->class, entry->number, entry->key_rotation + 1));
        rotate->asked++;
    }
    return TH_OK;
}

static int rotate_offices(struct rotate *rotate)
{
    const struct th_call *call = rotate->call;
    enum th_err err = ask(rotate, false);
    if (err == TH_OK && rotate->asked == 0) {
        err = ask(rotate, true);
    }
    if (err == TH_OK && rotate->asked == 0) {
        return unknown(rotate);
    }
    if (err == TH_OK) {
        err = th_roster_save(rotate->roster, rotate->path);
    }
    if (err != TH_OK) {
        return place_fail(call, err, rotate->path);
    }
    const int code = enrol_wait_for_broker(call, rotate->dir, rotate->roster->generation);
    if (code == TH_EXIT_OK) {
        th_call_say(
            call,
            "Đã yêu cầu đổi khóa: %zu. Mỗi nơi đổi khóa ở lần liên lạc tới; khóa cũ còn dùng "
            "được thêm một thời gian (worker.key_overlap). Xem: tonghop keys list\n",
            "Asked for new keys: %zu. Each is changed with the next contact; the old one is "
            "let in for some time beside it (worker.key_overlap). See: tonghop keys list\n",
            rotate->asked);
    }
    return code;
}

// ---- of this machine ----

// Where the key is, and its name there.
static bool place_of(const struct rotate *rotate,
                     char keys[static TH_PATH_MAX],
                     char name[static TH_KEY_NAME_MAX])
{
    char desk[TH_PATH_MAX];
    (void)place_path(rotate->dir, "keys", keys);
    if (rotate->role == TH_PEER_WORKER) {
        (void)snprintf(name, TH_KEY_NAME_MAX, "worker-%.48s", rotate->whose);
    } else if (rotate->role == TH_PEER_VIEWER) {
        (void)snprintf(name, TH_KEY_NAME_MAX, "viewer");
        return strcmp(rotate->whose, "0") == 0;
    } else {
        (void)snprintf(name, TH_KEY_NAME_MAX, "node");
        (void)snprintf(desk, sizeof(desk), "desk/%.32s/keys", rotate->whose);
        (void)place_path(rotate->dir, desk, keys);
    }
    return strchr(rotate->whose, '/') == NULL;
}

// The entry of the key that stands in its public file; the new one, if that was written already.
static const struct th_roster_entry *
entry_of(const struct rotate *rotate, const char *keys, const char *name)
{
    char public_key[TH_Z85_SIZE];
    uint8_t key[TH_CURVE_BYTES];
    struct th_verdict why;
    bool bootstrap = false;
    if (th_key_read_public(keys, name, public_key, &why) != TH_OK ||
        th_z85_read(th_bytes_of(public_key), key) != TH_OK) {
        return NULL;
    }
    const struct th_roster_entry *entry = th_roster_by_key(rotate->roster, key, &bootstrap);
    return entry != NULL && !bootstrap && entry->class == rotate->role && !entry->joined ? entry
                                                                                         : NULL;
}

// What an earlier call prepared is used: its public half may stand in the roster already.
static enum th_err
prepare(const char *keys, const char *next, struct th_key_pair *pair, uint8_t key[static 32])
{
    struct th_verdict why;
    enum th_err err = th_key_read(keys, next, pair, &why);
    if (err == TH_E_NOT_FOUND) {
        TH_TRY(th_key_make(pair));
        err = th_key_replace(keys, next, pair); // of a call that was killed a half may be left
    }
    TH_TRY(err);
    return th_z85_read(th_bytes_of(pair->public_key), key);
}

static void drop(const char *keys, const char *next)
{
    char path[TH_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%.3900s/%s.secret", keys, next);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%.3900s/%s.public", keys, next);
    (void)unlink(path);
}

// The roster first: from then on both are let in, and the file may be either.
static enum th_err change(struct rotate *rotate,
                          const struct th_roster_entry *entry,
                          const uint8_t key[static TH_CURVE_BYTES])
{
    const int64_t overlap = th_call_value(rotate->call, "overlap")->number;
    if (memcmp(entry->key, key, TH_CURVE_BYTES) == 0) {
        return TH_OK; // an earlier call came so far
    }
    TH_TRY(th_roster_replace_key(
        rotate->roster, entry->class, entry->number, key, th_wall_ms() + overlap));
    return th_roster_save(rotate->roster, rotate->path);
}

static int rotate_here(struct rotate *rotate)
{
    char keys[TH_PATH_MAX];
    char name[TH_KEY_NAME_MAX];
    char next[TH_KEY_NAME_MAX + 8];
    char text[TH_FINGERPRINT_SIZE];
    uint8_t key[TH_CURVE_BYTES];
    const struct th_call *call = rotate->call;
    TH_SCOPED(th_key_forget) struct th_key_pair pair = {0};
    const bool sound = place_of(rotate, keys, name);
    const struct th_roster_entry *entry = sound ? entry_of(rotate, keys, name) : NULL;
    if (entry == NULL) {
        return unknown(rotate);
    }
    (void)snprintf(next, sizeof(next), "%s.next", name);
    enum th_err err = prepare(keys, next, &pair, key);
    if (err == TH_OK) {
        err = change(rotate, entry, key);
    }
    if (err != TH_OK) {
        return place_fail(call, err, keys);
    }
    const int code = enrol_wait_for_broker(call, rotate->dir, rotate->roster->generation);
    if (code != TH_EXIT_OK) {
        return code; // said again, it goes on here
    }
    err = th_key_replace(keys, name, &pair);
    if (err != TH_OK) {
        return place_fail(call, err, keys);
    }
    drop(keys, next);
    th_call_say(
        call,
        "Khóa mới của %s: %s. Chương trình dùng khóa này lấy khóa mới khi khởi động lại; khóa "
        "cũ còn dùng được đến lúc đó, trong thời hạn --overlap.\n",
        "The new key of %s: %s. Whoever uses it takes it at its next start; until then the old "
        "one is let in, for as long as --overlap says.\n",
        name,
        th_key_fingerprint(key, text));
    return TH_EXIT_OK;
}

int keys_rotate(const struct th_call *call, const char *dir, enum th_peer_class role)
{
    uint32_t number = 0;
    if (call->operand_count < 2) {
        const char *params[] = {"NODE|UNIT|all"};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    TH_SCOPED(rotate_free)
    struct rotate rotate = {
        .call = call, .dir = dir, .whose = call->operands[1], .role = role, .lock = {.fd = -1}};
    errno = 0;
    const enum th_err err = open_roster(&rotate);
    if (err != TH_OK) {
        return place_fail(call, err, dir);
    }
    const bool here = role == TH_PEER_WORKER || role == TH_PEER_VIEWER ||
                      (role == TH_PEER_DESK && !number_of(rotate.whose, &number));
    return here ? rotate_here(&rotate) : rotate_offices(&rotate);
}
