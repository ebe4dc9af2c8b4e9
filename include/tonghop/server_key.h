// server_key.h - the key of the province's broker: the one it has, and the one it announces
//
// A broker has one key at a time. Before it takes another one it announces it, over connections
// that the present one has proved; whoever heard of it keeps it, and tries it when the old one
// leads to nothing any more.
//
//   keys/broker.public        ──handshake proves it──> in force
//   keys/broker.next.public   announced, heard; once a handshake proves it, it is broker.public
//
//   V1  A key comes in force only by a handshake that proves it.
//   V2  The files are read again before another key is tried: on the province's own machine the
//       command that changes the key writes them.
//
// Threads: one, per struct.

#ifndef TONGHOP_SERVER_KEY_H
#define TONGHOP_SERVER_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"
#include "tonghop/file.h"
#include "tonghop/sock.h"
#include "tonghop/verdict.h"

enum { TH_SERVER_KEY_PAUSE_MS = 1000 }; // between two tries with different keys

struct th_server_key {
    char keys[TH_FILE_PATH_MAX];
    char in_use[TH_Z85_SIZE]; // to connect with
    char known[TH_Z85_SIZE];
    char next[TH_Z85_SIZE]; // "": none was announced
    uint64_t changed_ms;
};

/**
 * Read what directory keys has.
 *
 * Errors: those of th_key_read_public, with *why.
 */
TH_MUST_USE enum th_err
th_server_key_open(struct th_server_key *key, const char *keys, struct th_verdict *why);

// A handshake came to nothing, neither refused nor proved. true: connect anew, with another key.
bool th_server_key_failed(struct th_server_key *key, uint64_t now_ms);

// A handshake proved the key in use.
void th_server_key_proved(struct th_server_key *key);

// The broker announced its next key (32 bytes), or none (NULL). Kept before this returns; what
// cannot be written is heard again.
void th_server_key_heard(struct th_server_key *key, const uint8_t *announced);

// Of the next key, as a peer says which one it knows; 0: none.
uint64_t th_server_key_tag(const struct th_server_key *key);

// ---- who has heard of the next key: DIR/run/broker.knows, as the broker keeps it ----

struct th_server_known {
    enum th_peer_class class;
    uint32_t number;
};

// Replace the list. TH_E_IO.
TH_MUST_USE enum th_err th_server_known_write(const char *path,
                                              uint64_t tag,
                                              const struct th_server_known *list,
                                              size_t count);
/**
 * The list about the key with this tag; empty when there is none.
 *
 * Ownership: *list is the caller's (free).
 * Errors:    TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err
th_server_known_read(const char *path, uint64_t tag, struct th_server_known **list, size_t *count);

#endif
