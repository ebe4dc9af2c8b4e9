// announced.h - who has heard of the key that this broker is to take next
//
//   HELLO, PING, QUERY ──"I know it"──> list in memory ──once a second──> run/broker.knows
//
// For whoever decides when to change it (keys rotate --broker). Losing it costs that everybody is
// counted again.

#ifndef BROKER_ANNOUNCED_H
#define BROKER_ANNOUNCED_H

#include "tonghop/server_key.h"

struct announced {
    const char *path; // run/broker.knows
    bool has_key;
    uint8_t key[TH_CURVE_BYTES];
    struct th_server_known *list; // in the order of class and number
    size_t count;
    size_t room;
    bool changed; // not written yet
};

// This key is announced now; NULL: none. What is written about it already is read.
// TH_E_NO_MEMORY.
TH_MUST_USE enum th_err announced_set(struct announced *announced, const uint8_t *key);
void announced_free(struct announced *announced);

// One has heard of it. What finds no memory is heard again.
void announced_note(struct announced *announced, enum th_peer_class class, uint32_t number);

// Write what is new. TH_E_IO.
TH_MUST_USE enum th_err announced_write(struct announced *announced);

#endif
