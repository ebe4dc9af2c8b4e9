// ownkey.c - see ownkey.h

#include "nodes/ownkey.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nodes/home.h"

static const char NEXT[] = "next";

void ownkey_start(struct ownkey *key, const char *keys, const char *public, const char *secret)
{
    *key = (struct ownkey){.keys = keys};
    (void)snprintf(key->own.public_key, sizeof(key->own.public_key), "%s", public);
    (void)snprintf(key->own.secret_key, sizeof(key->own.secret_key), "%s", secret);
}

void ownkey_forget(struct ownkey *key)
{
    th_key_forget(&key->own);
    th_key_forget(&key->next);
}

const struct th_key_pair *ownkey_pair(const struct ownkey *key)
{
    return key->with_next ? &key->next : &key->own;
}

// ---- files ----

void ownkey_drop(const char *keys)
{
    char path[TH_PATH_MAX];
    (void)unlink(home_path(keys, "next.secret", path));
    (void)unlink(home_path(keys, "next.public", path));
}

bool ownkey_waits(const char *keys)
{
    char path[TH_PATH_MAX];
    struct stat found;
    return stat(home_path(keys, "next.secret", path), &found) == 0;
}

enum th_err ownkey_prepare(const char *keys)
{
    struct th_verdict why;
    TH_SCOPED(th_key_forget) struct th_key_pair next = {0};
    const enum th_err err = th_key_read(keys, NEXT, &next, &why);
    if (err != TH_E_NOT_FOUND) {
        return err;
    }
    TH_TRY(th_key_make(&next));
    return th_key_replace(keys, NEXT, &next);
}

// ---- the agent's ----

static void read_next(struct ownkey *key, struct session *session)
{
    uint8_t public_key[TH_CURVE_BYTES];
    struct th_verdict why;
    key->has_next = th_key_read(key->keys, NEXT, &key->next, &why) == TH_OK &&
                    th_z85_read(th_bytes_of(key->next.public_key), public_key) == TH_OK;
    if (key->has_next) {
        session_next_key(session, public_key);
    }
}

void ownkey_look(struct ownkey *key, struct session *session)
{
    if (!key->has_next && ownkey_waits(key->keys)) {
        read_next(key, session);
    }
}

// The province lets it in. If it cannot be written the old one goes on, for as long as it holds.
static void take_next(struct ownkey *key)
{
    if (key->has_next && th_key_replace(key->keys, "node", &key->next) == TH_OK) {
        key->own = key->next;
        ownkey_drop(key->keys);
    }
    th_key_forget(&key->next);
    key->has_next = false;
    key->with_next = false;
}

void ownkey_note(struct ownkey *key, struct session *session, unsigned note)
{
    if (note == SESSION_NOTE_ROTATE && !key->has_next &&
        ownkey_prepare(key->keys) == TH_OK) { // no room for it now: the province asks again
        read_next(key, session);
    } else if (note == SESSION_NOTE_ROTATED) {
        take_next(key);
    }
    if (key->with_next && session->state == SESSION_OPEN) {
        session_next_key(session, NULL); // it was let in: nothing is left to be said
        take_next(key);
    }
}

bool ownkey_refused(struct ownkey *key)
{
    key->with_next = key->has_next && !key->with_next;
    return key->with_next;
}
