// test_facts_protobuf.c - what protobuf-c 1.4 does, where a defence of the codec rests on it
//
// These test the library, not us: an upgrade that changes a fact is noticed here. The last tests
// are about our own schema, which the pre-scan takes for granted.

#include <stdlib.h>
#include <string.h>

#include <protobuf-c/protobuf-c.h>

#include "tonghop/codec.h"
#include "tonghop/v1/delivery.pb-c.h"
#include "tonghop/v1/export.pb-c.h"
#include "tonghop/v1/header.pb-c.h"
#include "tonghop/v1/query.pb-c.h"
#include "tonghop/v1/totals.pb-c.h"
#include "tonghop/v1/update.pb-c.h"

#include "tests/support/test.h"

#define WIRE(literal) sizeof(literal) - 1, (const uint8_t *)(literal)

// ---- B1: presence ----

static void packs_zero_in_two_bytes_and_absent_in_none(void **state)
{
    (void)state;
    Tonghop__V1__Staffing absent = TONGHOP__V1__STAFFING__INIT;
    Tonghop__V1__Staffing zero = TONGHOP__V1__STAFFING__INIT;
    zero.has_value = 1;

    assert_int_equal(tonghop__v1__staffing__get_packed_size(&absent), 0);
    assert_int_equal(tonghop__v1__staffing__get_packed_size(&zero), 2);
}

// ---- B3, B8: memory ----

struct counted {
    size_t left;
    size_t calls;
    size_t bytes;
};

static void *counted_alloc(void *data, size_t size)
{
    struct counted *counted = data;
    if (counted->calls == counted->left) {
        return NULL;
    }
    counted->calls++;
    counted->bytes += size;
    return malloc(size);
}

static void counted_free(void *data, void *piece)
{
    (void)data;
    free(piece);
}

static void turns_empty_messages_into_far_more_memory(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    uint8_t wire[2 * COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        wire[2 * i] = 0x0a;
        wire[2 * i + 1] = 0;
    }
    struct counted counted = {.left = SIZE_MAX};
    ProtobufCAllocator allocator = {counted_alloc, counted_free, &counted};

    Tonghop__V1__Batch *batch = tonghop__v1__batch__unpack(&allocator, sizeof(wire), wire);

    assert_non_null(batch);
    assert_in_range(counted.bytes, 20 * sizeof(wire), SIZE_MAX);
    tonghop__v1__batch__free_unpacked(batch, &allocator);
}

static void fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    const struct th_update updates[2] = {
        {.kind = TH_KIND_STAFFING, .note = TH_BYTES("n"), .staffing = {.unit = TH_BYTES("376")}},
        {.kind = TH_KIND_EVALUATION, .evaluation = {.person = TH_BYTES("p")}}};
    uint8_t bytes[256];
    struct th_writer writer = TH_WRITER(bytes);
    th_batch_write(&writer, &(struct th_batch){.updates = updates, .count = 2});
    Tonghop__V1__Batch *batch = NULL;
    size_t failures = 0;

    for (size_t left = 0; batch == NULL; left++) {
        struct counted counted = {.left = left};
        ProtobufCAllocator allocator = {counted_alloc, counted_free, &counted};
        batch = tonghop__v1__batch__unpack(&allocator, writer.size, bytes);
        failures += batch == NULL ? 1 : 0;
        if (batch != NULL) {
            tonghop__v1__batch__free_unpacked(batch, &allocator);
        }
    }

    assert_in_range(failures, 7, 12); // 2 updates, 2 members, their list, 3 texts, the batch
}

// ---- B4: what it accepts, and the pre-scan refuses ----

static void reads_2_to_the_32_as_0(void **state)
{
    (void)state;
    Tonghop__V1__Credit *credit =
        tonghop__v1__credit__unpack(NULL, WIRE("\x08\x80\x80\x80\x80\x10"));

    assert_non_null(credit);
    assert_int_equal(credit->parts, 0);
    tonghop__v1__credit__free_unpacked(credit, NULL);
}

static void lets_the_last_of_two_values_win(void **state)
{
    (void)state;
    Tonghop__V1__Credit *credit = tonghop__v1__credit__unpack(NULL, WIRE("\x08\x01\x08\x02"));

    assert_non_null(credit);
    assert_int_equal(credit->parts, 2);
    tonghop__v1__credit__free_unpacked(credit, NULL);
}

static void lets_the_last_member_of_a_oneof_win(void **state)
{
    (void)state;
    Tonghop__V1__Update *update = tonghop__v1__update__unpack(NULL, WIRE("\x5a\x00\x52\x00"));

    assert_non_null(update);
    assert_int_equal(update->kind_case, TONGHOP__V1__UPDATE__KIND_EVALUATION);
    tonghop__v1__update__free_unpacked(update, NULL);
}

static void reads_varints_longer_than_needed(void **state)
{
    (void)state;
    Tonghop__V1__Credit *credit = tonghop__v1__credit__unpack(NULL, WIRE("\x08\x81\x80\x00"));

    assert_non_null(credit);
    assert_int_equal(credit->parts, 1);
    tonghop__v1__credit__free_unpacked(credit, NULL);
}

static void keeps_unknown_numbers_of_enums(void **state)
{
    (void)state;
    Tonghop__V1__Update *update = tonghop__v1__update__unpack(NULL, WIRE("\x08\x63"));

    assert_non_null(update);
    assert_int_equal((int)update->op, 99);
    tonghop__v1__update__free_unpacked(update, NULL);
}

// ---- B5: what it refuses, and takes ----

static void refuses_wrong_wire_types_groups_and_field_0(void **state)
{
    (void)state;
    assert_null(tonghop__v1__credit__unpack(NULL, WIRE("\x0a\x00")));
    assert_null(tonghop__v1__credit__unpack(NULL, WIRE("\x13\x14")));
    assert_null(tonghop__v1__credit__unpack(NULL, WIRE("\x02\x00")));
}

static void takes_no_bytes_for_a_message(void **state)
{
    (void)state;
    Tonghop__V1__Credit *credit = tonghop__v1__credit__unpack(NULL, WIRE(""));

    assert_non_null(credit);
    assert_false(credit->has_parts);
    tonghop__v1__credit__free_unpacked(credit, NULL);
}

// ---- B6: unknown fields come back behind the known ones ----

static void writes_unknown_fields_in_another_place(void **state)
{
    (void)state;
    uint8_t packed[8];
    Tonghop__V1__Credit *credit =
        tonghop__v1__credit__unpack(NULL, WIRE("\x20\x05\x08\x01")); // field 4, then field 1

    assert_non_null(credit);
    assert_int_equal(tonghop__v1__credit__pack(credit, packed), 4);
    assert_memory_equal(packed, "\x08\x01\x20\x05", 4);
    tonghop__v1__credit__free_unpacked(credit, NULL);
}

// ---- our schema, as the pre-scan takes it for granted ----

static const ProtobufCMessageDescriptor *const ROOTS[] = {
    &tonghop__v1__header__descriptor,
    &tonghop__v1__envelope__descriptor,
    &tonghop__v1__batch__descriptor,
    &tonghop__v1__hello__descriptor,
    &tonghop__v1__welcome__descriptor,
    &tonghop__v1__decided__descriptor,
    &tonghop__v1__refusal__descriptor,
    &tonghop__v1__ping__descriptor,
    &tonghop__v1__register_request__descriptor,
    &tonghop__v1__part__descriptor,
    &tonghop__v1__bundle__descriptor,
    &tonghop__v1__attach__descriptor,
    &tonghop__v1__roster__descriptor,
    &tonghop__v1__keys__descriptor,
    &tonghop__v1__join__descriptor,
    &tonghop__v1__joined__descriptor,
    &tonghop__v1__delta__descriptor,
    &tonghop__v1__beat__descriptor,
    &tonghop__v1__piece__descriptor,
    &tonghop__v1__query__descriptor,
    &tonghop__v1__answer__descriptor,
    &tonghop__v1__credit__descriptor,
};

enum { DEPTH_MAX = 4, FIELDS_MAX = 64 };

static void check_field(const ProtobufCMessageDescriptor *message, unsigned index)
{
    const ProtobufCFieldDescriptor *field = &message->fields[index];
    if (field->label == PROTOBUF_C_LABEL_REQUIRED) {
        fail_msg("%s.%s is required", message->name, field->name);
    }
    if (index > 0 && message->fields[index - 1].id >= field->id) {
        fail_msg("%s.%s: numbers are not in order", message->name, field->name);
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        fail_msg("%s.%s is a string, which ends at a NUL in C", message->name, field->name);
    }
    const bool packable =
        field->type != PROTOBUF_C_TYPE_BYTES && field->type != PROTOBUF_C_TYPE_MESSAGE;
    if (field->label == PROTOBUF_C_LABEL_REPEATED && packable) {
        fail_msg("%s.%s is a list of numbers: the pre-scan has no rule for it",
                 message->name,
                 field->name);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by depth
static void walk(const ProtobufCMessageDescriptor *message, unsigned depth)
{
    if (depth > DEPTH_MAX) {
        fail_msg("%s is nested deeper than %d, or contains itself", message->name, DEPTH_MAX);
    }
    assert_in_range(message->n_fields, 1, FIELDS_MAX);
    for (unsigned i = 0; i < message->n_fields; i++) {
        check_field(message, i);
        if (message->fields[i].type == PROTOBUF_C_TYPE_MESSAGE) {
            walk(message->fields[i].descriptor, depth + 1);
        }
    }
}

static void has_a_schema_that_cannot_nest_without_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(ROOTS); i++) {
        walk(ROOTS[i], 1);
    }
}

static void begins_every_enum_with_an_unspecified_0(void **state)
{
    (void)state;
    const ProtobufCEnumDescriptor *const enums[] = {
        &tonghop__v1__type__descriptor,
        &tonghop__v1__op__descriptor,
        &tonghop__v1__qualifier__descriptor,
        &tonghop__v1__reason__descriptor,
        &tonghop__v1__refusal_class__descriptor,
        &tonghop__v1__ask__descriptor,
    };
    for (size_t i = 0; i < TH_COUNT(enums); i++) {
        const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(enums[i], 0);
        assert_non_null(zero);
        assert_non_null(strstr(zero->name, "_UNSPECIFIED"));
    }
}

static void numbers_of_the_header_are_those_of_the_schema(void **state)
{
    (void)state;
    const struct {
        int ours;
        int theirs;
    } pairs[] = {
        {TH_MSG_HELLO, TONGHOP__V1__TYPE__HELLO},
        {TH_MSG_WELCOME, TONGHOP__V1__TYPE__WELCOME},
        {TH_MSG_BATCH, TONGHOP__V1__TYPE__BATCH},
        {TH_MSG_ACK, TONGHOP__V1__TYPE__ACK},
        {TH_MSG_REFUSAL, TONGHOP__V1__TYPE__REFUSAL},
        {TH_MSG_PING, TONGHOP__V1__TYPE__PING},
        {TH_MSG_PONG, TONGHOP__V1__TYPE__PONG},
        {TH_MSG_REGISTER_REQUEST, TONGHOP__V1__TYPE__REGISTER_REQUEST},
        {TH_MSG_REGISTER, TONGHOP__V1__TYPE__REGISTER},
        {TH_MSG_BYE, TONGHOP__V1__TYPE__BYE},
        {TH_MSG_JOIN, TONGHOP__V1__TYPE__JOIN},
        {TH_MSG_JOINED, TONGHOP__V1__TYPE__JOINED},
        {TH_MSG_ATTACH, TONGHOP__V1__TYPE__ATTACH},
        {TH_MSG_ROSTER, TONGHOP__V1__TYPE__ROSTER},
        {TH_MSG_KEYS, TONGHOP__V1__TYPE__KEYS},
        {TH_MSG_QUERY, TONGHOP__V1__TYPE__QUERY},
        {TH_MSG_ANSWER, TONGHOP__V1__TYPE__ANSWER},
        {TH_MSG_CREDIT, TONGHOP__V1__TYPE__CREDIT},
        {TH_OP_SET, TONGHOP__V1__OP__SET},
        {TH_OP_WITHDRAW, TONGHOP__V1__OP__WITHDRAW},
        {TH_QUALIFIER_EXACT, TONGHOP__V1__QUALIFIER__EXACT},
        {TH_QUALIFIER_OVER, TONGHOP__V1__QUALIFIER__OVER},
        {TH_QUALIFIER_UNDER, TONGHOP__V1__QUALIFIER__UNDER},
        {TH_QUALIFIER_ABOUT, TONGHOP__V1__QUALIFIER__ABOUT},
        {TH_REASON_OTHER, TONGHOP__V1__REASON__REASON_OTHER},
        {TH_REFUSE_RETRY, TONGHOP__V1__REFUSAL_CLASS__RETRY},
        {TH_REFUSE_REJECT, TONGHOP__V1__REFUSAL_CLASS__REJECT},
        {TH_REFUSE_STOP, TONGHOP__V1__REFUSAL_CLASS__STOP},
        {TH_ASK_TOTALS, TONGHOP__V1__ASK__TOTALS},
        {TH_ASK_SNAPSHOT, TONGHOP__V1__ASK__SNAPSHOT},
        {TH_ASK_STATE, TONGHOP__V1__ASK__STATE},
        {TH_ASK_VERIFY, TONGHOP__V1__ASK__VERIFY},
        {TH_ASK_BUNDLE, TONGHOP__V1__ASK__BUNDLE},
    };
    for (size_t i = 0; i < TH_COUNT(pairs); i++) {
        assert_int_equal(pairs[i].ours, pairs[i].theirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packs_zero_in_two_bytes_and_absent_in_none),
        cmocka_unit_test(turns_empty_messages_into_far_more_memory),
        cmocka_unit_test(fails_cleanly_at_every_allocation),
        cmocka_unit_test(reads_2_to_the_32_as_0),
        cmocka_unit_test(lets_the_last_of_two_values_win),
        cmocka_unit_test(lets_the_last_member_of_a_oneof_win),
        cmocka_unit_test(reads_varints_longer_than_needed),
        cmocka_unit_test(keeps_unknown_numbers_of_enums),
        cmocka_unit_test(refuses_wrong_wire_types_groups_and_field_0),
        cmocka_unit_test(takes_no_bytes_for_a_message),
        cmocka_unit_test(writes_unknown_fields_in_another_place),
        cmocka_unit_test(has_a_schema_that_cannot_nest_without_end),
        cmocka_unit_test(begins_every_enum_with_an_unspecified_0),
        cmocka_unit_test(numbers_of_the_header_are_those_of_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
