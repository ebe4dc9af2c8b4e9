// server_key.c - see server_key.h

#include "tonghop/server_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/key.h"

enum { PUBLIC_MODE = 0644 };

static const char BROKER[] = "broker";
static const char NEXT[] = "broker.next";

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static enum th_err put(const struct th_server_key *key, const char *name, const char *z85)
{
    char path[TH_FILE_PATH_MAX + 32];
    char line[TH_Z85_SIZE + 1];
    (void)snprintf(path, sizeof(path), "%s/%s.public", key->keys, name);
    (void)snprintf(line, sizeof(line), "%s\n", z85);
    return th_file_replace(path, th_bytes_of(line), PUBLIC_MODE);
}

static void drop_next(struct th_server_key *key)
{
    char path[TH_FILE_PATH_MAX + 32];
    (void)snprintf(path, sizeof(path), "%s/%s.public", key->keys, NEXT);
    (void)unlink(path);
    key->next[0] = '\0';
}

static enum th_err read_files(struct th_server_key *key, struct th_verdict *why)
{
    struct th_verdict nobody;
    TH_TRY(th_key_read_public(key->keys, BROKER, key->known, why));
    if (th_key_read_public(key->keys, NEXT, key->next, &nobody) != TH_OK) {
        key->next[0] = '\0';
    }
    return TH_OK;
}

enum th_err th_server_key_open(struct th_server_key *key, const char *keys, struct th_verdict *why)
{
    *key = (struct th_server_key){.changed_ms = 0};
    (void)snprintf(key->keys, sizeof(key->keys), "%s", keys);
    TH_TRY(read_files(key, why));
    memcpy(key->in_use, key->known, sizeof(key->in_use));
    return TH_OK;
}

bool th_server_key_failed(struct th_server_key *key, uint64_t now_ms)
{
    struct th_verdict why;
    if (now_ms - key->changed_ms < TH_SERVER_KEY_PAUSE_MS || read_files(key, &why) != TH_OK) {
        return false;
    }
    const char *other = !same(key->known, key->in_use) ? key->known : key->next;
    if (other[0] == '\0' || same(other, key->in_use)) {
        return false;
    }
    memcpy(key->in_use, other, sizeof(key->in_use));
    key->changed_ms = now_ms;
    return true;
}

// V1. If it cannot be written it is found again by trying.
void th_server_key_proved(struct th_server_key *key)
{
    if (same(key->in_use, key->known) || put(key, BROKER, key->in_use) != TH_OK) {
        return;
    }
    memcpy(key->known, key->in_use, sizeof(key->known));
    if (same(key->next, key->known)) {
        drop_next(key);
    }
}

void th_server_key_heard(struct th_server_key *key, const uint8_t *announced)
{
    char z85[TH_Z85_SIZE] = "";
    if (announced == NULL) {
        return; // a message that says nothing of it; what was heard stays until it is proved
    }
    th_z85_write(announced, z85);
    if (same(z85, key->next) || same(z85, key->known)) {
        return;
    }
    if (put(key, NEXT, z85) == TH_OK) {
        memcpy(key->next, z85, sizeof(key->next));
    }
}

uint64_t th_server_key_tag(const struct th_server_key *key)
{
    uint8_t bytes[TH_CURVE_BYTES];
    const bool known = key->next[0] != '\0' && th_z85_read(th_bytes_of(key->next), bytes) == TH_OK;
    return known ? th_key_tag(bytes) : 0;
}

// ---- who has heard of it ----

enum { LINE_BYTES = 40, KNOWN_BYTES_MAX = 1024 * 1024, KNOWN_MODE = 0600 };

// A line of the list looks like a User-Id, with the key's tag: "n:7/9f3a...".
enum th_err th_server_known_write(const char *path,
                                  uint64_t tag,
                                  const struct th_server_known *list,
                                  size_t count)
{
    TH_SCOPED(th_free_scoped) char *text = malloc(count * LINE_BYTES + 1);
    size_t size = 0;
    if (text == NULL) {
        return TH_E_IO;
    }
    for (size_t i = 0; i < count; i++) {
        char user_id[TH_USER_ID_SIZE];
        th_user_id_write(list[i].class, list[i].number, tag, user_id);
        const int written = snprintf(text + size, LINE_BYTES, "%s\n", user_id);
        th_assert(written > 0 && written < LINE_BYTES);
        size += (size_t)written;
    }
    const struct th_bytes bytes = {.data = text, .size = size};
    return th_file_replace(path, bytes, KNOWN_MODE) == TH_OK ? TH_OK : TH_E_IO;
}

enum th_err
th_server_known_read(const char *path, uint64_t tag, struct th_server_known **list, size_t *count)
{
    TH_SCOPED(th_free_scoped) char *text = NULL;
    size_t size = 0;
    *count = 0;
    if (th_file_read(path, KNOWN_BYTES_MAX, &text, &size) != TH_OK) {
        size = 0;
    }
    *list = malloc((size / 8 + 1) * sizeof(**list)); // no line is shorter
    if (*list == NULL) {
        return TH_E_NO_MEMORY;
    }
    char *rest = text;
    for (char *line = size > 0 ? strsep(&rest, "\n") : NULL; line != NULL;
         line = strsep(&rest, "\n")) {
        struct th_peer peer = {.class = TH_PEER_NONE};
        if (strlen(line) >= 8 && th_user_id_read(line, &peer) == TH_OK && peer.tag == tag) {
            (*list)[(*count)++] =
                (struct th_server_known){.class = peer.class, .number = peer.number};
        }
    }
    return TH_OK;
}
