// planted.h - does this test program see a bug that is planted (fault.h)?

#ifndef TESTS_SUPPORT_PLANTED_H
#define TESTS_SUPPORT_PLANTED_H

#include <stdbool.h>

// The program again, in a process of its own with the bug and with setting ("NAME=value"), planting
// nothing itself (TONGHOP_PLANTED=none): does it fail?
bool planted_is_found(int number, const char *setting);

#endif
