// base.h - assertions, scoped cleanup and the few macros every file may use

#ifndef TONGHOP_BASE_H
#define TONGHOP_BASE_H

#include <stddef.h>

#define TH_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TH_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#define TH_MUST_USE                   __attribute__((warn_unused_result))

// TH_SCOPED(destroy) runs destroy(&variable) when the variable leaves its scope, on every path.
// destroy must accept a value that owns nothing.
#define TH_SCOPED(destroy) __attribute__((cleanup(destroy)))

// th_assert states what the code has already made true. It stays on in release builds: a process
// that stops is repaired by its supervisor, a wrong total is repaired by nobody. Never assert what
// a peer, a file or the operator may get wrong; return an error for those.
#define th_assert(condition) \
    ((condition) ? (void)0 : th_assert_failed(#condition, __FILE__, __LINE__, __func__))

// th_unreachable ends a switch that has handled every value.
#define th_unreachable() th_assert_failed("unreachable", __FILE__, __LINE__, __func__)

_Noreturn void
th_assert_failed(const char *condition, const char *file, int line, const char *function);

// TH_SCOPED(th_free_scoped): frees a pointer from malloc when its variable leaves scope.
void th_free_scoped(void *pointer_to_pointer);

#endif
