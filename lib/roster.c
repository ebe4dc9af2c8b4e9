// roster.c - see roster.h; entries in memory: sorted, unique, found by key at once

#include "tonghop/roster.h"

#include <stdlib.h>
#include <string.h>

#include "lib/roster_body.h"

struct roster_body *roster_body_of(struct th_roster *roster)
{
    return (struct roster_body *)roster; // its first member
}

static const struct roster_body *body_of(const struct th_roster *roster)
{
    return (const struct roster_body *)roster;
}

enum th_err th_roster_new(struct th_roster **out)
{
    struct roster_body *body = calloc(1, sizeof(*body));
    if (body == NULL) {
        return TH_E_NO_MEMORY;
    }
    const enum th_err err = roster_index(body);
    if (err != TH_OK) {
        free(body);
        return err;
    }
    *out = &body->roster;
    return TH_OK;
}

void th_roster_free(struct th_roster **roster)
{
    if (*roster == NULL) {
        return;
    }
    struct roster_body *body = roster_body_of(*roster);
    th_pool_free(&body->texts);
    free(body->entries);
    free(body->slots);
    free(body);
    *roster = NULL;
}

// ---- the index of keys: slots hold KEYS_EACH * place + 1 + which, 0 is empty ----

enum { KEY_OWN, KEY_PREVIOUS, KEY_BOOTSTRAP, KEYS_EACH };

static const uint8_t *key_of(const struct th_roster_entry *entry, size_t which)
{
    switch (which) {
    case KEY_OWN:
        return entry->has_key ? entry->key : NULL;
    case KEY_PREVIOUS:
        return entry->has_previous ? entry->previous : NULL;
    default:
        return entry->has_bootstrap ? entry->bootstrap : NULL;
    }
}

static bool is_in_slot(const struct roster_body *body, size_t slot, const uint8_t *key)
{
    const size_t entry = (body->slots[slot] - 1) / KEYS_EACH;
    const uint8_t *there = key_of(&body->entries[entry], (body->slots[slot] - 1) % KEYS_EACH);
    return there != NULL && memcmp(there, key, TH_CURVE_BYTES) == 0;
}

static size_t find_slot(const struct roster_body *body, const uint8_t *key)
{
    size_t slot =
        (size_t)th_key_tag(key) /* random: nobody gains by a collision */ & body->slot_mask;
    while (body->slots[slot] != 0 && !is_in_slot(body, slot, key)) {
        slot = (slot + 1) & body->slot_mask;
    }
    return slot;
}

static bool index_key(struct roster_body *body, size_t place, size_t which)
{
    const uint8_t *key = key_of(&body->entries[place], which);
    if (key == NULL) {
        return true;
    }
    const size_t slot = find_slot(body, key);
    if (body->slots[slot] != 0) {
        return false;
    }
    body->slots[slot] = (uint32_t)(place * KEYS_EACH + 1 + which);
    return true;
}

static enum th_err make_slots(struct roster_body *body)
{
    size_t slots = 64;
    while (slots < body->roster.entry_count * 2 * KEYS_EACH + 4) {
        slots *= 2;
    }
    uint32_t *fresh = calloc(slots, sizeof(*fresh));
    if (fresh == NULL) {
        return TH_E_NO_MEMORY;
    }
    free(body->slots);
    body->slots = fresh;
    body->slot_mask = slots - 1;
    return TH_OK;
}

// TH_E_EXISTS: a key stands for two (R3); the second was left out.
enum th_err roster_index(struct roster_body *body)
{
    enum th_err err = make_slots(body);
    for (size_t i = 0; err != TH_E_NO_MEMORY && i < body->roster.entry_count; i++) {
        for (size_t which = 0; which < KEYS_EACH; which++) {
            err = index_key(body, i, which) ? err : TH_E_EXISTS;
        }
    }
    return err;
}

void roster_index_own(struct roster_body *body, const struct th_roster_entry *entry)
{
    const size_t place = (size_t)(entry - body->entries);
    (void)index_key(body, place, KEY_OWN);
    (void)index_key(body, place, KEY_PREVIOUS);
}

const struct th_roster_entry *th_roster_by_key(const struct th_roster *roster,
                                               const uint8_t key[static TH_CURVE_BYTES],
                                               bool *bootstrap)
{
    const struct roster_body *body = body_of(roster);
    const size_t slot = find_slot(body, key);
    if (body->slots[slot] == 0) {
        return NULL;
    }
    *bootstrap = (body->slots[slot] - 1) % KEYS_EACH == KEY_BOOTSTRAP;
    return &body->entries[(body->slots[slot] - 1) / KEYS_EACH];
}

// ---- by class and number ----

static int compare_entries(const void *a, const void *b)
{
    const struct th_roster_entry *first = a;
    const struct th_roster_entry *second = b;
    if (first->class != second->class) {
        return first->class < second->class ? -1 : 1;
    }
    return (first->number > second->number) - (first->number < second->number);
}

void roster_sort(struct roster_body *body)
{
    if (body->roster.entry_count > 0) {
        qsort(body->entries, body->roster.entry_count, sizeof(body->entries[0]), compare_entries);
    }
}

struct th_roster_entry *
roster_find(const struct roster_body *body, enum th_peer_class class, uint32_t number)
{
    const struct th_roster_entry wanted = {.class = class, .number = number};
    return body->roster.entry_count == 0 ? NULL
                                         : bsearch(&wanted,
                                                   body->entries,
                                                   body->roster.entry_count,
                                                   sizeof(body->entries[0]),
                                                   compare_entries);
}

const struct th_roster_entry *
th_roster_find(const struct th_roster *roster, enum th_peer_class class, uint32_t number)
{
    return roster_find(body_of(roster), class, number);
}

const struct th_roster_province *th_roster_province(const struct th_roster *roster,
                                                    struct th_bytes lineage)
{
    for (size_t i = 0; i < roster->province_count; i++) {
        if (th_bytes_equal(roster->provinces[i].lineage, lineage)) {
            return &roster->provinces[i];
        }
    }
    return NULL;
}

static bool number_taken(const struct roster_body *body, enum th_peer_class class, uint32_t number)
{
    if (class == TH_PEER_WORKER || number == 0) {
        return roster_find(body, class, number) != NULL;
    }
    return roster_find(body, TH_PEER_NODE, number) != NULL ||
           roster_find(body, TH_PEER_VIEWER, number) != NULL ||
           roster_find(body, TH_PEER_DESK, number) != NULL;
}

uint32_t th_roster_next_number(const struct th_roster *roster, enum th_peer_class class)
{
    const bool worker = class == TH_PEER_WORKER;
    uint32_t highest = 0;
    for (size_t i = 0; i < roster->entry_count; i++) {
        const struct th_roster_entry *entry = &roster->entries[i];
        if ((entry->class == TH_PEER_WORKER) == worker && entry->number > highest) {
            highest = entry->number;
        }
    }
    return highest + 1;
}

// ---- a province's own desk (R7) ----

const struct th_roster_entry *th_roster_own_desk(const struct th_roster *roster,
                                                 struct th_bytes lineage)
{
    for (size_t i = 0; i < roster->entry_count; i++) {
        const struct th_roster_entry *entry = &roster->entries[i];
        if (th_roster_is_own_desk(entry) && th_bytes_equal(entry->lineage, lineage)) {
            return entry;
        }
    }
    return NULL;
}

// ---- changes ----

// A list of one province must fit one message, and its reader's bound of entries.
static bool lineage_has_room(const struct roster_body *body, const struct th_roster_entry *entry)
{
    size_t count = 0;
    size_t bytes = 0;
    for (size_t i = 0; i <= body->roster.entry_count; i++) {
        const struct th_roster_entry *other =
            i < body->roster.entry_count ? &body->entries[i] : entry;
        if (!th_bytes_equal(other->lineage, entry->lineage)) {
            continue;
        }
        count++;
        bytes += ROSTER_GRANT_BYTES;
        for (size_t unit = 0; unit < other->unit_count; unit++) {
            bytes += other->units[unit].size + ROSTER_UNIT_BYTES;
        }
    }
    return count <= ROSTER_LINEAGE_ENTRIES_MAX && bytes <= ROSTER_LINEAGE_BYTES_MAX;
}

static bool is_sound(const struct roster_body *body, const struct th_roster_entry *entry)
{
    const bool class_good = entry->class == TH_PEER_NODE || entry->class == TH_PEER_WORKER ||
                            entry->class == TH_PEER_VIEWER || entry->class == TH_PEER_DESK;
    const bool place_good = entry->lineage.size == 0
                                ? entry->class == TH_PEER_WORKER || entry->class == TH_PEER_VIEWER
                                : th_roster_province(&body->roster, entry->lineage) != NULL;
    const bool public_good =
        !entry->public_only || (entry->class == TH_PEER_VIEWER && entry->lineage.size > 0);
    return class_good && place_good && public_good && entry->number <= INT32_MAX &&
           entry->unit_count <= TH_ROSTER_UNITS_MAX &&
           (entry->class != TH_PEER_NODE || entry->unit_count > 0);
}

static enum th_err keep_text(struct roster_body *body, struct th_bytes *text)
{
    return text->size == 0 ? TH_OK : th_pool_copy(&body->texts, *text, text);
}

static enum th_err keep_units(struct roster_body *body, struct th_roster_entry *entry)
{
    struct th_bytes *units =
        th_pool_take(&body->texts, (entry->unit_count + 1) * sizeof(struct th_bytes));
    if (units == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < entry->unit_count; i++) {
        TH_TRY(th_pool_copy(&body->texts, entry->units[i], &units[i]));
    }
    entry->units = units;
    return TH_OK;
}

static enum th_err make_room(struct roster_body *body)
{
    if (body->roster.entry_count < body->entry_room) {
        return TH_OK;
    }
    const size_t room = body->entry_room == 0 ? 64 : body->entry_room * 2;
    struct th_roster_entry *more = realloc(body->entries, room * sizeof(*more));
    if (more == NULL) {
        return TH_E_NO_MEMORY;
    }
    body->entries = more;
    body->entry_room = room;
    body->roster.entries = more;
    return TH_OK;
}

// Neither sorted nor indexed yet.
enum th_err roster_append(struct roster_body *body, const struct th_roster_entry *entry)
{
    struct th_roster_entry copy = *entry;
    if (!is_sound(body, entry)) {
        return TH_E_INVALID;
    }
    if (body->roster.entry_count >= TH_ROSTER_ENTRIES_MAX ||
        body->unit_total + entry->unit_count > TH_ROSTER_UNITS_TOTAL_MAX) {
        return TH_E_FULL;
    }
    TH_TRY(keep_text(body, &copy.lineage));
    TH_TRY(keep_text(body, &copy.reason));
    TH_TRY(keep_units(body, &copy));
    TH_TRY(make_room(body));
    body->entries[body->roster.entry_count] = copy;
    body->roster.entry_count++;
    body->unit_total += entry->unit_count;
    return TH_OK;
}

enum th_err th_roster_add(struct th_roster *roster, const struct th_roster_entry *entry)
{
    struct roster_body *body = roster_body_of(roster);
    bool bootstrap = false;
    if (number_taken(body, entry->class, entry->number) ||
        (th_roster_is_own_desk(entry) && th_roster_own_desk(roster, entry->lineage) != NULL) ||
        (entry->has_key && th_roster_by_key(roster, entry->key, &bootstrap) != NULL) ||
        (entry->has_bootstrap && th_roster_by_key(roster, entry->bootstrap, &bootstrap) != NULL)) {
        return TH_E_EXISTS;
    }
    if (!lineage_has_room(body, entry)) {
        return TH_E_FULL;
    }
    TH_TRY(roster_append(body, entry));
    roster_sort(body);
    return roster_index(body);
}

enum th_err th_roster_set_province(struct th_roster *roster,
                                   const struct th_roster_province *province)
{
    struct roster_body *body = roster_body_of(roster);
    struct th_roster_province copy = *province;
    size_t place = 0;
    while (place < roster->province_count &&
           !th_bytes_equal(body->provinces[place].lineage, province->lineage)) {
        place++;
    }
    if (place == TH_ROSTER_PROVINCES_MAX) {
        return TH_E_FULL;
    }
    if (province->lineage.size == 0 || province->lineage.size > ROSTER_LINEAGE_MAX) {
        return TH_E_INVALID;
    }
    TH_TRY(keep_text(body, &copy.lineage));
    TH_TRY(keep_text(body, &copy.root));
    body->provinces[place] = copy;
    roster->provinces = body->provinces;
    roster->province_count += place == roster->province_count;
    return TH_OK;
}

enum th_err th_roster_revoke(struct th_roster *roster,
                             enum th_peer_class class,
                             uint32_t number,
                             struct th_bytes reason)
{
    struct roster_body *body = roster_body_of(roster);
    struct th_roster_entry *entry = roster_find(body, class, number);
    if (entry == NULL) {
        return TH_E_NOT_FOUND;
    }
    if (!entry->revoked) {
        struct th_bytes copy = reason;
        TH_TRY(keep_text(body, &copy));
        entry->reason = copy;
        entry->revoked = true;
    }
    return TH_OK;
}

enum th_err th_roster_enrol_again(struct th_roster *roster,
                                  enum th_peer_class class,
                                  uint32_t number,
                                  const uint8_t bootstrap[static TH_CURVE_BYTES],
                                  int64_t expires_ms)
{
    struct roster_body *body = roster_body_of(roster);
    struct th_roster_entry *entry = roster_find(body, class, number);
    bool other = false;
    if (entry == NULL) {
        return TH_E_NOT_FOUND;
    }
    if (!entry->has_bootstrap) {
        return TH_E_INVALID;
    }
    if (entry->enrolment >= TH_ENROLMENTS_MAX) {
        return TH_E_FULL;
    }
    if (th_roster_by_key(roster, bootstrap, &other) != NULL) {
        return TH_E_EXISTS;
    }
    entry->enrolment++;
    entry->rotation = 0;
    if (entry->revoked) {
        entry->revoked = false;
        entry->reason = (struct th_bytes){0};
        entry->keys_from = entry->enrolment;
        entry->has_key = entry->has_key && !entry->joined;
        entry->has_previous = entry->has_previous && !entry->joined;
        entry->joined = false;
    }
    memcpy(entry->bootstrap, bootstrap, TH_CURVE_BYTES);
    entry->expires_ms = expires_ms;
    return roster_index(body);
}

enum th_err th_roster_rotate(struct th_roster *roster,
                             enum th_peer_class class,
                             uint32_t number,
                             uint32_t rotation)
{
    struct th_roster_entry *entry = roster_find(roster_body_of(roster), class, number);
    if (entry == NULL) {
        return TH_E_NOT_FOUND;
    }
    if (!entry->has_bootstrap || entry->revoked) {
        return TH_E_INVALID;
    }
    entry->rotation = rotation > entry->rotation ? rotation : entry->rotation;
    return TH_OK;
}

enum th_err th_roster_replace_key(struct th_roster *roster,
                                  enum th_peer_class class,
                                  uint32_t number,
                                  const uint8_t key[static TH_CURVE_BYTES],
                                  int64_t until_ms)
{
    struct roster_body *body = roster_body_of(roster);
    struct th_roster_entry *entry = roster_find(body, class, number);
    bool bootstrap = false;
    if (entry == NULL) {
        return TH_E_NOT_FOUND;
    }
    if (!entry->has_key || entry->joined || entry->revoked) {
        return TH_E_INVALID;
    }
    if (th_roster_by_key(roster, key, &bootstrap) != NULL) {
        return TH_E_EXISTS;
    }
    memcpy(entry->previous, entry->key, sizeof(entry->previous));
    memcpy(entry->key, key, sizeof(entry->key));
    entry->has_previous = true;
    entry->previous_until_ms = until_ms;
    return roster_index(body);
}
