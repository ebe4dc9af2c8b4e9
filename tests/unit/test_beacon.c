// test_beacon.c - commands wake the agent, also one that dies at that moment

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nodes/beacon.h"
#include "tests/support/test.h"

enum { WAKES = 20000 };

struct fixture {
    char *dir;
    char *run;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture.dir = scratch_dir();
    fixture.run = path_in(fixture.dir, "run");
    assert_int_equal(mkdir(fixture.run, 0700), 0);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    scratch_remove(f->dir);
    free(f->run);
    return 0;
}

static void a_wake_reaches_the_agent_and_nobody_is_no_error(void **state)
{
    struct fixture *f = *state;
    char bytes[8];
    int fd = -1;
    beacon_wake(f->dir); // no agent was ever here
    EXPECT(TH_OK, beacon_listen(f->dir, &fd));

    beacon_wake(f->dir);

    assert_int_equal(read(fd, bytes, sizeof(bytes)), 1);
    beacon_drain(fd);
    (void)close(fd);
    beacon_wake(f->dir); // it has gone
    EXPECT(TH_OK, beacon_listen(f->dir, &fd));
    assert_int_equal(read(fd, bytes, sizeof(bytes)), -1); // what nobody read is forgotten
    (void)close(fd);
}

// The agent comes and goes between the command's open and its write.
static void an_agent_that_dies_meanwhile_does_not_end_the_command(void **state)
{
    struct fixture *f = *state;
    int fd = -1;
    EXPECT(TH_OK, beacon_listen(f->dir, &fd));
    (void)close(fd);
    const pid_t command = fork();
    assert_true(command >= 0);
    if (command == 0) {
        for (int i = 0; i < WAKES; i++) {
            beacon_wake(f->dir);
        }
        _exit(0);
    }
    int status = 0;
    while (waitpid(command, &status, WNOHANG) == 0) {
        EXPECT(TH_OK, beacon_listen(f->dir, &fd));
        (void)close(fd);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_wake_reaches_the_agent_and_nobody_is_no_error, setup, teardown),
        cmocka_unit_test_setup_teardown(
            an_agent_that_dies_meanwhile_does_not_end_the_command, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
