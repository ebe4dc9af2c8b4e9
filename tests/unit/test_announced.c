// test_announced.c - who has heard of the broker's next key, as the broker keeps it

#include <stdlib.h>
#include <sys/stat.h>

#include "tonghop/hash.h"

#include "broker/announced.h"
#include "tests/support/test.h"

static void each_is_kept_once_and_over_a_restart(void **state)
{
    (void)state;
    char *dir = scratch_dir();
    char *path = path_in(dir, "broker.knows");
    const uint8_t key[TH_CURVE_BYTES] = {1, 2, 3};
    const uint8_t other[TH_CURVE_BYTES] = {4};
    struct announced announced = {.path = path};
    EXPECT(TH_OK, th_hash_start());
    EXPECT(TH_OK, announced_set(&announced, NULL));
    announced_note(&announced, TH_PEER_NODE, 1); // of nothing
    assert_int_equal(announced.count, 0);

    EXPECT(TH_OK, announced_set(&announced, key));
    for (uint32_t i = 0; i < 300; i++) {
        announced_note(&announced, TH_PEER_NODE, i * 7 % 100);
        announced_note(&announced, TH_PEER_VIEWER, i % 3);
    }
    assert_int_equal(announced.count, 103);
    EXPECT(TH_OK, announced_write(&announced));
    assert_false(announced.changed);
    EXPECT(TH_OK, announced_set(&announced, key));
    assert_int_equal(announced.count, 103);
    announced_free(&announced);

    announced = (struct announced){.path = path};
    EXPECT(TH_OK, announced_set(&announced, key));
    assert_int_equal(announced.count, 103);
    announced_note(&announced, TH_PEER_NODE, 7);
    assert_false(announced.changed);
    EXPECT(TH_OK, announced_set(&announced, other));
    assert_int_equal(announced.count, 0);
    announced_free(&announced);
    free(path);
    scratch_remove(dir);
}

static void what_could_not_be_written_is_written_later(void **state)
{
    (void)state;
    char *dir = scratch_dir();
    char *run = path_in(dir, "run");
    char *path = path_in(run, "broker.knows");
    const uint8_t key[TH_CURVE_BYTES] = {1, 2, 3};
    struct announced announced = {.path = path};
    EXPECT(TH_OK, th_hash_start());
    EXPECT(TH_OK, announced_set(&announced, key));
    announced_note(&announced, TH_PEER_NODE, 1);
    assert_int_not_equal(announced_write(&announced), TH_OK); // there is no such directory
    assert_int_equal(mkdir(run, 0700), 0);
    EXPECT(TH_OK, announced_write(&announced));
    announced_free(&announced);

    announced = (struct announced){.path = path};
    EXPECT(TH_OK, announced_set(&announced, key));
    assert_int_equal(announced.count, 1);
    announced_free(&announced);
    free(path);
    free(run);
    scratch_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_kept_once_and_over_a_restart),
        cmocka_unit_test(what_could_not_be_written_is_written_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
