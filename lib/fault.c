// fault.c - see fault.h
//
// Any thread may pass a point. Points are passed millions of times and armed once, so a flag says
// whether anything is armed at all, and only then the lock is taken.

#include "tonghop/fault.h"

#ifdef TONGHOP_FAULTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/base.h"

enum { POINT_NAME_MAX = 64 };

struct armed {
    char point[POINT_NAME_MAX];
    unsigned left; // passes until it strikes; 0 = not armed
    bool for_ever; // strikes at every pass from then on
};

static pthread_once_t environment_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct armed fault;
static struct armed stop;
static atomic_bool fault_is_armed;
static atomic_bool stop_is_armed;
static atomic_int mutant;

static void arm(struct armed *armed, const char *point, size_t size, unsigned nth, bool for_ever)
{
    th_assert(size < POINT_NAME_MAX);
    th_assert(nth > 0);
    memcpy(armed->point, point, size);
    armed->point[size] = '\0';
    armed->left = nth;
    armed->for_ever = for_ever;
}

// "point:3" or "point:3+". A harness that misspells it must not run without its fault.
static bool arm_from(const char *name, struct armed *armed)
{
    const char *text = getenv(name); // NOLINT(concurrency-mt-unsafe): nobody sets the environment
    if (text == NULL || *text == '\0') {
        return false;
    }
    const char *colon = strrchr(text, ':');
    th_assert(colon != NULL);
    char *end = NULL;
    const unsigned long nth = strtoul(colon + 1, &end, 10);
    const bool for_ever = strcmp(end, "+") == 0;
    th_assert(for_ever || *end == '\0');
    arm(armed, text, (size_t)(colon - text), (unsigned)nth, for_ever);
    return true;
}

static void read_environment(void)
{
    atomic_store(&fault_is_armed, arm_from("TONGHOP_FAULT_AT", &fault));
    atomic_store(&stop_is_armed, arm_from("TONGHOP_STOP_AT", &stop));
    const char *number = getenv("TONGHOP_MUTANT"); // NOLINT(concurrency-mt-unsafe): as above
    atomic_store(&mutant, number == NULL ? 0 : (int)strtol(number, NULL, 10));
}

static void start(void)
{
    const int rc = pthread_once(&environment_once, read_environment);
    th_assert(rc == 0);
}

static bool strikes(struct armed *armed, const char *point)
{
    (void)pthread_mutex_lock(&lock);
    bool struck = false;
    if (armed->left > 0 && strcmp(armed->point, point) == 0) {
        struck = armed->left == 1;
        if (!struck) {
            armed->left--;
        } else if (!armed->for_ever) {
            armed->left = 0;
        }
    }
    (void)pthread_mutex_unlock(&lock);
    return struck;
}

bool th_fault_hit(const char *point)
{
    start();
    return atomic_load_explicit(&fault_is_armed, memory_order_relaxed) && strikes(&fault, point);
}

void th_fault_arm(const char *point, unsigned nth)
{
    start();
    (void)pthread_mutex_lock(&lock);
    arm(&fault, point, strlen(point), nth, false);
    (void)pthread_mutex_unlock(&lock);
    atomic_store(&fault_is_armed, true);
}

void th_fault_disarm(void)
{
    start();
    atomic_store(&fault_is_armed, false);
    (void)pthread_mutex_lock(&lock);
    fault.left = 0;
    (void)pthread_mutex_unlock(&lock);
}

void th_stop_point(const char *point)
{
    start();
    if (atomic_load_explicit(&stop_is_armed, memory_order_relaxed) && strikes(&stop, point)) {
        (void)raise(SIGKILL);
    }
}

bool th_mutant(int number)
{
    start();
    return atomic_load_explicit(&mutant, memory_order_relaxed) == number;
}

void th_mutant_set(int number)
{
    start();
    atomic_store(&mutant, number);
}

#endif
