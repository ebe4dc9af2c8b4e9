// test_verify_form.c - a report that is not what was decided about it is found

#include <string.h>

#include "tests/support/declaring.h"
#include "tests/support/test.h"
#include "workers/verify.h"

static const char *const ROSTER[] = {"D1;D2", "A1"};

struct found {
    unsigned forms;    // 4208
    unsigned controls; // 4206
    enum table table;
    const struct verify_setup *setup;
    char text[VERIFY_TEXT_BYTES];
};

static void note(void *self, const struct verify_finding *finding)
{
    struct found *found = self;
    found->forms += finding->code == TH_M_VERIFY_FORM ? 1 : 0;
    found->controls += finding->code == TH_M_VERIFY_CONTROL ? 1 : 0;
    found->table = finding->table;
    (void)verify_text(found->setup, finding, TH_LANG_EN, found->text, sizeof(found->text));
}

static struct found look(struct province *p)
{
    const struct verify_setup setup = {
        .store = province_store(p),
        .birth_id = p->identity.store_id,
        .lineage = th_bytes_of(p->identity.lineage),
        .reg = p->reg,
        .catalogue = p->catalogue,
        .root = th_register_root(p->reg),
    };
    struct found found = {.setup = &setup};
    struct verify_result result;
    EXPECT(TH_OK, verify_run(&setup, VERIFY_FULL, note, &found, &result));
    province_end(p);
    found.setup = NULL;
    return found;
}

// D1 declared two months; one is accepted, one opened again and changed.
static int setup(void **state)
{
    struct province *p = province_make();
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    struct player desk = player_of(0);
    struct declared said;
    struct player office = office_with_figures(p, "2026-10");
    const struct th_update earlier = figure("D1", "2026-09", "W1", 4);
    const struct th_update later = revised(figure("D1", "2026-09", "W1", 3), 2);
    const struct declared_line one[] = {{"W1", "", 1, 4}};
    const struct th_update accepts = desk_accepts("D1", "2026-10");
    const struct th_update opens = desk_opens("D1", "2026-09", "2026-12-31");
    assert_int_equal(province_say(p, &office, &earlier), 0);
    assert_int_equal(province_say(p, &office, declare(&said, "f D1 2026-10", DECLARED_BOTH, 2)), 0);
    assert_int_equal(province_say(p, &office, declare(&said, "f D1 2026-09", one, 1)), 0);
    p->today++;
    assert_int_equal(province_say(p, &desk, &accepts), 0);
    assert_int_equal(province_say(p, &desk, &opens), 0);
    assert_int_equal(province_say(p, &office, &later), 0);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

static struct key key_at(struct province *p, const char *period)
{
    struct th_period parsed;
    EXPECT(TH_OK, th_period_parse(th_bytes_of(period), &parsed));
    return key_of_form(TH_BYTES("f"), parsed, province_uid(p, "D1", period));
}

// A row with a sound check hash that nothing in the ledger accounts for.
static void put(struct province *p, unsigned table, const struct key *key, struct th_writer *value)
{
    const struct th_store store = province_store(p);
    EXPECT(TH_OK, th_check_put(&p->judge.check, store, table, key_view(key), value));
    th_store_memory_commit(p->memory);
}

static void put_form(struct province *p, const char *period, const struct form_row *row)
{
    uint8_t space[FORM_BYTES_MAX + TH_CHECK_BYTES];
    struct th_writer value = TH_WRITER(space);
    const struct key key = key_at(p, period);
    form_write(&value, row);
    put(p, TABLE_FORM, &key, &value);
}

// ---- tests ----

static void what_was_decided_has_no_findings(void **state)
{
    struct province *p = *state;
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_ACCEPTED);
    assert_int_equal(form_state_of(p, "D1", "2026-09"), FORM_CHANGED);
    province_verify(p);
}

static void another_state_or_day_is_found(void **state)
{
    struct province *p = *state;
    struct form_row row = form_row_of(p, "f", "D1", "2026-10");
    row.state = FORM_SUBMITTED;
    put_form(p, "2026-10", &row);
    struct found found = look(p);
    assert_int_equal(found.forms, 1);
    assert_int_equal(found.table, TABLE_FORM);
    assert_non_null(strstr(found.text, "TH4208 form/f 2026-10 D1: "));

    row.state = FORM_ACCEPTED;
    row.first--;
    put_form(p, "2026-10", &row);
    assert_int_equal(look(p).forms, 1);
    row.first++;
    put_form(p, "2026-10", &row);
    province_verify(p);
}

static void a_row_too_many_or_too_few_is_found(void **state)
{
    struct province *p = *state;
    const struct form_row row = form_row_of(p, "f", "D1", "2026-10");
    put_form(p, "2026-08", &row);
    assert_int_equal(look(p).forms, 1);
    struct key key = key_at(p, "2026-08");
    EXPECT(TH_OK, th_store_remove(province_store(p), TABLE_FORM, key_view(&key)));
    th_store_memory_commit(p->memory);
    province_verify(p);

    key = key_at(p, "2026-10");
    EXPECT(TH_OK, th_store_remove(province_store(p), TABLE_FORM, key_view(&key)));
    th_store_memory_commit(p->memory);
    assert_int_equal(look(p).forms, 1);
}

static void a_longer_opening_is_found(void **state)
{
    struct province *p = *state;
    const struct key key = key_at(p, "2026-09");
    struct th_bytes bytes;
    struct opening_row row;
    uint8_t space[FORM_BYTES_MAX + TH_CHECK_BYTES];
    struct th_writer value = TH_WRITER(space);
    EXPECT(TH_OK,
           th_check_get(&p->judge.check, province_store(p), TABLE_OPENING, key_view(&key), &bytes));
    EXPECT(TH_OK, opening_read(bytes, &row));
    row.until++;
    opening_write(&value, &row);
    put(p, TABLE_OPENING, &key, &value);

    const struct found found = look(p);

    assert_int_equal(found.forms, 1);
    assert_int_equal(found.table, TABLE_OPENING);
}

// An accepted report, and a figure of it that changed behind it.
static void a_declaration_that_is_not_what_is_held_is_found(void **state)
{
    struct province *p = *state;
    struct th_period period;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2026-10"), &period));
    const uint32_t uid = province_uid(p, "D1", "2026-10");
    const struct key key = key_of_figure(uid, period, TH_BYTES("W1"), TH_BYTES(""));
    EXPECT(TH_OK, th_store_remove(province_store(p), TABLE_STAFFING, key_view(&key)));
    th_store_memory_commit(p->memory);

    const struct found found = look(p);

    assert_int_equal(found.controls, 1);
    assert_int_equal(found.forms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_decided_has_no_findings, setup, teardown),
        cmocka_unit_test_setup_teardown(another_state_or_day_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_row_too_many_or_too_few_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_longer_opening_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_declaration_that_is_not_what_is_held_is_found, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
