// test_step.c - the list of actions of one step

#include "tonghop/step.h"

#include "tests/support/test.h"

static void actions_keep_their_order_and_start_empty(void **state)
{
    (void)state;
    struct th_action items[2] = {{.code = 7}, {.code = 7}};
    struct th_actions actions = {.items = items, .max = TH_COUNT(items)};

    th_actions_add(&actions, TH_ACT_COMMIT)->commit = 4;
    (void)th_actions_add(&actions, TH_ACT_EXIT);

    assert_int_equal(actions.count, 2);
    assert_int_equal(items[0].kind, TH_ACT_COMMIT);
    assert_int_equal(items[0].commit, 4);
    assert_int_equal(items[1].kind, TH_ACT_EXIT);
    assert_int_equal(items[1].code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(actions_keep_their_order_and_start_empty)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
