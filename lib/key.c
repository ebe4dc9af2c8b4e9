// key.c - see key.h

#include "tonghop/key.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "tonghop/file.h"
#include "tonghop/hash.h"

enum {
    KEY_LINE_MAX = 64,
    SECRET_MODE = 0600,
    PUBLIC_MODE = 0644,
    OTHERS = 077,
    OTHERS_WRITE = 022
};

void th_secret_forget(void *secret, size_t size)
{
    sodium_memzero(secret, size);
}

void th_key_forget(struct th_key_pair *pair)
{
    sodium_memzero(pair, sizeof(*pair));
}

enum th_err th_key_make(struct th_key_pair *pair)
{
    return th_curve_pair(pair->public_key, pair->secret_key);
}

static void
path_of(const char *dir, const char *name, const char *suffix, char out[TH_FILE_PATH_MAX])
{
    (void)snprintf(out, TH_FILE_PATH_MAX, "%s/%s%s", dir, name, suffix);
}

// ---- what others may not ----

static enum th_err unreadable(const char *path, enum th_err err, struct th_verdict *why)
{
    th_verdict_make(why, TH_M_KEY_UNREADABLE, 0, "", path, NULL);
    return err;
}

static enum th_err deny(const char *path, unsigned mode, char variant, struct th_verdict *why)
{
    char text[8];
    (void)snprintf(text, sizeof(text), "%04o", mode & 07777U);
    th_verdict_make(why, TH_M_KEY_MODE, variant, "", path, text, NULL);
    return TH_E_DENIED;
}

static enum th_err deny_owner(const char *path, uid_t owner, struct th_verdict *why)
{
    th_verdict_start(why, TH_M_KEY_MODE, 'b', "");
    th_verdict_add(why, th_bytes_of(path));
    th_verdict_add_number(why, (int64_t)owner, 0);
    return TH_E_DENIED;
}

// Whoever owns it may change its mode; root may do anything anyway.
static bool is_ours(const struct stat *status)
{
    return status->st_uid == geteuid() || status->st_uid == 0;
}

static enum th_err look(const char *path, struct stat *status, struct th_verdict *why)
{
    return stat(path, status) == 0
               ? TH_OK
               : unreadable(path, errno == ENOENT ? TH_E_NOT_FOUND : TH_E_IO, why);
}

static enum th_err check_secret(const char *path, struct th_verdict *why)
{
    struct stat status;
    TH_TRY(look(path, &status, why));
    if (!is_ours(&status)) {
        return deny_owner(path, status.st_uid, why);
    }
    return (status.st_mode & OTHERS) == 0 ? TH_OK : deny(path, status.st_mode, 0, why);
}

// Anybody may know it; who can put another one in its place is believed to be its owner.
static enum th_err check_public(const char *path, struct th_verdict *why)
{
    struct stat status;
    TH_TRY(look(path, &status, why));
    if (!is_ours(&status)) {
        return deny_owner(path, status.st_uid, why);
    }
    return (status.st_mode & OTHERS_WRITE) == 0 ? TH_OK : deny(path, status.st_mode, 'c', why);
}

enum th_err th_key_directory(const char *dir, struct th_verdict *why)
{
    if (th_dir_make(dir) != TH_OK) {
        return unreadable(dir, TH_E_IO, why);
    }
    return check_secret(dir, why);
}

static bool ends_with(const char *name, const char *end)
{
    const size_t size = strlen(name);
    return size > strlen(end) && strcmp(name + size - strlen(end), end) == 0;
}

static enum th_err check_entry(const char *dir, const char *name, struct th_verdict *why)
{
    char path[TH_FILE_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (ends_with(name, ".secret") || strcmp(name, "enrolment.yaml") == 0) {
        return check_secret(path, why);
    }
    return ends_with(name, ".public") ? check_public(path, why) : TH_OK;
}

enum th_err th_key_check(const char *dir, struct th_verdict *why)
{
    enum th_err err = check_secret(dir, why);
    if (err != TH_OK) {
        return err;
    }
    DIR *entries = opendir(dir);
    if (entries == NULL) {
        return unreadable(dir, TH_E_IO, why);
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of its own
    for (const struct dirent *one = readdir(entries); one != NULL && err == TH_OK;
         one = readdir(entries)) { // NOLINT(concurrency-mt-unsafe): as above
        err = check_entry(dir, one->d_name, why);
        err = err == TH_E_NOT_FOUND ? TH_OK : err; // it was replaced just now
    }
    (void)closedir(entries);
    return err;
}

// ---- one line of Z85 ----

typedef enum th_err write_file(const char *path, struct th_bytes bytes, unsigned mode);

static enum th_err write_line(write_file *write, const char *path, const char *z85, unsigned mode)
{
    char line[KEY_LINE_MAX];
    const int size = snprintf(line, sizeof(line), "%s\n", z85);
    th_assert(size > 0 && size < KEY_LINE_MAX);
    const enum th_err err =
        write(path, (struct th_bytes){.data = line, .size = (size_t)size}, mode);
    sodium_memzero(line, sizeof(line));
    return err == TH_OK || err == TH_E_EXISTS ? err : TH_E_IO;
}

static enum th_err read_line(const char *path, char z85[static TH_Z85_SIZE], struct th_verdict *why)
{
    char *text = NULL;
    size_t size = 0;
    enum th_err err = th_file_read(path, KEY_LINE_MAX, &text, &size);
    if (err != TH_OK && err != TH_E_TOO_LARGE) {
        return unreadable(path, err == TH_E_NOT_FOUND ? err : TH_E_IO, why);
    }
    const bool has_end = size == TH_Z85_SIZE && text[size - 1] == '\n';
    uint8_t bytes[TH_CURVE_BYTES];
    const struct th_bytes line = {.data = text, .size = has_end ? size - 1 : size};
    if (err == TH_OK) {
        err = th_z85_read(line, bytes);
    }
    if (err == TH_OK) {
        (void)th_bytes_copy_text(line, z85, TH_Z85_SIZE);
    } else {
        th_verdict_make(why, TH_M_KEY_MALFORMED, 0, "", path, NULL);
        err = TH_E_MALFORMED;
    }
    sodium_memzero(bytes, sizeof(bytes));
    if (text != NULL) {
        sodium_memzero(text, size);
    }
    th_free_scoped(&text);
    return err;
}

static enum th_err
read_secret(const char *dir, const char *name, char z85[static TH_Z85_SIZE], struct th_verdict *why)
{
    char path[TH_FILE_PATH_MAX];
    TH_TRY(check_secret(dir, why));
    path_of(dir, name, ".secret", path);
    TH_TRY(check_secret(path, why));
    return read_line(path, z85, why);
}

// ---- pairs and secrets ----

static enum th_err
write_pair(write_file *write, const char *dir, const char *name, const struct th_key_pair *pair)
{
    char path[TH_FILE_PATH_MAX];
    path_of(dir, name, ".secret", path);
    TH_TRY(write_line(write, path, pair->secret_key, SECRET_MODE));
    path_of(dir, name, ".public", path);
    return write_line(write, path, pair->public_key, PUBLIC_MODE);
}

enum th_err th_key_write(const char *dir, const char *name, const struct th_key_pair *pair)
{
    return write_pair(th_file_create, dir, name, pair);
}

enum th_err th_key_replace(const char *dir, const char *name, const struct th_key_pair *pair)
{
    return write_pair(th_file_replace, dir, name, pair);
}

enum th_err
th_key_read(const char *dir, const char *name, struct th_key_pair *pair, struct th_verdict *why)
{
    TH_SCOPED(th_key_forget) struct th_key_pair read = {0};
    TH_TRY(read_secret(dir, name, read.secret_key, why));
    TH_TRY(th_curve_public(read.secret_key, read.public_key));
    *pair = read;
    return TH_OK;
}

enum th_err th_key_read_public(const char *dir,
                               const char *name,
                               char public_key[static TH_Z85_SIZE],
                               struct th_verdict *why)
{
    char path[TH_FILE_PATH_MAX];
    path_of(dir, name, ".public", path);
    TH_TRY(check_public(path, why));
    return read_line(path, public_key, why);
}

static enum th_err put_secret(write_file *write,
                              const char *dir,
                              const char *name,
                              const uint8_t secret[static TH_CURVE_BYTES])
{
    char path[TH_FILE_PATH_MAX];
    char z85[TH_Z85_SIZE];
    path_of(dir, name, ".secret", path);
    th_z85_write(secret, z85);
    const enum th_err err = write_line(write, path, z85, SECRET_MODE);
    sodium_memzero(z85, sizeof(z85));
    return err;
}

enum th_err
th_secret_write(const char *dir, const char *name, const uint8_t secret[static TH_CURVE_BYTES])
{
    return put_secret(th_file_create, dir, name, secret);
}

enum th_err
th_secret_replace(const char *dir, const char *name, const uint8_t secret[static TH_CURVE_BYTES])
{
    return put_secret(th_file_replace, dir, name, secret);
}

enum th_err th_secret_read(const char *dir,
                           const char *name,
                           uint8_t secret[static TH_CURVE_BYTES],
                           struct th_verdict *why)
{
    char z85[TH_Z85_SIZE];
    TH_TRY(read_secret(dir, name, z85, why));
    const enum th_err err = th_z85_read(th_bytes_of(z85), secret);
    sodium_memzero(z85, sizeof(z85));
    return err;
}

enum th_err th_sign_key_read(const char *dir, struct th_sign_key *key, struct th_verdict *why)
{
    char path[TH_FILE_PATH_MAX];
    char z85[TH_Z85_SIZE];
    uint8_t seed[TH_SIGN_SEED_BYTES];
    TH_TRY(th_secret_read(dir, "sign", seed, why));
    th_sign_key_of(seed, key);
    sodium_memzero(seed, sizeof(seed));
    path_of(dir, "sign", ".public", path);
    th_z85_write(key->public_key, z85);
    const enum th_err err =
        write_line(th_file_create, path, z85, PUBLIC_MODE); // for others to take along
    (void)err; // it is there, or the disk is full: we do not read it
    return TH_OK;
}

// ---- fingerprint ----

char *th_key_fingerprint(const uint8_t public_key[static TH_CURVE_BYTES],
                         char out[static TH_FINGERPRINT_SIZE])
{
    // Crockford: no I, L, O, U, which are misheard or misread.
    static const char DIGITS[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    enum { GROUP = 4, DIGIT_BITS = 5, FIRST_SHIFT = 64 - DIGIT_BITS, CHARACTERS = 12 };
    uint8_t hash[TH_HASH256_BYTES];
    const struct th_bytes part = {.data = public_key, .size = TH_CURVE_BYTES};
    th_hash256(hash, &part, 1);
    const uint64_t bits = th_get_u64(hash);

    size_t at = 0;
    for (unsigned i = 0; i < CHARACTERS; i++) {
        if (i > 0 && i % GROUP == 0) {
            out[at++] = '-';
        }
        out[at++] = DIGITS[(bits >> (FIRST_SHIFT - DIGIT_BITS * i)) & 31];
    }
    out[at] = '\0';
    return out;
}
