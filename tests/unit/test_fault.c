// test_fault.c - armed points strike when they should, and only then

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tonghop/fault.h"

#include "tests/support/test.h"

#ifdef TONGHOP_FAULTS

static void strikes_once_at_the_nth_pass(void **state)
{
    (void)state;
    th_fault_arm("store.put", 3);

    assert_false(th_fault_hit("store.put"));
    assert_false(th_fault_hit("store.commit"));
    assert_false(th_fault_hit("store.put"));
    assert_true(th_fault_hit("store.put"));
    assert_false(th_fault_hit("store.put"));

    th_fault_arm("store.put", 1);
    th_fault_disarm();
    assert_false(th_fault_hit("store.put"));
}

static void a_mutant_is_one_number(void **state)
{
    (void)state;
    assert_false(th_mutant(4));
    th_mutant_set(4);
    assert_true(th_mutant(4));
    assert_false(th_mutant(5));
    th_mutant_set(0);
    assert_false(th_mutant(4));
}

// The environment is read once in a process, so it is tried in a program of its own.
static int run_again(const char *name, const char *value)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)setenv(name, value, 1);
        (void)execl("/proc/self/exe", "test_fault", "child", (char *)NULL);
        _exit(99);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void the_environment_arms_a_fault_for_ever(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(run_again("TONGHOP_FAULT_AT", "child.fault:2")), 2);   // .X..
    assert_int_equal(WEXITSTATUS(run_again("TONGHOP_FAULT_AT", "child.fault:2+")), 14); // .XXX
    assert_int_equal(WEXITSTATUS(run_again("TONGHOP_MUTANT", "9")), 16);
}

static void a_stop_point_kills_like_kill_9(void **state)
{
    (void)state;
    const int status = run_again("TONGHOP_STOP_AT", "child.stop:2");

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_int_equal(WEXITSTATUS(run_again("TONGHOP_STOP_AT", "child.stop:3")), 0);
}

static int child(void)
{
    int struck = 0;
    for (int pass = 0; pass < 4; pass++) {
        struck |= th_fault_hit("child.fault") ? 1 << pass : 0;
    }
    th_stop_point("child.stop");
    th_stop_point("child.stop");
    return struck | (th_mutant(9) ? 16 : 0);
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        return child();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strikes_once_at_the_nth_pass),
        cmocka_unit_test(a_mutant_is_one_number),
        cmocka_unit_test(the_environment_arms_a_fault_for_ever),
        cmocka_unit_test(a_stop_point_kills_like_kill_9),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void does_nothing_in_a_build_without_faults(void **state)
{
    (void)state;
    assert_false(th_fault_hit("store.put"));
    assert_false(th_mutant(0));
    th_stop_point("store.put");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(does_nothing_in_a_build_without_faults)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
