// test_err.c - every error has a name, a text and an instruction; base.h's cleanup

#include <stdlib.h>

#include "tonghop/err.h"

#include "tests/support/test.h"

static void classes_say_what_to_do(void **state)
{
    (void)state;
    assert_int_equal(th_err_class(TH_OK), TH_CLASS_NONE);
    assert_int_equal(th_err_class(TH_E_FULL), TH_CLASS_RETRY);
    assert_int_equal(th_err_class(TH_E_REFUSED), TH_CLASS_REJECT);
    assert_int_equal(th_err_class(TH_E_CORRUPT), TH_CLASS_FATAL);
    assert_string_equal(th_err_name(TH_E_FULL), "TH_E_FULL");
    assert_string_equal(th_err_text(TH_E_TIMEOUT), "deadline passed");
}

static enum th_err try_it(enum th_err err, int *reached)
{
    TH_SCOPED(th_free_scoped) char *memory = malloc(8);
    assert_non_null(memory);
    TH_TRY(err);
    ++*reached;
    return TH_OK;
}

static void try_returns_the_error_and_scopes_are_left(void **state)
{
    (void)state;
    int reached = 0;

    EXPECT(TH_E_BUSY, try_it(TH_E_BUSY, &reached));
    assert_int_equal(reached, 0);
    EXPECT(TH_OK, try_it(TH_OK, &reached));
    assert_int_equal(reached, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_say_what_to_do),
        cmocka_unit_test(try_returns_the_error_and_scopes_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
