// test_config.c - settings come from where they were given last, and a bad file is refused whole

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/config.h"
#include "tonghop/verdict.h"

#include "tests/support/test.h"

struct fixture {
    char *dir;
    struct th_finding kept[8];
    struct th_findings findings;
    struct th_config *config;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.dir = scratch_dir()};
    fixture.findings = th_findings_of(fixture.kept, TH_COUNT(fixture.kept), "tonghop.yaml");
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    th_config_free(&f->config);
    scratch_remove(f->dir);
    assert_int_equal(unsetenv("TONGHOP_BROKER_WINDOW_BATCHES"), 0);
    return 0;
}

static enum th_err
read_with(struct fixture *f, const char *text, const char *const *overrides, size_t count)
{
    free(scratch_write(f->dir, "tonghop.yaml", th_bytes_of(text)));
    return th_config_read(f->dir, NULL, overrides, count, &f->findings, &f->config);
}

static struct th_config_entry entry(const struct fixture *f, const char *key)
{
    for (size_t i = 0; i < th_config_count(); i++) {
        const struct th_config_entry e = th_config_entry(f->config, i);
        if (strcmp(e.key, key) == 0) {
            return e;
        }
    }
    fail_msg("no setting %s", key);
    return (struct th_config_entry){0};
}

static void defaults_are_those_of_the_table(void **state)
{
    struct fixture *f = *state;

    EXPECT(TH_OK, read_with(f, "common: {lang: en}\n", NULL, 0));

    assert_string_equal(th_config_text(f->config, "broker.nodes"), "tcp://127.0.0.1:5570");
    assert_int_equal(th_config_number(f->config, "broker.window_batches"), 8);
    assert_int_equal(th_config_number(f->config, "broker.window_bytes"), 1024 * 1024);
    assert_int_equal(th_config_number(f->config, "worker.map_size"), 64ULL << 30);
    assert_int_equal(th_config_number(f->config, "node.resend_first"), 5000);
    assert_int_equal(th_config_number(f->config, "worker.disk_free_min"), 5);
    assert_string_equal(th_config_text(f->config, "common.lang"), "en");
    assert_string_equal(entry(f, "common.lang").value, "en");
    assert_non_null(strstr(entry(f, "common.lang").origin, "tonghop.yaml:1"));
    assert_string_equal(entry(f, "broker.nodes").origin, "built in");
}

static void the_environment_beats_the_file_and_an_override_beats_both(void **state)
{
    struct fixture *f = *state;
    const char *const overrides[] = {"broker.window_batches=32"};
    assert_int_equal(setenv("TONGHOP_BROKER_WINDOW_BATCHES", "16", 1), 0);

    EXPECT(TH_OK, read_with(f, "broker: {window_batches: 4}\n", NULL, 0));
    assert_int_equal(th_config_number(f->config, "broker.window_batches"), 16);
    th_config_free(&f->config);
    EXPECT(TH_OK, read_with(f, "broker: {window_batches: 4}\n", overrides, 1));

    assert_int_equal(th_config_number(f->config, "broker.window_batches"), 32);
    assert_string_equal(entry(f, "broker.window_batches").origin, "-o");
    assert_string_equal(entry(f, "broker.window_bytes").value, "1MiB");
    assert_string_equal(entry(f, "worker.attach_every").value, "5s");
    assert_string_equal(entry(f, "node.feed").value, "");
}

static void remember(void *self, const struct th_config_entry *entry)
{
    char *told = self;
    const size_t used = strlen(told);
    (void)snprintf(told + used, 200 - used, "%s=%s ", entry->key, entry->value);
}

static void what_changed_is_told_of_one_section_and_the_common_one(void **state)
{
    struct fixture *f = *state;
    char told[200] = "";
    TH_SCOPED(th_config_free) struct th_config *old = NULL;
    EXPECT(TH_OK, read_with(f, "broker: {window_batches: 4}\n", NULL, 0));
    old = f->config;
    f->config = NULL;
    EXPECT(TH_OK,
           read_with(f,
                     "common: {log_level: debug}\n"
                     "broker: {window_batches: 5, window_bytes: 1MiB}\n"
                     "worker: {turn_batches: 1}\n",
                     NULL,
                     0));

    th_config_changes(old, f->config, "broker", remember, told);

    assert_string_equal(told, "common.log_level=debug broker.window_batches=5 ");
}

static void a_bad_file_is_refused_with_every_finding(void **state)
{
    struct fixture *f = *state;

    EXPECT(TH_E_REFUSED,
           read_with(f,
                     "broker:\n"
                     "  window_batchs: 4\n"
                     "  window_bytes: 010\n"
                     "worker: {feed_keep: 0}\n",
                     NULL,
                     0));

    assert_null(f->config);
    assert_int_equal(th_findings_at(&f->findings, 0)->verdict.code, TH_M_YAML_UNKNOWN_KEY);
    assert_int_equal(th_findings_at(&f->findings, 0)->line, 2);
    assert_non_null(th_findings_at(&f->findings, 2));
}

static void a_time_of_release_is_a_time_or_a_word(void **state)
{
    struct fixture *f = *state;
    static const char *const GOOD[] = {"catalogue", "off", "\"23:59\""};
    static const char *const BAD[] = {"\"24:00\"", "noon", "\"6:00\""};
    char text[64];
    for (size_t i = 0; i < TH_COUNT(GOOD); i++) {
        (void)snprintf(text, sizeof(text), "worker: {release: %s}\n", GOOD[i]);
        EXPECT(TH_OK, read_with(f, text, NULL, 0));
        th_config_free(&f->config);
        (void)snprintf(text, sizeof(text), "worker: {release: %s}\n", BAD[i]);
        EXPECT(TH_E_REFUSED, read_with(f, text, NULL, 0));
        assert_int_equal(th_findings_at(&f->findings, 0)->verdict.code, TH_M_YAML_TYPE);
    }
}

static void an_override_of_an_unknown_setting_is_refused(void **state)
{
    struct fixture *f = *state;
    const char *const wrong[] = {"broker.window_batchs=32"};
    const char *const bare[] = {"broker.window_batches"};

    EXPECT(TH_E_REFUSED, read_with(f, "common: {lang: vi}\n", wrong, 1));
    EXPECT(TH_E_REFUSED, read_with(f, "common: {lang: vi}\n", bare, 1));
}

static void what_is_written_reads_back(void **state)
{
    struct fixture *f = *state;
    TH_SCOPED(th_free_scoped) char *path = path_in(f->dir, "tonghop.yaml");
    const struct th_config_setting settings[] = {
        {"broker.nodes", "tcp://127.0.0.1:4000"},
        {"node.brokers", "tcp://a:1,tcp://b:2"},
    };
    const struct th_config_province provinces[] = {
        {.root = "93", .lineage = "hg93", .name = "Tỉnh \"Hậu Giang\"", .person_scope = "scheme"},
        {.root = "01", .lineage = "hn01", .name = "Hà Nội", .person_scope = "unit"},
    };
    const char *const both[] = {"hg93", "hn01"};
    const struct th_config_worker workers[] = {
        {.name = "w1", .lineages = both, .lineage_count = 2}};

    const struct th_config_file file = {settings, 2, provinces, 2, workers, 1};

    EXPECT(TH_OK, th_config_write(path, &file));
    EXPECT(TH_OK, th_config_read(f->dir, NULL, NULL, 0, &f->findings, &f->config));

    const char *const *brokers = NULL;
    const struct th_config_worker *list = NULL;
    assert_string_equal(th_config_text(f->config, "broker.nodes"), "tcp://127.0.0.1:4000");
    assert_int_equal(th_config_list(f->config, "node.brokers", &brokers), 2);
    assert_string_equal(brokers[1], "tcp://b:2");
    assert_string_equal(th_config_province(f->config, "hg93")->name, "Tỉnh \"Hậu Giang\"");
    assert_string_equal(th_config_province(f->config, "hn01")->person_scope, "unit");
    assert_int_equal(th_config_workers(f->config, &list), 1);
    assert_int_equal(list[0].lineage_count, 2);
    assert_string_equal(list[0].lineages[1], "hn01");
    assert_null(th_config_province(f->config, "xx"));
}

static void paths_are_below_the_directory_unless_absolute(void **state)
{
    struct fixture *f = *state;
    char path[TH_PATH_MAX];
    char expected[TH_PATH_MAX];
    const char *const overrides[] = {"common.keys=/etc/tonghop/keys"};

    EXPECT(TH_OK, read_with(f, "common: {lang: vi}\n", overrides, 1));

    (void)snprintf(expected, sizeof(expected), "%s/state/hg93", f->dir);
    assert_string_equal(th_config_path(f->config, "state/hg93", path, sizeof(path)), expected);
    assert_string_equal(th_config_path(f->config, "keys", path, sizeof(path)), "/etc/tonghop/keys");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(defaults_are_those_of_the_table),
        CASE(the_environment_beats_the_file_and_an_override_beats_both),
        CASE(what_changed_is_told_of_one_section_and_the_common_one),
        CASE(a_bad_file_is_refused_with_every_finding),
        CASE(a_time_of_release_is_a_time_or_a_word),
        CASE(an_override_of_an_unknown_setting_is_refused),
        CASE(what_is_written_reads_back),
        CASE(paths_are_below_the_directory_unless_absolute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
