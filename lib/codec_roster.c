// codec_roster.c - what worker and broker tell each other: ATTACH, ROSTER, KEYS

#include "lib/codec_internal.h"

// Fields of Attach, Roster, Grant and Keys.
enum { ATTACH_PROVINCES = 1, ROSTER_GRANTS = 3, GRANT_UNITS = 4, KEYS_KEYS = 2 };

static const struct codec_kind ATTACH = {
    &tonghop__v1__attach__descriptor, TH_ANSWER_BYTES_MAX, TH_LINEAGE_MAX};
static const struct codec_kind ROSTER = {
    &tonghop__v1__roster__descriptor, TH_FRAME_BYTES_MAX, CODEC_TEXT_MAX};
static const struct codec_kind KEYS = {
    &tonghop__v1__keys__descriptor, TH_FRAME_BYTES_MAX, CODEC_HASH_BYTES};

// ---- ATTACH ----

enum th_err th_attach_read(struct th_bytes bytes,
                           struct th_arena *arena,
                           struct th_attach *attach,
                           struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Attach, message, &ATTACH);
    if (message->n_provinces == 0) {
        return codec_malformed(why, 0, "no province");
    }
    CODEC_LIST(struct th_province_state, provinces, message->n_provinces);
    for (size_t i = 0; i < message->n_provinces; i++) {
        const Tonghop__V1__Province *from = message->provinces[i];
        CODEC_NEED(from, store_id, why);
        CODEC_NEED(from, store_epoch, why);
        provinces[i] = (struct th_province_state){
            .lineage = codec_view(from->lineage),
            .store_id = from->store_id,
            .store_epoch = from->store_epoch,
            .version = from->version,
        };
        TH_TRY(codec_lineage(provinces[i].lineage, why));
    }
    *attach = (struct th_attach){.provinces = provinces, .count = message->n_provinces};
    return TH_OK;
}

void th_attach_write(struct th_writer *writer, const struct th_attach *attach)
{
    codec_check_list(writer, attach->count);
    for (size_t i = 0; i < attach->count && !writer->overflow; i++) {
        const struct th_province_state *from = &attach->provinces[i];
        Tonghop__V1__Province province = TONGHOP__V1__PROVINCE__INIT;
        CODEC_SET_BYTES(&province, lineage, from->lineage);
        CODEC_SET(&province, store_id, from->store_id);
        CODEC_SET(&province, store_epoch, from->store_epoch);
        CODEC_SET(&province, version, from->version);
        codec_pack_field(writer, ATTACH_PROVINCES, &province.base);
    }
}

// ---- ROSTER ----

static enum th_err read_grant(const Tonghop__V1__Grant *from,
                              struct th_arena *arena,
                              struct th_roster_grant *grant,
                              struct th_malformed *why)
{
    CODEC_NEED(from, number, why);
    CODEC_NEED(from, class_, why);
    *grant = (struct th_roster_grant){
        .number = from->number,
        .class = from->class_,
        .only = from->only,
        .revoked = from->revoked,
        .unit_count = from->n_units,
    };
    return codec_texts(from->units, from->n_units, arena, &grant->units, why);
}

enum th_err th_roster_message_read(struct th_bytes bytes,
                                   struct th_arena *arena,
                                   struct th_roster_message *roster,
                                   struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Roster, message, &ROSTER);
    CODEC_NEED(message, generation, why);
    TH_TRY(codec_lineage(codec_view(message->lineage), why));
    CODEC_LIST(struct th_roster_grant, grants, message->n_grants);
    for (size_t i = 0; i < message->n_grants; i++) {
        TH_TRY(read_grant(message->grants[i], arena, &grants[i], why));
    }
    *roster = (struct th_roster_message){
        .lineage = codec_view(message->lineage),
        .generation = message->generation,
        .grants = grants,
        .count = message->n_grants,
    };
    return TH_OK;
}

static void write_grant(struct th_writer *writer, const struct th_roster_grant *grant)
{
    const size_t start = writer->size;
    codec_check_list(writer, grant->unit_count);
    Tonghop__V1__Grant head = TONGHOP__V1__GRANT__INIT;
    CODEC_SET(&head, number, grant->number);
    CODEC_SET(&head, class_, grant->class);
    CODEC_SET_NONZERO(&head, only, grant->only);
    codec_pack(writer, &head.base);
    for (size_t i = 0; i < grant->unit_count && !writer->overflow; i++) {
        codec_bytes_field(writer, GRANT_UNITS, grant->units[i]);
    }
    Tonghop__V1__Grant tail = TONGHOP__V1__GRANT__INIT;
    CODEC_SET_NONZERO(&tail, revoked, grant->revoked);
    codec_pack(writer, &tail.base);
    codec_wrap(writer, ROSTER_GRANTS, start);
}

void th_roster_message_write(struct th_writer *writer, const struct th_roster_message *roster)
{
    codec_check_list(writer, roster->count);
    Tonghop__V1__Roster head = TONGHOP__V1__ROSTER__INIT;
    CODEC_SET_BYTES(&head, lineage, roster->lineage);
    CODEC_SET(&head, generation, roster->generation);
    codec_pack(writer, &head.base);
    for (size_t i = 0; i < roster->count && !writer->overflow; i++) {
        write_grant(writer, &roster->grants[i]);
    }
}

// ---- KEYS ----

static enum th_err
read_key(const Tonghop__V1__Key *from, struct th_key_entry *key, struct th_malformed *why)
{
    CODEC_NEED(from, number, why);
    CODEC_NEED(from, class_, why);
    *key = (struct th_key_entry){
        .number = from->number,
        .class = from->class_,
        .enrolment = from->enrolment,
        .rotation = from->rotation,
        .has_previous = from->has_previous,
        .until_ms = from->previous_until_ms,
        .joined_ms = from->joined_ms,
    };
    if (key->has_previous) {
        TH_TRY(codec_hash(from->previous, key->previous, why));
    }
    return codec_hash(from->public_key, key->public_key, why);
}

enum th_err th_keys_read(struct th_bytes bytes,
                         struct th_arena *arena,
                         struct th_keys *keys,
                         struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Keys, message, &KEYS);
    TH_TRY(codec_lineage(codec_view(message->lineage), why));
    CODEC_LIST(struct th_key_entry, entries, message->n_keys);
    for (size_t i = 0; i < message->n_keys; i++) {
        TH_TRY(read_key(message->keys[i], &entries[i], why));
    }
    *keys = (struct th_keys){
        .lineage = codec_view(message->lineage), .keys = entries, .count = message->n_keys};
    return TH_OK;
}

static void write_key(struct th_writer *writer, const struct th_key_entry *from)
{
    Tonghop__V1__Key key = TONGHOP__V1__KEY__INIT;
    CODEC_SET(&key, number, from->number);
    CODEC_SET(&key, class_, from->class);
    CODEC_SET_ARRAY(&key, public_key, from->public_key);
    CODEC_SET_NONZERO(&key, enrolment, from->enrolment);
    CODEC_SET_NONZERO(&key, rotation, from->rotation);
    if (from->has_previous) {
        CODEC_SET_ARRAY(&key, previous, from->previous);
        CODEC_SET(&key, previous_until_ms, from->until_ms);
    }
    CODEC_SET_NONZERO(&key, joined_ms, from->joined_ms);
    codec_pack_field(writer, KEYS_KEYS, &key.base);
}

void th_keys_write(struct th_writer *writer, const struct th_keys *keys)
{
    codec_check_list(writer, keys->count);
    Tonghop__V1__Keys head = TONGHOP__V1__KEYS__INIT;
    CODEC_SET_BYTES(&head, lineage, keys->lineage);
    codec_pack(writer, &head.base);
    for (size_t i = 0; i < keys->count && !writer->overflow; i++) {
        write_key(writer, &keys->keys[i]);
    }
}
