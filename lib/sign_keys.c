// sign_keys.c - see sign_keys.h

#include "tonghop/sign_keys.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/day.h"
#include "tonghop/file.h"
#include "tonghop/hash.h"

enum { PUBLIC_MODE = 0644 };

// ---- one key names the next ----

static void write_content(struct th_writer *writer, const struct th_succession *succession)
{
    char z85[TH_Z85_SIZE];
    char time[TH_TIME_TEXT_BYTES];
    th_z85_write(succession->key, z85);
    th_signed_line(writer, "tonghop-key", "1");
    th_signed_line(writer, "old", "%s", succession->old);
    th_signed_line(writer, "key", "%s", z85);
    th_signed_line(writer, "time", "%s", th_time_utc(succession->time_ms, time));
}

void th_succession_write(struct th_writer *writer,
                         const struct th_sign_key *old,
                         const uint8_t key[static TH_SIGN_PUBLIC_BYTES],
                         int64_t time_ms)
{
    struct th_succession succession = {.time_ms = time_ms};
    uint8_t signature[TH_SIGN_BYTES];
    const size_t start = writer->size;
    (void)th_key_fingerprint(old->public_key, succession.old);
    memcpy(succession.key, key, sizeof(succession.key));
    write_content(writer, &succession);
    if (!writer->overflow) {
        const struct th_bytes content = {.data = writer->data + start,
                                         .size = writer->size - start};
        th_sign(old, content, signature);
        th_signed_end(writer, signature);
    }
}

// There is one spelling: what was read, written again, is the same.
static bool is_spelled_so(const struct th_succession *succession, struct th_bytes content)
{
    uint8_t room[TH_SUCCESSION_BYTES_MAX];
    struct th_writer again = TH_WRITER(room);
    write_content(&again, succession);
    return !again.overflow && th_bytes_equal(th_written(&again), content);
}

static enum th_flaw read_content(struct th_bytes content, struct th_succession *succession)
{
    struct th_succession read = {.time_ms = 0};
    struct th_fields fields = {.rest = content, .line = 1};
    if (!th_bytes_begins(content, TH_BYTES("tonghop-key: 1\n"))) {
        return TH_FLAW_KIND;
    }
    (void)th_fields_take(&fields, "tonghop-key");
    th_fields_copy(&fields, "old", read.old, sizeof(read.old));
    const struct th_bytes key = th_fields_take(&fields, "key");
    const struct th_bytes time = th_fields_take(&fields, "time");
    if (fields.failed || fields.rest.size > 0 || th_z85_read(key, read.key) != TH_OK ||
        th_time_parse(time, &read.time_ms) != TH_OK || !is_spelled_so(&read, content)) {
        return TH_FLAW_FORM;
    }
    *succession = read;
    return TH_FLAW_NONE;
}

enum th_flaw th_succession_read(struct th_bytes text, struct th_succession *succession)
{
    struct th_bytes content;
    uint8_t signature[TH_SIGN_BYTES];
    const enum th_flaw flaw = th_signed_split(text, &content, signature);
    return flaw != TH_FLAW_NONE ? flaw : read_content(content, succession);
}

enum th_flaw th_succession_check(struct th_bytes text,
                                 const uint8_t old[static TH_SIGN_PUBLIC_BYTES],
                                 struct th_succession *succession)
{
    struct th_bytes content;
    uint8_t signature[TH_SIGN_BYTES];
    char fingerprint[TH_FINGERPRINT_SIZE];
    enum th_flaw flaw = th_signed_split(text, &content, signature);
    if (flaw == TH_FLAW_NONE) {
        flaw = read_content(content, succession);
    }
    if (flaw != TH_FLAW_NONE) {
        return flaw;
    }
    if (strcmp(succession->old, th_key_fingerprint(old, fingerprint)) != 0) {
        return TH_FLAW_KEY;
    }
    return th_sign_holds(old, content, signature) ? TH_FLAW_NONE : TH_FLAW_SIGNATURE;
}

// ---- files ----

static char *path_of(const char *dir,
                     const char *fingerprint,
                     const char *suffix,
                     char out[static TH_FILE_PATH_MAX])
{
    (void)snprintf(out,
                   TH_FILE_PATH_MAX,
                   "%.4000s/sign%s%s%s",
                   dir,
                   fingerprint[0] != '\0' ? "-" : "",
                   fingerprint,
                   suffix);
    return out;
}

static enum th_err
put_public(const char *dir, const char *fingerprint, const uint8_t key[static TH_SIGN_PUBLIC_BYTES])
{
    char path[TH_FILE_PATH_MAX];
    char line[TH_Z85_SIZE + 1];
    th_z85_write(key, line);
    memcpy(line + TH_Z85_SIZE - 1, "\n", 2);
    return th_file_replace(
        path_of(dir, fingerprint, ".public", path), th_bytes_of(line), PUBLIC_MODE);
}

static bool
read_succession(const char *dir, const char *fingerprint, struct th_succession *succession)
{
    char path[TH_FILE_PATH_MAX];
    TH_SCOPED(th_free_scoped) char *text = NULL;
    size_t size = 0;
    return th_file_read(path_of(dir, fingerprint, ".succession", path),
                        TH_SUCCESSION_BYTES_MAX,
                        &text,
                        &size) == TH_OK &&
           th_succession_read((struct th_bytes){.data = text, .size = size}, succession) ==
               TH_FLAW_NONE;
}

// ---- the keys that are believed ----

static bool add(struct th_sign_keys *keys, const uint8_t key[static TH_SIGN_PUBLIC_BYTES])
{
    char fingerprint[TH_FINGERPRINT_SIZE];
    if (keys->count == TH_SIGN_KEYS_MAX ||
        th_sign_keys_find(keys, th_key_fingerprint(key, fingerprint)) != NULL) {
        return false;
    }
    struct th_sign_known *known = &keys->list[keys->count++];
    memcpy(known->key, key, sizeof(known->key));
    memcpy(known->fingerprint, fingerprint, sizeof(known->fingerprint));
    return true;
}

static void add_text(struct th_sign_keys *keys, const char *z85)
{
    uint8_t key[TH_SIGN_PUBLIC_BYTES];
    if (th_z85_read(th_bytes_of(z85), key) == TH_OK) {
        (void)add(keys, key);
    }
}

// "sign" and "sign-...", of sign.public and sign-....public.
static bool is_sign_public(const char *file, char name[static TH_KEY_NAME_MAX])
{
    static const char SUFFIX[] = ".public";
    const size_t size = strlen(file);
    if (size < sizeof(SUFFIX) || size - sizeof(SUFFIX) + 2 > TH_KEY_NAME_MAX ||
        strcmp(file + size - sizeof(SUFFIX) + 1, SUFFIX) != 0) {
        return false;
    }
    (void)snprintf(name, TH_KEY_NAME_MAX, "%.*s", (int)(size - sizeof(SUFFIX) + 1), file);
    return strcmp(name, "sign") == 0 || strncmp(name, "sign-", 5) == 0;
}

void th_sign_keys_read(const char *dir, const char *enrolled, struct th_sign_keys *keys)
{
    *keys = (struct th_sign_keys){.count = 0};
    if (enrolled != NULL) {
        add_text(keys, enrolled);
    }
    DIR *entries = opendir(dir);
    if (entries == NULL) {
        return;
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of its own
    for (const struct dirent *one = readdir(entries); one != NULL;
         one = readdir(entries)) { // NOLINT(concurrency-mt-unsafe): as above
        char name[TH_KEY_NAME_MAX];
        char z85[TH_Z85_SIZE];
        struct th_verdict why;
        if (is_sign_public(one->d_name, name) &&
            th_key_read_public(dir, name, z85, &why) == TH_OK) {
            add_text(keys, z85);
        }
    }
    (void)closedir(entries);
}

const uint8_t *th_sign_keys_find(const struct th_sign_keys *keys, const char *fingerprint)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->list[i].fingerprint, fingerprint) == 0) {
            return keys->list[i].key;
        }
    }
    return NULL;
}

bool th_sign_keys_hold(const struct th_sign_keys *keys,
                       struct th_bytes content,
                       const uint8_t signature[static TH_SIGN_BYTES])
{
    for (size_t i = 0; i < keys->count; i++) {
        if (th_sign_holds(keys->list[i].key, content, signature)) {
            return true;
        }
    }
    return false;
}

// The key's file is written last: without it the succession is heard again.
bool th_sign_keys_learn(struct th_sign_keys *keys, const char *dir, struct th_bytes text)
{
    struct th_succession succession;
    char fingerprint[TH_FINGERPRINT_SIZE];
    char path[TH_FILE_PATH_MAX];
    if (th_succession_read(text, &succession) != TH_FLAW_NONE || keys->count == TH_SIGN_KEYS_MAX) {
        return false;
    }
    const uint8_t *old = th_sign_keys_find(keys, succession.old);
    (void)th_key_fingerprint(succession.key, fingerprint);
    if (old == NULL || th_sign_keys_find(keys, fingerprint) != NULL ||
        th_succession_check(text, old, &succession) != TH_FLAW_NONE) {
        return false;
    }
    return th_file_replace(path_of(dir, fingerprint, ".succession", path), text, PUBLIC_MODE) ==
               TH_OK &&
           put_public(dir, fingerprint, succession.key) == TH_OK && add(keys, succession.key);
}

// ---- the province ----

void th_successions_read(const char *dir,
                         const uint8_t key[static TH_SIGN_PUBLIC_BYTES],
                         struct th_successions *out)
{
    char fingerprint[TH_FINGERPRINT_SIZE];
    (void)th_key_fingerprint(key, fingerprint);
    out->count = 0;
    // Backwards from the key; then turned round.
    for (bool more = true; more && out->count < TH_SUCCESSIONS_MAX;) {
        char path[TH_FILE_PATH_MAX];
        TH_SCOPED(th_free_scoped) char *text = NULL;
        size_t size = 0;
        struct th_succession succession;
        const enum th_err err = th_file_read(
            path_of(dir, fingerprint, ".succession", path), TH_SUCCESSION_BYTES_MAX, &text, &size);
        more = err == TH_OK && th_succession_read((struct th_bytes){.data = text, .size = size},
                                                  &succession) == TH_FLAW_NONE;
        if (more) {
            memcpy(out->bytes[out->count], text, size);
            out->texts[out->count].data = out->bytes[out->count];
            out->texts[out->count].size = size;
            out->count++;
            memcpy(fingerprint, succession.old, sizeof(fingerprint));
        }
    }
    for (size_t i = 0; i < out->count / 2; i++) {
        const struct th_bytes text = out->texts[i];
        out->texts[i] = out->texts[out->count - 1 - i];
        out->texts[out->count - 1 - i] = text;
    }
}

// Of an earlier call that did not come to its end, or made now.
static enum th_err
next_seed(const char *dir, uint8_t seed[static TH_SIGN_SEED_BYTES], struct th_verdict *why)
{
    const enum th_err err = th_secret_read(dir, "sign.next", seed, why);
    if (err != TH_E_NOT_FOUND) {
        return err;
    }
    th_random(seed, TH_SIGN_SEED_BYTES);
    return th_secret_write(dir, "sign.next", seed);
}

// Everything that others need is there before the old secret is gone.
static enum th_err write_succession(const char *dir,
                                    int64_t now_ms,
                                    const struct th_sign_key *old,
                                    const struct th_sign_key *next)
{
    char path[TH_FILE_PATH_MAX];
    char fingerprint[TH_FINGERPRINT_SIZE];
    uint8_t room[TH_SUCCESSION_BYTES_MAX];
    struct th_writer text = TH_WRITER(room);
    TH_TRY(put_public(dir, th_key_fingerprint(old->public_key, fingerprint), old->public_key));
    th_succession_write(&text, old, next->public_key, now_ms);
    th_assert(!text.overflow);
    (void)th_key_fingerprint(next->public_key, fingerprint);
    TH_TRY(th_file_replace(
        path_of(dir, fingerprint, ".succession", path), th_written(&text), PUBLIC_MODE));
    return put_public(dir, fingerprint, next->public_key);
}

static enum th_err finish(const char *dir,
                          const struct th_sign_key *key,
                          struct th_succession *done,
                          struct th_verdict *why)
{
    char path[TH_FILE_PATH_MAX];
    char fingerprint[TH_FINGERPRINT_SIZE];
    TH_TRY(put_public(dir, "", key->public_key));
    (void)snprintf(path, sizeof(path), "%.4000s/sign.next.secret", dir);
    (void)unlink(path);
    (void)th_key_fingerprint(key->public_key, fingerprint);
    if (!read_succession(dir, fingerprint, done)) {
        th_verdict_make(why, TH_M_KEY_UNREADABLE, 0, "", path, NULL);
        return TH_E_IO;
    }
    return TH_OK;
}

enum th_err th_sign_keys_change(const char *dir,
                                int64_t now_ms,
                                struct th_succession *done,
                                struct th_verdict *why)
{
    uint8_t seed[TH_SIGN_SEED_BYTES];
    TH_SCOPED(th_sign_key_forget) struct th_sign_key old = {0};
    TH_SCOPED(th_sign_key_forget) struct th_sign_key next = {0};
    TH_TRY(th_sign_key_read(dir, &old, why));
    TH_TRY(next_seed(dir, seed, why));
    th_sign_key_of(seed, &next);
    enum th_err err = TH_OK;
    if (memcmp(old.public_key, next.public_key, sizeof(old.public_key)) != 0) {
        err = write_succession(dir, now_ms, &old, &next);
        if (err == TH_OK) {
            err = th_secret_replace(dir, "sign", seed);
        }
    }
    th_secret_forget(seed, sizeof(seed));
    return err == TH_OK ? finish(dir, &next, done, why) : err;
}
