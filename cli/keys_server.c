// keys_server.c - see keys_server.h

#include "cli/keys_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/key.h"
#include "tonghop/roster.h"
#include "tonghop/server_key.h"

#include "cli/enrol.h"
#include "cli/place.h"

static const char NEXT[] = "broker.next";

struct server {
    const struct th_call *call;
    const char *dir;
    char keys[TH_PATH_MAX];
    char path[TH_PATH_MAX]; // of the roster
    struct th_roster_lock lock;
    struct th_roster *roster;
    struct th_key_pair next;
    uint8_t key[TH_CURVE_BYTES]; // its public half
    char fingerprint[TH_FINGERPRINT_SIZE];
    struct th_server_known *known;
    size_t known_count;
};

static void server_free(struct server *server)
{
    th_key_forget(&server->next);
    th_roster_free(&server->roster);
    th_roster_unlock(&server->lock);
    free(server->known);
}

static enum th_err open_all(struct server *server)
{
    char path[TH_PATH_MAX];
    struct th_findings nobody = th_findings_of(NULL, 0, "roster.yaml");
    (void)place_path(server->dir, "keys", server->keys);
    (void)place_path(server->dir, "register/roster.yaml", server->path);
    TH_TRY(th_roster_lock(place_path(server->dir, "register/roster.lock", path), &server->lock));
    TH_TRY(th_roster_read(server->path, &nobody, &server->roster));
    return th_roster_join_kept(server->roster, place_path(server->dir, "run", path));
}

// TH_E_NOT_FOUND: none is announced.
static enum th_err read_next(struct server *server)
{
    struct th_verdict why;
    TH_TRY(th_key_read(server->keys, NEXT, &server->next, &why));
    TH_TRY(th_z85_read(th_bytes_of(server->next.public_key), server->key));
    (void)th_key_fingerprint(server->key, server->fingerprint);
    return TH_OK;
}

// The roster's generation tells the broker that something changed, and us when it has seen it.
static int tell_broker(struct server *server)
{
    const enum th_err err = th_roster_save(server->roster, server->path);
    return err != TH_OK
               ? place_fail(server->call, err, server->path)
               : enrol_wait_for_broker(server->call, server->dir, server->roster->generation);
}

// ---- announce ----

// The province's own desks are on this machine, and may not be used before the change.
static void tell_desks(const struct server *server)
{
    for (size_t i = 0; i < server->roster->province_count; i++) {
        char name[64];
        char path[TH_PATH_MAX];
        struct stat found;
        const struct th_bytes lineage = server->roster->provinces[i].lineage;
        (void)snprintf(
            name, sizeof(name), "desk/%.*s/keys", (int)lineage.size, (const char *)lineage.data);
        struct th_server_key desk = {.changed_ms = 0};
        struct th_verdict why;
        if (stat(place_path(server->dir, name, path), &found) == 0 &&
            th_server_key_open(&desk, path, &why) == TH_OK) {
            th_server_key_heard(&desk, server->key);
        }
    }
}

static int announce(struct server *server)
{
    TH_SCOPED(th_key_forget) struct th_key_pair pair = {0};
    enum th_err err = th_key_make(&pair);
    if (err == TH_OK) {
        err = th_key_replace(server->keys, NEXT, &pair);
    }
    if (err == TH_OK) {
        err = read_next(server);
    }
    if (err != TH_OK) {
        return place_fail(server->call, err, server->keys);
    }
    tell_desks(server);
    const int code = tell_broker(server);
    if (code == TH_EXIT_OK) {
        th_call_say(
            server->call,
            "Khóa tiếp theo của broker: %s. Mọi nơi nghe tin này ở lần liên lạc tới. Chạy lại "
            "lệnh để xem ai đã biết; đổi hẳn bằng --switch.\n",
            "The broker's next key: %s. Everybody hears of it with the next contact. Run this "
            "again to see who has; change over with --switch.\n",
            server->fingerprint);
    }
    return code;
}

// ---- who has heard ----

static bool knows(const struct server *server, const struct th_roster_entry *entry)
{
    for (size_t i = 0; i < server->known_count; i++) {
        if (server->known[i].class == entry->class && server->known[i].number == entry->number) {
            return true;
        }
    }
    return false;
}

// Those who come with a key of their own; who is on this machine finds the key in its files.
static bool must_know(const struct th_roster_entry *entry)
{
    return entry->joined && !entry->revoked;
}

static const char *class_word(enum th_peer_class class)
{
    return class == TH_PEER_NODE ? "node" : class == TH_PEER_VIEWER ? "viewer" : "desk";
}

// How many have not heard, each on a line.
static size_t list_missing(const struct server *server)
{
    size_t missing = 0;
    for (size_t i = 0; i < server->roster->entry_count; i++) {
        const struct th_roster_entry *entry = &server->roster->entries[i];
        if (!must_know(entry) || knows(server, entry)) {
            continue;
        }
        const struct th_bytes unit =
            entry->unit_count > 0 ? entry->units[0] : (struct th_bytes){.data = "", .size = 0};
        missing++;
        (void)printf("%s %u %.*s\n",
                     class_word(entry->class),
                     (unsigned)entry->number,
                     (int)unit.size,
                     (const char *)unit.data);
    }
    return missing;
}

static enum th_err read_known(struct server *server)
{
    char path[TH_PATH_MAX];
    return th_server_known_read(place_path(server->dir, "run/broker.knows", path),
                                th_key_tag(server->key),
                                &server->known,
                                &server->known_count);
}

static int say_standing(const struct server *server, size_t missing)
{
    th_call_say(server->call,
                "Khóa tiếp theo của broker: %s. Chưa biết khóa này: %zu.\n",
                "The broker's next key: %s. Have not heard of it: %zu.\n",
                server->fingerprint,
                missing);
    return TH_EXIT_OK;
}

// ---- change over ----

static void drop_next(const struct server *server)
{
    char path[TH_PATH_MAX];
    (void)unlink(place_path(server->keys, "broker.next.secret", path));
    (void)unlink(place_path(server->keys, "broker.next.public", path));
}

static int change_over(struct server *server, size_t missing)
{
    const struct th_call *call = server->call;
    if (missing > 0 && !call->yes) {
        (void)say_standing(server, missing);
        return th_call_fail(call, TH_M_CONFIRM, NULL, 0);
    }
    const enum th_err err = th_key_replace(server->keys, "broker", &server->next);
    if (err != TH_OK) {
        return place_fail(call, err, server->keys);
    }
    drop_next(server);
    const int code = tell_broker(server);
    if (code == TH_EXIT_OK) {
        th_call_say(call,
                    "Broker đã dùng khóa mới: %s.\n",
                    "The broker has its new key: %s.\n",
                    server->fingerprint);
    }
    return code;
}

int keys_server(const struct th_call *call, const char *dir)
{
    TH_SCOPED(server_free)
    struct server server = {.call = call, .dir = dir, .lock = {.fd = -1}};
    errno = 0;
    enum th_err err = open_all(&server);
    if (err != TH_OK) {
        return place_fail(call, err, dir);
    }
    err = read_next(&server);
    if (err == TH_E_NOT_FOUND && !th_call_flag(call, "switch")) {
        return announce(&server);
    }
    if (err == TH_OK) {
        err = read_known(&server);
    }
    if (err != TH_OK) {
        return place_fail(call, err, server.keys);
    }
    const size_t missing = list_missing(&server);
    return th_call_flag(call, "switch") ? change_over(&server, missing)
                                        : say_standing(&server, missing);
}
