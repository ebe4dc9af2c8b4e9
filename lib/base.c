// base.c - the end of a process that can no longer trust itself

#include "tonghop/base.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void
th_assert_failed(const char *condition, const char *file, int line, const char *function)
{
    (void)fprintf(stderr, "%s:%d: %s: assertion failed: %s\n", file, line, function, condition);
    abort();
}

void th_free_scoped(void *pointer_to_pointer)
{
    void **pointer = pointer_to_pointer;
    free(*pointer);
    *pointer = NULL;
}
