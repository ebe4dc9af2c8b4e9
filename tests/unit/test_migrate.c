// test_migrate.c - a store of an earlier format becomes one of this, or none at all
//
// There is one format yet, so the tests make up three, of which the third is what the program
// writes: in the second figures ended in one byte more and rows of "stage" meant something else, in
// the first collectives were not indexed besides. What comes out must be the store that they were
// made of, row for row.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/migrate.h"

enum { FIRST = 1, SECOND = 2, THIRD = 3, EXTRA = 0xee, VALUE_MAX = 4096 };

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};
static const struct th_bytes STORE_ROW = {.data = "store", .size = 5};

static struct province *p;
static char *path; // of the store to be migrated
static char *result;
static struct th_check check;

// ---- the formats before ----

static enum th_err drop_byte(const struct migrate_out *out, const struct th_export_row *row)
{
    struct th_export_row shorter = *row;
    const uint8_t *bytes = row->value.data;
    if (row->table == TABLE_STAGE) {
        return TH_OK; // they mean nothing any more
    }
    if (row->value.size == 0 || bytes[row->value.size - 1] != EXTRA) {
        return TH_E_CORRUPT;
    }
    shorter.value.size--;
    return out->sink(out->self, &shorter);
}

// A collective stands once more in the index: one row becomes two.
static enum th_err add_index(const struct migrate_out *out, const struct th_export_row *row)
{
    struct record_key parts;
    if (row->table == TABLE_PERSON) {
        return out->sink(out->self, row);
    }
    TH_TRY(key_read_record(row->key, &parts));
    if (th_bytes_equal(parts.category, TH_BYTES("collective"))) {
        const struct key key =
            key_of_person(parts.scheme, parts.period, parts.category, parts.person);
        uint8_t uid[4];
        th_put_u32(uid, parts.uid);
        const struct th_export_row index = {
            .table = TABLE_PERSON, .key = key_view(&key), .value = {uid, sizeof(uid)}};
        TH_TRY(out->sink(out->self, &index));
    }
    return out->sink(out->self, row);
}

#define BIT(table) (UINT32_C(1) << (table))
static const struct migrate_step LIST[] = {
    {.to = SECOND,
     .min_reader = SECOND,
     .tables = BIT(TABLE_EVALUATION) | BIT(TABLE_PERSON),
     .row = add_index},
    {.to = THIRD,
     .min_reader = FIRST,
     .tables = BIT(TABLE_STAFFING) | BIT(TABLE_STAGE),
     .row = drop_byte},
};
static const struct migrate_steps STEPS = {.list = LIST, .count = TH_COUNT(LIST)};

static void
put_row(struct th_store store, unsigned table, struct th_bytes key, struct th_bytes value)
{
    uint8_t space[VALUE_MAX];
    struct th_writer writer = TH_WRITER(space);
    th_write_bytes(&writer, value);
    EXPECT(TH_OK, th_check_put(&check, store, table, key, &writer));
}

static void set_format(struct th_store store, uint16_t format, uint16_t min_reader)
{
    uint8_t space[VALUE_MAX];
    struct th_bytes value;
    EXPECT(TH_OK, th_check_get(&check, store, TABLE_META, STORE_ROW, &value));
    memcpy(space, value.data, value.size);
    th_put_u16(space, format);
    th_put_u16(space + 2, min_reader);
    put_row(store, TABLE_META, STORE_ROW, (struct th_bytes){space, value.size});
}

static void add_bytes(struct th_store store)
{
    struct th_bytes key = {0};
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_STAFFING, key, &key, &value);
    while (err == TH_OK) {
        uint8_t name[TH_STORE_KEY_MAX];
        uint8_t space[VALUE_MAX];
        const struct th_bytes copy = {.data = name, .size = key.size};
        memcpy(name, key.data, key.size);
        EXPECT(TH_OK, th_check_open(&check, TABLE_STAFFING, copy, &value));
        memcpy(space, value.data, value.size);
        space[value.size] = EXTRA;
        put_row(store, TABLE_STAFFING, copy, (struct th_bytes){space, value.size + 1});
        err = th_store_next(store, TABLE_STAFFING, copy, &key, &value);
    }
    EXPECT(TH_E_NOT_FOUND, err);
    put_row(store, TABLE_STAGE, TH_BYTES("old"), TH_BYTES("thing"));
}

// Of collectives.
static void drop_index(struct th_store store)
{
    struct th_bytes key = {0};
    struct th_bytes value;
    uint64_t dropped = 0;
    enum th_err err = th_store_seek(store, TABLE_PERSON, key, &key, &value);
    while (err == TH_OK) {
        uint8_t name[TH_STORE_KEY_MAX];
        struct coverage_key parts;
        const struct th_bytes copy = {.data = name, .size = key.size};
        memcpy(name, key.data, key.size);
        EXPECT(TH_OK, key_read_person(copy, &parts));
        if (th_bytes_equal(parts.category, TH_BYTES("collective"))) {
            EXPECT(TH_OK, th_store_remove(store, TABLE_PERSON, copy));
            dropped++;
        }
        err = th_store_next(store, TABLE_PERSON, copy, &key, &value);
    }
    EXPECT(TH_E_NOT_FOUND, err);
    assert_int_equal(dropped, 1);
}

static enum th_err make_old(void *context, struct th_store store)
{
    const uint16_t format = *(const uint16_t *)context;
    set_format(store, format, FIRST);
    if (format < THIRD) {
        add_bytes(store);
    }
    if (format < SECOND) {
        drop_index(store);
    }
    return TH_OK;
}

// ---- around them ----

static struct th_disk_options options_of(enum th_disk_use use)
{
    return (struct th_disk_options){
        .use = use, .tables = TABLE_NAMES, .table_count = TABLE_COUNT, .map_size = 1 << 28};
}

static int setup(void **state)
{
    (void)state;
    p = province_make_on_disk();
    check = open_check(p->identity.birth_id);
    path = path_in(p->dir, "old");
    result = path_in(p->dir, "new");
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    struct player one = player_of(1);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5),
                                        figure("C11", "2023", "W2", 7),
                                        person("C11", "2023", "an", 4),
                                        collective("C11", "2022", "cb-1", 4)};
    province_batch(p, &one, updates, TH_COUNT(updates));
    province_drain(p);
    province_verify(p);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(path);
    free(result);
    province_free(p);
    return 0;
}

static void print_finding(void *self, const struct verify_finding *finding)
{
    (void)self;
    print_message(
        "%s: kept %s, counted %s\n", TABLE_NAMES[finding->table], finding->kept, finding->counted);
}

// As sound_look does, with the register of this province. The formats made up here are above the
// real one: the store says that any reader may.
static enum th_err look(void *self, struct th_store store, struct th_verdict *why)
{
    struct verify_result found;
    const struct verify_setup verify = {
        .store = store,
        .birth_id = p->identity.birth_id,
        .lineage = th_bytes_of(p->identity.lineage),
        .reg = p->reg,
        .catalogue = p->catalogue,
        .root = th_register_root(p->reg),
    };
    ++*(unsigned *)self;
    TH_TRY(verify_run(&verify, VERIFY_FULL, print_finding, NULL, &found));
    if (found.findings > 0) {
        th_verdict_make(why, TH_M_BACKUP_DAMAGED, 0, "", "p", NULL);
        return TH_E_CORRUPT;
    }
    return TH_OK;
}

static enum th_err migrate_from(uint16_t format,
                                const struct migrate_steps *steps,
                                const struct renamed *renamed,
                                struct th_verdict *why)
{
    unsigned looks = 0;
    const struct th_disk_copying copying = {.change = make_old, .context = &format};
    const struct th_disk_options own = options_of(TH_DISK_OWN);
    const struct th_disk_options still = options_of(TH_DISK_STILL);
    struct th_disk *old = NULL;
    EXPECT(TH_OK, th_disk_copy(p->disk, &own, path, &copying));
    EXPECT(TH_OK, th_disk_open(path, &still, &old));
    enum th_err err = TH_OK;
    {
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        EXPECT(TH_OK, th_disk_begin_read(old, &txn));
        const struct migrate migrate = {.steps = steps,
                                        .old = th_disk_store(&txn),
                                        .look = look,
                                        .self = &looks,
                                        .renamed = renamed,
                                        .options = own};
        err = migrate_build(&migrate, result, why);
    }
    th_disk_close(&old);
    assert_true(err != TH_OK || looks == 1);
    assert_int_equal(access(result, F_OK) == 0, err == TH_OK);
    return err;
}

struct rows {
    struct th_export_sum sum;
    bool with_meta;
};

static enum th_err add(void *self, const struct th_export_row *row)
{
    struct rows *rows = self;
    if (row->table != TABLE_META || rows->with_meta) {
        th_export_sum_add(&rows->sum, row->key, row->value);
    }
    return TH_OK;
}

static void digest_of(struct th_disk *disk, uint8_t out[static TH_HASH256_BYTES])
{
    struct rows rows = {.with_meta = false};
    struct rows_place place;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin_read(disk, &txn));
    th_export_sum_start(&rows.sum);
    EXPECT(TH_OK, rows_walk(th_disk_store(&txn), &check, add, &rows, &place));
    th_export_sum_end(&rows.sum, out);
}

static struct identity identity_of(struct th_disk *disk)
{
    struct identity identity;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin_read(disk, &txn));
    EXPECT(TH_OK, open_read_identity(th_disk_store(&txn), &identity));
    return identity;
}

// ---- tests ----

static void a_store_of_each_earlier_format_comes_out_the_same(void **state)
{
    (void)state;
    uint8_t wanted[TH_HASH256_BYTES];
    digest_of(p->disk, wanted);
    for (unsigned format = FIRST; format <= THIRD; format++) {
        char name[16];
        struct th_verdict why;
        struct th_disk *made = NULL;
        uint8_t got[TH_HASH256_BYTES];
        free(path);
        free(result);
        (void)snprintf(name, sizeof(name), "old%u", format);
        path = path_in(p->dir, name);
        (void)snprintf(name, sizeof(name), "new%u", format);
        result = path_in(p->dir, name);

        EXPECT(TH_OK, migrate_from((uint16_t)format, &STEPS, NULL, &why));

        const struct th_disk_options still = options_of(TH_DISK_STILL);
        EXPECT(TH_OK, th_disk_open(result, &still, &made));
        digest_of(made, got);
        assert_memory_equal(wanted, got, sizeof(got));
        const struct identity identity = identity_of(made);
        assert_int_equal(identity.format, THIRD);
        assert_int_equal(identity.min_reader, FIRST);
        assert_true(identity.store_id == p->identity.store_id);
        th_disk_close(&made);
    }
}

static void a_store_may_go_on_under_another_id(void **state)
{
    (void)state;
    struct th_verdict why;
    struct th_disk *made = NULL;
    const struct renamed renamed = {.store_id = 77, .why = RENAMED_RESTORED, .version = 1};
    const struct th_disk_options still = options_of(TH_DISK_STILL);

    EXPECT(TH_OK, migrate_from(SECOND, &STEPS, &renamed, &why));

    EXPECT(TH_OK, th_disk_open(result, &still, &made));
    const struct identity identity = identity_of(made);
    assert_true(identity.store_id == 77 && identity.birth_id == p->identity.birth_id);
    th_disk_close(&made);
}

static void a_format_without_a_way_is_refused(void **state)
{
    (void)state;
    struct th_verdict why;
    const struct migrate_steps last = {.list = &LIST[1], .count = 1};

    EXPECT(TH_E_INVALID, migrate_from(FIRST, &last, NULL, &why));

    assert_int_equal(why.code, TH_M_STORE_OLDER);
}

// ---- steps that are wrong ----

static enum th_err lose_row(const struct migrate_out *out, const struct th_export_row *row)
{
    return row->table == TABLE_STAGE || row->value.size % 2 == 0 ? TH_OK : drop_byte(out, row);
}

static enum th_err keep_all(const struct migrate_out *out, const struct th_export_row *row)
{
    return out->sink(out->self, row);
}

static void a_step_that_loses_a_record_is_found(void **state)
{
    (void)state;
    struct th_verdict why;
    struct migrate_step list[] = {LIST[0], LIST[1]};
    const struct migrate_steps steps = {.list = list, .count = 2};
    list[1].row = lose_row;

    EXPECT(TH_E_CORRUPT, migrate_from(SECOND, &steps, NULL, &why));

    assert_int_equal(why.code, TH_M_BACKUP_DAMAGED);
}

static enum th_err touch_totals(const struct migrate_out *out, const struct th_export_row *row)
{
    struct th_export_row other = *row;
    TH_TRY(drop_byte(out, row));
    other.table = TABLE_DEAD; // a table it does not name
    return out->sink(out->self, &other);
}

static void a_step_that_touches_other_tables_is_found(void **state)
{
    (void)state;
    struct th_verdict why;
    struct migrate_step list[] = {LIST[0], LIST[1]};
    const struct migrate_steps steps = {.list = list, .count = 2};
    list[1].row = touch_totals;

    EXPECT(TH_E_CORRUPT, migrate_from(SECOND, &steps, NULL, &why));

    assert_int_equal(why.code, TH_M_RECORD_DAMAGED);
    assert_string_equal(why.params[0], "dead");
}

static void a_step_that_forgets_what_changed_is_found(void **state)
{
    (void)state;
    struct th_verdict why;
    struct migrate_step list[] = {LIST[0], LIST[1]};
    const struct migrate_steps steps = {.list = list, .count = 2};
    list[1].row = keep_all;

    EXPECT(TH_E_CORRUPT, migrate_from(SECOND, &steps, NULL, &why));
}

// This program has one format: nothing is older, and nothing is changed on the way.
static void the_steps_of_this_program_lead_to_its_format(void **state)
{
    (void)state;
    struct migrating migrating;
    const struct migrate_steps *steps = &MIGRATE_STEPS;
    const uint16_t newest = steps->count > 0 ? steps->list[steps->count - 1].to : 1;
    assert_int_equal(newest, STORE_FORMAT);
    for (size_t i = 1; i < steps->count; i++) {
        assert_int_equal(steps->list[i].to, steps->list[i - 1].to + 1);
    }
    EXPECT(TH_OK, migrate_begin(&migrating, steps, STORE_FORMAT, rows_put, NULL));
    EXPECT(TH_E_INVALID, migrate_begin(&migrating, steps, 0, rows_put, NULL));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_store_of_each_earlier_format_comes_out_the_same),
        CASE(a_store_may_go_on_under_another_id),
        CASE(a_format_without_a_way_is_refused),
        CASE(a_step_that_loses_a_record_is_found),
        CASE(a_step_that_touches_other_tables_is_found),
        CASE(a_step_that_forgets_what_changed_is_found),
        CASE(the_steps_of_this_program_lead_to_its_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
