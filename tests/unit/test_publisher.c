// test_publisher.c - editions made at their time, made up, and by hand; and what the public is told

#include <stdio.h>
#include <string.h>

#include "tonghop/clock.h"

#include "tests/support/writing.h"
#include "workers/edition.h"
#include "workers/publisher.h"

enum { FIVE = 5 };

static enum th_err read_newest(struct writing *f, struct edition_head *head)
{
    const struct th_check check = open_check(f->opened.birth_id);
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(f->made->disk, &txn));
    return edition_newest(th_disk_store(&txn), &check, head);
}

static bool is_newest(struct writing *f, uint32_t number)
{
    struct edition_head head;
    return read_newest(f, &head) == TH_OK && head.number == number;
}

// A store whose newest edition is number 0, made then.
static void begin_at(struct writing *f, int64_t moment_ms)
{
    const struct th_check check = open_check(f->opened.birth_id);
    const struct edition_head head = {.moment_ms = moment_ms, .made = EDITION_BEGUN};
    const struct key key = key_of_edition_head(0);
    uint8_t bytes[128];
    struct th_writer writer = TH_WRITER(bytes);
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin(f->made->disk, &txn));
    edition_write_head(&writer, &head);
    EXPECT(TH_OK,
           th_check_put(&check, th_disk_store(&txn), TABLE_EDITION, key_view(&key), &writer));
    EXPECT(TH_OK, th_disk_commit(&txn));
}

static struct publisher *start(struct writing *f, int32_t release)
{
    struct publisher *publisher = NULL;
    const struct publisher_setup setup = {
        .provinces = &f->asked, .province_count = 1, .release = release};
    EXPECT(TH_OK, publisher_start(&setup, &publisher));
    f->asked.publisher = publisher;
    return publisher;
}

static void a_store_begins_to_have_editions(void **state)
{
    struct writing *f = *state;
    struct edition_head head;
    const int64_t before = th_wall_ms();
    struct publisher *publisher = start(f, PUBLISHER_CATALOGUE);
    WAIT_UNTIL(is_newest(f, 0), PATIENCE_MS);
    publisher_stop(&publisher);
    EXPECT(TH_OK, read_newest(f, &head));
    assert_int_equal(head.made, EDITION_BEGUN);
    assert_int_equal(head.version, 0);
    assert_true(head.moment_ms >= before);
    assert_int_equal(writing_stop(f), 0);
}

static void one_that_was_missed_is_made_up_once(void **state)
{
    struct writing *f = *state;
    struct edition_head head;
    begin_at(f, th_wall_ms() - (int64_t)72 * 3600 * 1000);
    struct publisher *publisher = start(f, 0);
    WAIT_UNTIL(is_newest(f, 1), PATIENCE_MS);
    EXPECT(TH_OK, read_newest(f, &head));
    assert_int_equal(head.made, EDITION_LATE);
    publisher_stop(&publisher);
    publisher = start(f, 0);
    // By hand without a change: what is there already is the newest.
    EXPECT(TH_OK, publisher_now(publisher, 0, false, &head));
    assert_int_equal(head.number, 1);
    publisher_stop(&publisher);
    assert_int_equal(writing_stop(f), 0);
}

static void nothing_is_made_by_itself_when_it_is_off(void **state)
{
    struct writing *f = *state;
    struct edition_head head;
    begin_at(f, th_wall_ms() - (int64_t)72 * 3600 * 1000);
    struct publisher *publisher = start(f, PUBLISHER_NEVER);
    publisher_stop(&publisher);
    EXPECT(TH_OK, read_newest(f, &head));
    assert_int_equal(head.number, 0);
    assert_int_equal(writing_stop(f), 0);
}

static void a_store_that_was_put_back_waits_for_a_word(void **state)
{
    struct writing *f = *state;
    struct edition_head head;
    const int64_t before = th_wall_ms() - (int64_t)72 * 3600 * 1000;
    begin_at(f, before);
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin(f->made->disk, &txn));
    const struct renamed renamed = {
        .store_id = 77, .why = RENAMED_RESTORED, .wall_ms = before + 1000};
    EXPECT(TH_OK, open_rename(th_disk_store(&txn), &renamed));
    EXPECT(TH_OK, th_disk_commit(&txn));
    struct publisher *publisher = start(f, PUBLISHER_NEVER);
    EXPECT(TH_E_DENIED, publisher_now(publisher, 0, false, &head));
    EXPECT(TH_OK, publisher_now(publisher, 0, true, &head));
    assert_int_equal(head.number, 1);
    EXPECT(TH_OK, publisher_now(publisher, 0, true, &head)); // asked twice, made once
    assert_int_equal(head.number, 1);
    EXPECT(TH_OK, publisher_now(publisher, 0, false, &head)); // from here on as usual
    publisher_stop(&publisher);
    assert_int_equal(writing_stop(f), 0);
}

static void another_register_is_waited_for(void **state)
{
    struct writing *f = *state;
    struct edition_head head;
    struct publisher *publisher = start(f, PUBLISHER_NEVER);
    f->asked.register_digest[0] ^= 1;
    EXPECT(TH_E_BUSY, publisher_now(publisher, 0, false, &head));
    publisher_stop(&publisher);
    assert_int_equal(writing_stop(f), 0);
}

// ---- questions ----

static void fill(struct writing *f)
{
    static char names[64][16];
    struct th_update updates[64];
    static const char *const UNITS[] = {"C11", "C12", "C21", "C31", "A1"};
    writing_give_roster(f);
    uint64_t batches = 0;
    for (size_t u = 0; u < TH_COUNT(UNITS); u++) {
        size_t count = 0;
        for (int i = 0; i < (u == 0 ? FIVE : 60); i++) {
            (void)snprintf(names[count], sizeof(names[count]), "%s-%d", UNITS[u], i);
            updates[count] = person(UNITS[u], "2023", names[count], i % 4 + 1);
            updates[count++].evaluation.scheme = TH_BYTES("UC");
        }
        writing_send_batch(f, updates, count);
        (void)writing_wait_for_ack(f, ++batches);
    }
    const struct th_update figures[] = {figure("D1", "2023", "W1", 7),
                                        figure("D1", "2023", "S1", 364)};
    writing_send_batch(f, figures, TH_COUNT(figures));
    (void)writing_wait_for_ack(f, ++batches);
}

static const struct th_line *
line_of(const struct th_answer *answer, const char *unit, const char *measure, const char *dims)
{
    const struct th_line *found = NULL;
    for (size_t i = 0; i < answer->line_count; i++) {
        const struct th_line *line = &answer->lines[i];
        found = th_bytes_equal(line->cell.unit, th_bytes_of(unit)) &&
                        th_bytes_equal(line->measure, th_bytes_of(measure)) &&
                        th_bytes_equal(line->cell.dims, th_bytes_of(dims))
                    ? line
                    : found;
    }
    return found;
}

static void assert_hidden(const struct th_line *line)
{
    assert_non_null(line);
    assert_true(line->hidden);
    assert_false(line->cell.value.has || line->cell.of.has);
    assert_int_equal(line->cell.qualifier, TH_QUALIFIER_NONE);
}

static void the_public_sees_the_edition_alone(void **state)
{
    struct writing *f = *state;
    struct edition_head head;
    struct publisher *publisher = start(f, PUBLISHER_NEVER);
    const struct th_bytes by[] = {TH_BYTES("unit"), TH_BYTES("rating")};
    struct th_query query = {.ask = TH_ASK_TOTALS,
                             .lineage = TH_BYTES("p"),
                             .by = by,
                             .by_count = 1,
                             .audience = TH_BYTES("public")};
    fill(f);
    const struct th_answer none = writing_ask(f, &query);
    assert_int_equal(none.code, 0);
    assert_int_equal(none.line_count, 0);
    assert_true(none.edition_ms.has);
    assert_int_equal(none.edition_ms.value, 0);

    EXPECT(TH_OK, publisher_now(publisher, 0, false, &head));
    assert_int_equal(head.renewed, 1);
    const struct th_answer all = writing_ask(f, &query);
    assert_int_equal(all.version, head.version);
    assert_int_equal(all.edition_ms.value, head.moment_ms);
    assert_int_equal(all.beat, 0);
    assert_int_equal(line_of(&all, "C11", "EV01", "scheme=UC") == NULL, true);
    assert_int_equal(line_of(&all, "C11", "EV01", "")->cell.value.value, FIVE);
    assert_int_equal(line_of(&all, "P", "EV01", "")->cell.value.value, 245);
    assert_int_equal(line_of(&all, "P", "EV01", "")->cell.reported, 5);
    assert_int_equal(line_of(&all, "D1", "W1", "")->cell.value.value, 7);
    assert_hidden(line_of(&all, "D1", "S1", "")); // a share without its base

    query.by_count = 2;
    const struct th_answer levels = writing_ask(f, &query);
    assert_hidden(line_of(&levels, "C11", "EV01", "rating=1"));
    assert_hidden(line_of(&levels, "C11", "EV01", "rating=0"));
    assert_false(line_of(&levels, "P", "EV01", "rating=1")->hidden);
    assert_false(line_of(&levels, "P", "EV01", "rating=1")->cell.expected.has);

    query.audience = TH_BYTES("internal");
    const struct th_answer exact = writing_ask(f, &query);
    assert_false(exact.edition_ms.has);
    assert_int_equal(line_of(&exact, "C11", "EV01", "rating=1")->cell.value.value, 2);
    publisher_stop(&publisher);
    assert_int_equal(writing_stop(f), 0);
}

// ---- what is shown is what was ----

enum { ROUNDS = 3, SHOWN_MAX = 4096 };

struct shown {
    char unit[TH_UNIT_REF_MAX + 1], measure[16], dims[TH_DIMS_MAX + 1],
        period[TH_PERIOD_TEXT_BYTES];
    int64_t value, of, edition_ms;
};

static struct shown shown[SHOWN_MAX];

static void rate_at_random(struct writing *f, struct rng *rng, uint64_t *batches)
{
    static const char *const UNITS[] = {"C11", "C12", "C13", "C21", "C31", "A1"};
    static char names[64][24];
    static uint32_t next;
    struct th_update updates[64];
    for (size_t u = 0; u < TH_COUNT(UNITS); u++) {
        const uint32_t count = rng_chance(rng, 30) ? rng_below(rng, 4) : 20 + rng_below(rng, 44);
        for (uint32_t i = 0; i < count; i++) {
            (void)snprintf(names[i], sizeof(names[i]), "r%u", next++);
            const int rating = (int)rng_below(rng, 100) % 5;
            updates[i] = person(UNITS[u], "2023", names[i], rating);
            updates[i].evaluation.category =
                rng_chance(rng, 60) ? TH_BYTES("cadre") : TH_BYTES("civil_servant");
            updates[i].evaluation.score =
                (struct th_opt){.has = rng_chance(rng, 70), .value = 9000 + rng_below(rng, 1000)};
            updates[i].evaluation.reason =
                updates[i].evaluation.score.has && rating > 0 && rating < 4 ? 1 + rng_below(rng, 5)
                                                                            : 0;
        }
        if (count > 0) {
            writing_send_batch(f, updates, count);
            (void)writing_wait_for_ack(f, ++*batches);
        }
    }
}

static size_t keep_shown(const struct th_answer *answer)
{
    size_t count = 0;
    assert_true(answer->last);
    for (size_t i = 0; i < answer->line_count; i++) {
        const struct th_line *line = &answer->lines[i];
        if (line->hidden) {
            assert_hidden(line);
            continue;
        }
        assert_true(count < SHOWN_MAX);
        struct shown *kept = &shown[count++];
        (void)th_bytes_copy_text(line->cell.unit, kept->unit, sizeof(kept->unit));
        (void)th_bytes_copy_text(line->measure, kept->measure, sizeof(kept->measure));
        (void)th_bytes_copy_text(line->cell.dims, kept->dims, sizeof(kept->dims));
        (void)th_bytes_copy_text(line->period, kept->period, sizeof(kept->period));
        kept->value = line->cell.value.value;
        kept->of = line->cell.of.value;
        kept->edition_ms = line->edition_ms != 0 ? line->edition_ms : answer->edition_ms.value;
        const int64_t people = strcmp(kept->measure, "EV02") == 0 ? kept->of : kept->value;
        assert_true(people == 0 || people >= FIVE);
    }
    return count;
}

// Internally, at the version of the edition that a line is from.
static void compare_with_then(struct writing *f,
                              struct th_query query,
                              size_t count,
                              const struct edition_head *heads,
                              size_t head_count)
{
    for (size_t h = 0; h < head_count; h++) {
        char version[24];
        (void)snprintf(version, sizeof(version), "%llu", (unsigned long long)heads[h].version);
        query.known_at = th_bytes_of(version);
        query.audience = (struct th_bytes){0};
        const struct th_answer then = writing_ask(f, &query);
        assert_true(then.last);
        for (size_t i = 0; i < count; i++) {
            if (shown[i].edition_ms != heads[h].moment_ms) {
                continue;
            }
            const struct th_line *line =
                line_of(&then, shown[i].unit, shown[i].measure, shown[i].dims);
            assert_int_equal(shown[i].value, line == NULL ? 0 : line->cell.value.value);
            assert_int_equal(shown[i].of, line == NULL ? 0 : line->cell.of.value);
            shown[i].edition_ms = 0;
        }
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(shown[i].edition_ms, 0); // each was of some edition
    }
}

static void what_is_shown_is_what_was(void **state)
{
    struct writing *f = *state;
    struct rng rng;
    uint64_t batches = 0;
    struct edition_head heads[ROUNDS];
    struct publisher *publisher = start(f, PUBLISHER_NEVER);
    static const char *const BY[] = {"dims", "rating", "category", "reason"};
    size_t all = 0;
    rng_start(&rng);
    writing_give_roster(f);
    for (size_t round = 0; round < ROUNDS; round++) {
        rate_at_random(f, &rng, &batches);
        EXPECT(TH_OK, publisher_now(publisher, 0, false, &heads[round]));
        for (size_t i = 0; i < TH_COUNT(BY) + 1; i++) {
            const struct th_bytes by[] = {TH_BYTES("unit"),
                                          th_bytes_of(i < TH_COUNT(BY) ? BY[i] : "unit")};
            const struct th_bytes measures[] = {TH_BYTES("EV0*")};
            const struct th_query query = {.ask = TH_ASK_TOTALS,
                                           .lineage = TH_BYTES("p"),
                                           .measures = measures,
                                           .measure_count = 1,
                                           .by = by,
                                           .by_count = TH_COUNT(by),
                                           .audience = TH_BYTES("public")};
            const struct th_answer answer = writing_ask(f, &query);
            const size_t count = keep_shown(&answer);
            compare_with_then(f, query, count, heads, round + 1);
            all += count;
        }
    }
    print_message("%zu lines shown\n", all);
    publisher_stop(&publisher);
    assert_int_equal(writing_stop(f), 0);
}

static void the_public_may_ask_little(void **state)
{
    struct writing *f = *state;
    static const struct th_bytes BY[] = {{.data = "leader", .size = 6}};
    const struct th_query questions[] = {
        {.ask = TH_ASK_SNAPSHOT},
        {.ask = TH_ASK_VERIFY},
        {.ask = TH_ASK_DIFF},
        {.ask = TH_ASK_FORMS},
        {.ask = TH_ASK_PERSON},
        {.ask = TH_ASK_CHANGES},
        {.ask = TH_ASK_EDITIONS},
        {.ask = TH_ASK_TOTALS, .structure = TH_BYTES("current")},
        {.ask = TH_ASK_TOTALS, .known_at = TH_BYTES("0")},
        {.ask = TH_ASK_TOTALS, .by = BY, .by_count = 1},
    };
    writing_give_roster(f);
    for (size_t i = 0; i < TH_COUNT(questions); i++) {
        struct th_query query = questions[i];
        query.lineage = TH_BYTES("p");
        query.audience = TH_BYTES("public");
        assert_int_equal(writing_ask(f, &query).code, TH_M_NOT_PUBLIC);
    }
    struct th_query query = {
        .ask = TH_ASK_STATE, .lineage = TH_BYTES("p"), .audience = TH_BYTES("public")};
    const struct th_answer said = writing_ask(f, &query);
    assert_int_equal(said.code, 0);
    assert_int_equal(said.records + said.totals + said.nodes, 0);
    query.ask = TH_ASK_BUNDLE;
    assert_int_equal(writing_ask(f, &query).code, 0);
    // A viewer of one province may not publish.
    query = (struct th_query){.ask = TH_ASK_PUBLISH, .lineage = TH_BYTES("p")};
    assert_int_equal(writing_ask(f, &query).code, TH_V_DESK_ONLY);
    assert_int_equal(writing_stop(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_store_begins_to_have_editions, writing_setup, writing_teardown),
        cmocka_unit_test_setup_teardown(
            one_that_was_missed_is_made_up_once, writing_setup, writing_teardown),
        cmocka_unit_test_setup_teardown(
            nothing_is_made_by_itself_when_it_is_off, writing_setup, writing_teardown),
        cmocka_unit_test_setup_teardown(
            a_store_that_was_put_back_waits_for_a_word, writing_setup, writing_teardown),
        cmocka_unit_test_setup_teardown(
            another_register_is_waited_for, writing_setup, writing_teardown),
        cmocka_unit_test_setup_teardown(
            the_public_sees_the_edition_alone, writing_setup, writing_teardown),
        cmocka_unit_test_setup_teardown(what_is_shown_is_what_was, writing_setup, writing_teardown),
        cmocka_unit_test_setup_teardown(the_public_may_ask_little, writing_setup, writing_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
