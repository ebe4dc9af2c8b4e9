// test_out.c - a reader that leaves is no failure; a write that is lost is one

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tonghop/out.h"

#include "tests/support/test.h"

struct fixture {
    int ends[2];
    FILE *out;
};

static int setup(void **state)
{
    static struct fixture fixture;
    assert_int_equal(pipe(fixture.ends), 0);
    fixture.out = fdopen(fixture.ends[1], "w");
    assert_non_null(fixture.out);
    th_out_start();
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->ends[0] >= 0) {
        (void)close(f->ends[0]);
    }
    (void)fclose(f->out);
    th_out_before_exec();
    return 0;
}

static void leave(struct fixture *f)
{
    assert_int_equal(close(f->ends[0]), 0);
    f->ends[0] = -1;
}

static void a_reader_that_left_is_an_error_of_the_write_alone(void **state)
{
    struct fixture *f = *state;
    leave(f);
    assert_int_equal(write(f->ends[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
}

static void what_is_flushed_to_a_reader_that_left_is_no_failure(void **state)
{
    struct fixture *f = *state;
    assert_true(fputs("one\n", f->out) >= 0);
    EXPECT(TH_OK, th_out_flush(f->out));
    assert_false(th_out_unread(f->ends[1]));
    assert_false(th_out_stopped(f->out));

    leave(f);

    assert_true(th_out_unread(f->ends[1])); // seen before anything is written
    assert_true(fputs("two\n", f->out) >= 0);
    EXPECT(TH_OK, th_out_flush(f->out));
    assert_true(th_out_stopped(f->out));
    EXPECT(TH_OK, th_out_flush(f->out)); // also with nothing left to write
}

static void what_a_full_disk_refused_is_a_failure_and_stays_one(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        SKIP("no /dev/full here");
    }
    assert_true(fputs("lost\n", full) >= 0);
    EXPECT(TH_E_IO, th_out_flush(full));
    assert_true(th_out_stopped(full));
    EXPECT(TH_E_IO, th_out_flush(full));
    (void)fclose(full);
}

// The signal that ends a shell which raises SIGPIPE, or 0 when it was born ignoring it.
static int signal_of_a_child(bool told)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (told) {
            th_out_before_exec();
        }
        (void)execl("/bin/sh", "sh", "-c", "kill -PIPE $$", (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void a_program_we_become_begins_with_the_default(void **state)
{
    (void)state;
    assert_int_equal(signal_of_a_child(false), 0); // this is why it must be undone
    assert_int_equal(signal_of_a_child(true), SIGPIPE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_reader_that_left_is_an_error_of_the_write_alone),
        CASE(what_is_flushed_to_a_reader_that_left_is_no_failure),
        CASE(what_a_full_disk_refused_is_a_failure_and_stays_one),
        CASE(a_program_we_become_begins_with_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
