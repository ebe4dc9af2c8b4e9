// roster_body.h - what roster.c and roster_file.c share

#ifndef LIB_ROSTER_BODY_H
#define LIB_ROSTER_BODY_H

#include "tonghop/pool.h"
#include "tonghop/roster.h"

enum {
    ROSTER_LINEAGE_MAX = 8,
    ROSTER_LINEAGE_ENTRIES_MAX = 4000,     // ROSTER is one message, of at most 4,096 fields
    ROSTER_LINEAGE_BYTES_MAX = 900 * 1024, // and 1 MiB
    ROSTER_GRANT_BYTES = 24,
    ROSTER_UNIT_BYTES = 3,
};

struct roster_body {
    struct th_roster roster;
    struct th_roster_province provinces[TH_ROSTER_PROVINCES_MAX];
    struct th_roster_entry *entries;
    size_t entry_room;
    size_t unit_total;
    uint32_t *slots; // the index of keys
    size_t slot_mask;
    struct th_pool texts;
};

struct roster_body *roster_body_of(struct th_roster *roster);
enum th_err roster_append(struct roster_body *body, const struct th_roster_entry *entry);
void roster_sort(struct roster_body *body);
enum th_err roster_index(struct roster_body *body);
// Its own keys are others now. What they were is still found in vain, until roster_index.
void roster_index_own(struct roster_body *body, const struct th_roster_entry *entry);
struct th_roster_entry *
roster_find(const struct roster_body *body, enum th_peer_class class, uint32_t number);

#endif
