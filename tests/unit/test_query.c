// test_query.c - answers of the questions' thread, in parts under credit

#include <stdio.h>
#include <string.h>

#include "tests/support/writing.h"

static void answers_questions_from_one_version(void **state)
{
    struct writing *f = *state;
    writing_give_roster(f);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5),
                                        figure("D2", "2023", "W1", 7)};
    writing_send_batch(f, updates, TH_COUNT(updates));
    (void)writing_wait_for_ack(f, 1);
    const struct th_bytes measures[] = {TH_BYTES("W1")};
    struct th_query query = {
        .ask = TH_ASK_TOTALS, .lineage = TH_BYTES("p"), .measures = measures, .measure_count = 1};

    const struct th_answer totals = writing_ask(f, &query);
    assert_int_equal(totals.code, 0);
    assert_true(totals.last);
    assert_int_equal(totals.version, 1);
    assert_int_equal(totals.line_count, 1);
    assert_int_equal(totals.lines[0].cell.value.value, 12);
    assert_int_equal(totals.lines[0].cell.reported, 2);

    query.ask = TH_ASK_SNAPSHOT;
    const struct th_answer snapshot = writing_ask(f, &query);
    assert_int_equal(snapshot.topic_count, 1);
    assert_int_equal(snapshot.topics[0].seq, 1);
    assert_int_equal(snapshot.line_count, 3); // D1, D2, P
    assert_int_equal(snapshot.lines[0].cell.expected.has, true);

    query.ask = TH_ASK_STATE;
    const struct th_answer counts = writing_ask(f, &query);
    assert_int_equal(counts.records, 2);
    assert_int_equal(counts.totals, 3);
    assert_int_equal(counts.nodes, 1);

    query.ask = TH_ASK_VERIFY;
    query.verify_level = TH_BYTES("full");
    const struct th_answer verified = writing_ask(f, &query);
    assert_int_equal(verified.finding_count, 0);
    assert_int_equal(verified.records, 2);

    const struct th_bytes unknown[] = {TH_BYTES("ZZ")};
    query = (struct th_query){
        .ask = TH_ASK_TOTALS, .lineage = TH_BYTES("p"), .units = unknown, .unit_count = 1};
    const struct th_answer refused = writing_ask(f, &query);
    assert_int_equal(refused.code, 5002);
    assert_true(th_bytes_equal(refused.detail, TH_BYTES("ZZ")));
    assert_int_equal(writing_stop(f), 0);
}

// Totals do not keep groups of jobs apart: the people are looked at, one by one.
static void people_are_told_by_groups_of_jobs_too(void **state)
{
    struct writing *f = *state;
    writing_give_roster(f);
    struct th_update updates[] = {
        person("C11", "2023", "p1", 4),
        person("C11", "2023", "p2", 4),
        person("C12", "2023", "p3", 4),
        person("C12", "2023", "p4", 3),
        collective("C11", "2023", "body", 4),
    };
    updates[0].evaluation.job_group = TH_BYTES("clerks");
    updates[1].evaluation.job_group = TH_BYTES("drivers");
    updates[2].evaluation.job_group = TH_BYTES("clerks");
    updates[2].evaluation.leader = (struct th_opt){.has = true, .value = 1};
    writing_send_batch(f, updates, TH_COUNT(updates));
    (void)writing_wait_for_ack(f, 1);
    const struct th_bytes measures[] = {TH_BYTES("EV01")};
    const struct th_bytes by[] = {TH_BYTES("job_group"), TH_BYTES("rating")};
    const struct th_query query = {.ask = TH_ASK_TOTALS,
                                   .lineage = TH_BYTES("p"),
                                   .measures = measures,
                                   .measure_count = 1,
                                   .by = by,
                                   .by_count = TH_COUNT(by)};

    const struct th_answer answer = writing_ask(f, &query);

    assert_int_equal(answer.code, 0);
    assert_int_equal(answer.line_count, 3);
    static const struct {
        const char *dims;
        int64_t value;
    } WANTED[] = {
        {"job_group=clerks;rating=4", 2}, {"job_group=drivers;rating=4", 1}, {"rating=3", 1}};
    for (size_t i = 0; i < TH_COUNT(WANTED); i++) {
        const struct th_total *cell = &answer.lines[i].cell;
        assert_true(th_bytes_equal(cell->dims, th_bytes_of(WANTED[i].dims)));
        assert_int_equal(cell->value.value, WANTED[i].value);
        assert_true(cell->expected.has);
        assert_true(cell->reported <= (uint64_t)cell->expected.value);
    }
    assert_int_equal(writing_stop(f), 0);
}

static void say_much(struct writing *f, unsigned batches)
{
    struct th_update updates[PROVINCE_UPDATES_MAX];
    static char dims[PROVINCE_UPDATES_MAX][24];
    for (unsigned b = 0; b < batches; b++) {
        for (size_t i = 0; i < TH_COUNT(updates); i++) {
            (void)snprintf(dims[i], sizeof(dims[i]), "post=p%u", b * 64 + (unsigned)i);
            updates[i] = figure("D1", "2023", "W1", 1);
            updates[i].staffing.dims = th_bytes_of(dims[i]);
        }
        writing_send_batch(f, updates, TH_COUNT(updates));
    }
    assert_int_equal(writing_wait_for_ack(f, batches).seq, batches);
}

static void grant_credit(struct writing *f, uint32_t parts)
{
    uint8_t space[64];
    uint8_t head[TH_HEADER_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    struct th_writer head_writer = TH_WRITER(head);
    th_credit_write(&writer, &(struct th_credit){.parts = parts});
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = TH_MSG_CREDIT, .node = 3, .correlation = 77};
    th_header_write(&head_writer, &header);
    const struct th_peer viewer = {.class = TH_PEER_VIEWER, .number = 3, .route = TH_BYTES("v")};
    EXPECT(TH_OK, query_ask(f->query, 0, &viewer, th_written(&head_writer), th_written(&writer)));
}

static struct th_answer next_part(struct writing *f)
{
    struct th_answer answer;
    struct th_malformed why;
    WAIT_UNTIL(writing_comes(f, TH_MSG_ANSWER), PATIENCE_MS);
    th_arena_reset(&f->arena);
    EXPECT(TH_OK, th_answer_read(f->parcel->parts[2], &f->arena, &answer, &why));
    return answer;
}

static void sends_no_more_parts_than_were_granted(void **state)
{
    struct writing *f = *state;
    writing_give_roster(f);
    say_much(f, 160); // 10,240 figures in two units each: more than 16 parts
    const struct th_query snapshot = {.ask = TH_ASK_SNAPSHOT, .lineage = TH_BYTES("p")};
    const struct th_query counts = {.ask = TH_ASK_STATE, .lineage = TH_BYTES("p")};
    struct th_answer part = writing_ask(f, &snapshot);
    size_t lines = part.line_count;
    for (uint32_t i = 1; i < TH_ANSWER_CREDIT; i++) {
        part = next_part(f);
        assert_int_equal(part.part, i);
        assert_false(part.last);
        lines += part.line_count;
    }
    assert_int_equal(writing_ask(f, &counts).records, 10240); // and not the 17th part

    grant_credit(f, 4);
    while (!part.last) {
        part = next_part(f);
        lines += part.line_count;
    }
    assert_int_equal(lines, 2 * 10240);
    assert_int_equal(writing_stop(f), 0);
}

// The version that what was said so far ended with.
static uint64_t version_now(struct writing *f)
{
    const struct th_query counts = {.ask = TH_ASK_STATE, .lineage = TH_BYTES("p")};
    return writing_ask(f, &counts).version;
}

static void a_long_question_takes_no_place_of_a_short_one(void **state)
{
    struct writing *f = *state;
    writing_give_roster(f);
    say_much(f, 160);
    char version[32];
    (void)snprintf(version, sizeof(version), "%llu", (unsigned long long)version_now(f));
    const struct th_bytes by[] = {TH_BYTES("unit"), TH_BYTES("dims")};
    const struct th_query earlier = {.ask = TH_ASK_TOTALS,
                                     .lineage = TH_BYTES("p"),
                                     .by = by,
                                     .by_count = 2,
                                     .known_at = th_bytes_of(version)};
    const struct th_query counts = {.ask = TH_ASK_STATE, .lineage = TH_BYTES("p")};
    struct th_answer part = writing_ask(f, &earlier);
    size_t lines = part.line_count;
    for (uint32_t i = 1; i < TH_ANSWER_CREDIT; i++) {
        part = next_part(f);
        lines += part.line_count;
    }
    assert_false(part.last); // it holds the only place for long answers of four

    assert_int_equal(writing_ask(f, &earlier).code, 3004);
    assert_int_equal(writing_ask(f, &counts).records, 10240);

    grant_credit(f, 4);
    while (!part.last) {
        part = next_part(f);
        lines += part.line_count;
    }
    assert_int_equal(lines, 2 * 10240);
    assert_int_equal(writing_ask(f, &earlier).code, 0); // the place is free again
    assert_int_equal(writing_stop(f), 0);
}

static void is_told_what_it_may_not_ask_of_an_earlier_version(void **state)
{
    struct writing *f = *state;
    writing_give_roster(f);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5)};
    writing_send_batch(f, updates, TH_COUNT(updates));
    (void)writing_wait_for_ack(f, 1);
    const struct {
        enum th_ask ask;
        const char *known_at;
        unsigned code;
    } cases[] = {
        {TH_ASK_TOTALS, "0", 0},
        {TH_ASK_TOTALS, "1", 0},
        {TH_ASK_TOTALS, "2", 5002},
        {TH_ASK_TOTALS, "18446744073709551615", 5002},
        {TH_ASK_TOTALS, "soon", 5002},
        {TH_ASK_TOTALS, "2099-12-31", 5002},
        {TH_ASK_BUNDLE, "1", 0},
        {TH_ASK_SNAPSHOT, "1", 5002},
        {TH_ASK_STATE, "1", 5002},
        {TH_ASK_VERIFY, "1", 5002},
    };
    for (size_t i = 0; i < TH_COUNT(cases); i++) {
        const struct th_query query = {.ask = cases[i].ask,
                                       .lineage = TH_BYTES("p"),
                                       .known_at = th_bytes_of(cases[i].known_at)};
        const struct th_answer answer = writing_ask(f, &query);
        assert_int_equal(answer.code, cases[i].code);
        assert_true(cases[i].code == 0 || th_bytes_equal(answer.detail, query.known_at));
    }
    assert_int_equal(writing_stop(f), 0);
}

static void hands_out_the_register_that_it_names_under_credit(void **state)
{
    struct writing *f = *state;
    enum { BUNDLE_BYTES = TH_ANSWER_CREDIT * TH_PART_BYTES_MAX + 100 };
    static char bundle[BUNDLE_BYTES];
    memset(bundle, 'b', sizeof(bundle));
    const struct th_bytes whole = {bundle, sizeof(bundle)};
    f->province.bundle = bundle;
    f->province.bundle_size = sizeof(bundle);
    th_hash256(f->province.digest, &whole, 1);
    writing_give_roster(f);
    const struct th_query counts = {.ask = TH_ASK_STATE, .lineage = TH_BYTES("p")};
    const struct th_query query = {.ask = TH_ASK_BUNDLE, .lineage = TH_BYTES("p")};

    struct th_answer part = writing_ask(f, &counts);
    assert_true(part.has_bundle);
    assert_memory_equal(part.bundle_digest, f->province.digest, TH_HASH256_BYTES);
    assert_int_equal(part.bundle_part.size, 0);

    part = writing_ask(f, &query);
    for (uint32_t i = 0; i < TH_ANSWER_CREDIT; i++) {
        part = i == 0 ? part : next_part(f);
        assert_int_equal(part.part, i);
        assert_int_equal(part.has_bundle, i == 0);
        assert_int_equal(part.bundle_bytes, BUNDLE_BYTES);
        assert_int_equal(part.bundle_part.size, TH_PART_BYTES_MAX);
        assert_false(part.last);
    }
    (void)writing_ask(f, &counts); // and not the 17th part
    grant_credit(f, 1);
    part = next_part(f);
    assert_int_equal(part.bundle_part.size, 100);
    assert_true(part.last);
    assert_int_equal(writing_stop(f), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, writing_setup, writing_teardown)
    const struct CMUnitTest tests[] = {
        CASE(answers_questions_from_one_version),
        CASE(people_are_told_by_groups_of_jobs_too),
        CASE(sends_no_more_parts_than_were_granted),
        CASE(a_long_question_takes_no_place_of_a_short_one),
        CASE(is_told_what_it_may_not_ask_of_an_earlier_version),
        CASE(hands_out_the_register_that_it_names_under_credit),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
