// test_enrolment.c - the enrolment file: written, read, refused when old or damaged

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tonghop/enrolment.h"
#include "tonghop/hash.h"

#include "tests/support/test.h"

enum { NOW_S = 1795000000, LATER_S = 1796000000 };

#define KEY_A "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define KEY_B "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

static const struct th_bytes UNITS[] = {{"935", 3}, {"936@2018-01-01", 14}};
static const struct th_bytes BROKERS[] = {{"tcp://127.0.0.1:5570", 20}};

static const struct th_enrolment SAMPLE = {
    .role = TH_PEER_NODE,
    .province = {"93", 2},
    .lineage = {"hg93", 4},
    .name = {"T\xe1\xbb\x89nh \"93\"", 11},
    .units = UNITS,
    .unit_count = 2,
    .only = true,
    .node = 7,
    .brokers = BROKERS,
    .broker_count = 1,
    .queries = {"tcp://127.0.0.1:5572", 20},
    .feed = {"tcp://127.0.0.1:5573", 20},
    .server_key = KEY_A,
    .bootstrap_secret = KEY_B,
    .expires_ms = (int64_t)LATER_S * 1000,
};

struct fixture {
    char *dir;
    char *path;
    struct th_finding kept[8];
    struct th_findings findings;
    struct th_enrolment_file file;
    struct th_verdict why;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.dir = scratch_dir()};
    fixture.path = path_in(fixture.dir, "a.tonghop");
    fixture.findings = th_findings_of(fixture.kept, TH_COUNT(fixture.kept), "");
    EXPECT(TH_OK, th_hash_start());
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    th_enrolment_free(&f->file);
    free(f->path);
    scratch_remove(f->dir);
    return 0;
}

static enum th_err read_at(struct fixture *f, int64_t now_s)
{
    return th_enrolment_read(f->path, now_s * 1000, &f->findings, &f->file, &f->why);
}

static void what_is_written_is_read(void **state)
{
    struct fixture *f = *state;
    struct stat status;

    EXPECT(TH_OK, th_enrolment_write(f->path, &SAMPLE));
    EXPECT(TH_OK, read_at(f, NOW_S));

    const struct th_enrolment *read = &f->file.enrolment;
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 07777U, 0600);
    assert_int_equal(read->role, TH_PEER_NODE);
    assert_true(th_bytes_equal(read->name, SAMPLE.name));
    assert_true(th_bytes_equal(read->lineage, SAMPLE.lineage));
    assert_int_equal(read->unit_count, 2);
    assert_true(th_bytes_equal(read->units[1], UNITS[1]));
    assert_true(read->only);
    assert_int_equal(read->node, 7);
    assert_true(th_bytes_equal(read->brokers[0], BROKERS[0]));
    assert_string_equal(read->server_key, KEY_A);
    assert_string_equal(read->bootstrap_secret, KEY_B);
    assert_string_equal(read->person_key, "");
    assert_int_equal(read->expires_ms, SAMPLE.expires_ms);
}

static void an_old_one_is_refused_with_its_day_but_filled(void **state)
{
    struct fixture *f = *state;
    EXPECT(TH_OK, th_enrolment_write(f->path, &SAMPLE));

    EXPECT(TH_E_DENIED, read_at(f, LATER_S));

    assert_int_equal(f->why.code, TH_M_ENROLMENT_EXPIRED);
    assert_string_equal(f->why.params[0], "2026-11-30");
    assert_int_equal(f->file.enrolment.node, 7);
}

static void a_file_that_is_there_is_not_overwritten_and_a_missing_one_named(void **state)
{
    struct fixture *f = *state;

    EXPECT(TH_E_NOT_FOUND, read_at(f, NOW_S));
    assert_int_equal(f->why.code, TH_M_FILE_UNREADABLE);
    EXPECT(TH_OK, th_enrolment_write(f->path, &SAMPLE));
    EXPECT(TH_E_EXISTS, th_enrolment_write(f->path, &SAMPLE));
}

static void a_damaged_file_is_refused(void **state)
{
    struct fixture *f = *state;
    EXPECT(TH_OK, th_enrolment_write(f->path, &SAMPLE));
    size_t size = 0;
    char *text = file_read(f->path, &size);

    for (size_t cut = 0; cut < size - 1; cut += 7) {
        free(scratch_write(f->dir, "a.tonghop", (struct th_bytes){.data = text, .size = cut}));
        EXPECT(TH_E_MALFORMED, read_at(f, NOW_S));
        assert_int_equal(f->why.code, TH_M_ENROLMENT_MALFORMED);
    }
    free(text);
}

static void wrong_values_are_refused(void **state)
{
    struct fixture *f = *state;
    struct th_bytes bad_broker = {"udp://127.0.0.1:1", 17};
    struct th_enrolment wrong[4] = {SAMPLE, SAMPLE, SAMPLE, SAMPLE};
    memset(wrong[0].server_key, '"', 40);
    wrong[1].brokers = &bad_broker;
    wrong[2].unit_count = 0;
    wrong[3].queries = bad_broker;

    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        char name[] = "0.tonghop";
        name[0] = (char)('0' + i);
        free(f->path);
        f->path = path_in(f->dir, name);
        EXPECT(TH_OK, th_enrolment_write(f->path, &wrong[i]));
        EXPECT(TH_E_MALFORMED, read_at(f, NOW_S));
    }
}

static void a_file_above_its_bound_is_not_written(void **state)
{
    struct fixture *f = *state;
    struct th_bytes units[64];
    struct th_enrolment big = SAMPLE;
    for (size_t i = 0; i < TH_COUNT(units); i++) {
        units[i] = TH_BYTES("0123456789012345678901234567890123456789012345678901234567890123");
    }
    big.units = units;
    big.unit_count = TH_COUNT(units);

    EXPECT(TH_E_TOO_LARGE, th_enrolment_write(f->path, &big));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_written_is_read),
        CASE(an_old_one_is_refused_with_its_day_but_filled),
        CASE(a_file_that_is_there_is_not_overwritten_and_a_missing_one_named),
        CASE(a_damaged_file_is_refused),
        CASE(wrong_values_are_refused),
        CASE(a_file_above_its_bound_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
