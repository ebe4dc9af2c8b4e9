// test_marker.c - deaths that a batch is to blame for are counted, and no others

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "workers/marker.h"

struct fixture {
    char *dir;
    char *path;
};

static struct fixture fixture;

static int setup(void **state)
{
    fixture.dir = scratch_dir();
    fixture.path = path_in(fixture.dir, "marker");
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->path);
    scratch_remove(f->dir);
    return 0;
}

// A process that begins batch seq and dies of number.
static void die(const struct fixture *f, uint64_t seq, int number)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0};
        struct marker marker;
        (void)setrlimit(RLIMIT_CORE, &none);
        marker_handle_signals();
        if (marker_open(f->path, &marker) != TH_OK) {
            _exit(1);
        }
        marker_begin(&marker, 7, 1, seq);
        (void)raise(number);
        _exit(2);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
}

static bool is_poison(const struct fixture *f, uint64_t seq)
{
    struct marker marker;
    EXPECT(TH_OK, marker_open(f->path, &marker));
    const bool poison = marker_is_poison(&marker, 7, 1, seq);
    marker_close(&marker);
    return poison;
}

static void puts_a_batch_aside_after_two_deaths(void **state)
{
    const struct fixture *f = *state;
    assert_false(is_poison(f, 3));
    die(f, 3, SIGSEGV);
    assert_false(is_poison(f, 3));
    die(f, 3, SIGABRT);
    assert_true(is_poison(f, 3));
    assert_false(is_poison(f, 4));
}

static void blames_no_batch_for_a_kill_from_outside(void **state)
{
    const struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        die(f, 3, SIGKILL);
    }
    assert_false(is_poison(f, 3));
}

static void begins_anew_with_another_batch(void **state)
{
    const struct fixture *f = *state;
    die(f, 3, SIGSEGV);
    die(f, 4, SIGSEGV);
    die(f, 3, SIGSEGV);
    assert_false(is_poison(f, 3));
}

static void forgets_a_batch_that_was_decided(void **state)
{
    const struct fixture *f = *state;
    struct marker marker;
    die(f, 3, SIGSEGV);
    EXPECT(TH_OK, marker_open(f->path, &marker));
    marker_begin(&marker, 7, 1, 3);
    marker_end(&marker);
    marker_close(&marker);
    die(f, 3, SIGSEGV);
    assert_false(is_poison(f, 3));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(puts_a_batch_aside_after_two_deaths),
        CASE(blames_no_batch_for_a_kill_from_outside),
        CASE(begins_anew_with_another_batch),
        CASE(forgets_a_batch_that_was_decided),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
