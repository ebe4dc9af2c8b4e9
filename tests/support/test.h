// test.h - what every test includes first: cmocka in the right order, and the few helpers it lacks
//
//   scratch_dir, scratch_write, file_read    real files, removed again
//   EXPECT, SKIP                             errors by name, skips with their reason
//   rng_*                                    random histories that can be repeated
//   WAIT_UNTIL                               conditions with a deadline; no test waits for time

#ifndef TESTS_SUPPORT_TEST_H
#define TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tonghop/base.h"
#include "tonghop/bytes.h"
#include "tonghop/err.h"

// EXPECT(wanted, call) fails with both names when call returns another error.
#define EXPECT(wanted, call) expect_err((wanted), (call), #call, __FILE__, __LINE__)
void expect_err(enum th_err wanted, enum th_err got, const char *call, const char *file, int line);

// SKIP("reason") ends the test; scripts/check prints the reason beside its result. It leaves by
// longjmp: what is TH_SCOPED is not released, which the leak check would report.
#define SKIP(reason)                              \
    do {                                          \
        print_message("skipped: %s\n", (reason)); \
        skip();                                   \
    } while (0)

/**
 * A new empty directory (0700) below TMPDIR or /tmp.
 *
 * Ownership: the caller gives it back with scratch_remove, which removes what is in it too.
 */
char *scratch_dir(void);
void scratch_remove(char *dir); // NULL does nothing

// The path DIR/name. Ownership: the caller frees it.
char *path_in(const char *dir, const char *name);

// Write bytes as DIR/name and return the path. Ownership: the caller frees it.
char *scratch_write(const char *dir, const char *name, struct th_bytes bytes);

// The whole file, with a NUL behind it; NULL when there is none. Ownership: the caller frees it.
char *file_read(const char *path, size_t *size);

/**
 * A port of the loopback device that the system gives to nobody else while descriptor is open.
 *
 * It does not listen: whoever binds with SO_REUSEADDR, as ZeroMQ does, may, close, and bind it
 * again, and no program that starts meanwhile can come between. endpoint is "tcp://127.0.0.1:PORT".
 */
struct held_port {
    int descriptor;
    char endpoint[40];
};

struct held_port port_hold(void);

// A generator with a printed seed. TONGHOP_TEST_SEED repeats a run; without it every run has
// its own seed.
struct rng {
    uint64_t state;
};

void rng_start(struct rng *rng);               // prints the seed
void rng_seed(struct rng *rng, uint64_t seed); // prints nothing
uint64_t rng_next(struct rng *rng);
uint32_t rng_below(struct rng *rng, uint32_t bound);               // 0 .. bound - 1; bound > 0
int64_t rng_between(struct rng *rng, int64_t first, int64_t last); // both included
bool rng_chance(struct rng *rng, uint32_t percent);
void rng_bytes(struct rng *rng, void *out, size_t size);

// A number from the environment, by which a run is made longer; usual without it.
uint64_t test_number(const char *name, uint64_t usual);

// The deadline of whatever must happen: only a test that fails waits so long, on any machine.
enum { PATIENCE_MS = 90000 };

// WAIT_UNTIL(condition, deadline_ms) looks again and again, and fails the test after deadline_ms.
// The condition is evaluated many times: it must have no side effect that matters.
#define WAIT_UNTIL(condition, deadline_ms)                                   \
    do {                                                                     \
        struct wait wait_ = wait_begin(deadline_ms);                         \
        while (!(condition)) {                                               \
            if (!wait_again(&wait_)) {                                       \
                fail_msg("not within %u ms: %s", (deadline_ms), #condition); \
            }                                                                \
        }                                                                    \
    } while (0)

struct wait {
    uint64_t end_ms;
};

struct wait wait_begin(unsigned deadline_ms);
bool wait_again(const struct wait *wait); // pauses a millisecond; false once the deadline passed
uint64_t wait_now_ms(void);               // monotonic

#endif
