// test.c - see test.h

#include "tests/support/test.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096, OPEN_DIRS_MAX = 16, RANDOM_PERCENT = 100 };

void expect_err(enum th_err wanted, enum th_err got, const char *call, const char *file, int line)
{
    if (got != wanted) {
        print_error("%s: expected %s, got %s\n", call, th_err_name(wanted), th_err_name(got));
        _fail(file, line);
    }
}

char *path_in(const char *dir, const char *name)
{
    char path[PATH_BYTES_MAX];
    const int size = snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_in_range(size, 1, sizeof(path) - 1);
    char *copy = strdup(path);
    assert_non_null(copy);
    return copy;
}

char *scratch_dir(void)
{
    const char *base = getenv("TMPDIR");
    char *dir = path_in(base != NULL ? base : "/tmp", "tonghop-test-XXXXXX");
    if (mkdtemp(dir) == NULL) {
        fail_msg("%s: %s", dir, strerror(errno));
    }
    return dir;
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *place)
{
    (void)about;
    (void)type;
    (void)place;
    return remove(path);
}

void scratch_remove(char *dir)
{
    if (dir == NULL) {
        return;
    }
    // A test may have taken it away itself.
    (void)nftw(dir, remove_entry, OPEN_DIRS_MAX, FTW_DEPTH | FTW_PHYS);
    free(dir);
}

char *scratch_write(const char *dir, const char *name, struct th_bytes bytes)
{
    char *path = path_in(dir, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        fail_msg("%s: %s", path, strerror(errno));
    }
    const size_t written = bytes.size == 0 ? 0 : fwrite(bytes.data, 1, bytes.size, file);
    assert_int_equal(written, bytes.size);
    assert_int_equal(fclose(file), 0);
    return path;
}

char *file_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    struct stat about;
    assert_int_equal(fstat(fileno(file), &about), 0);
    *size = (size_t)about.st_size;
    char *text = malloc(*size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, *size, file), *size);
    text[*size] = '\0';
    assert_int_equal(fclose(file), 0);
    return text;
}

struct held_port port_hold(void)
{
    const int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct held_port port = {.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_true(port.descriptor >= 0);
    assert_int_equal(setsockopt(port.descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), 0);
    assert_int_equal(bind(port.descriptor, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(port.descriptor, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(port.endpoint,
                   sizeof(port.endpoint),
                   "tcp://127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    return port;
}

void rng_seed(struct rng *rng, uint64_t seed)
{
    rng->state = seed;
}

void rng_start(struct rng *rng)
{
    uint64_t seed = 0;
    const char *given = getenv("TONGHOP_TEST_SEED");
    if (given != NULL) {
        seed = strtoull(given, NULL, 0);
    } else if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
        fail_msg("getrandom: %s", strerror(errno));
    }
    print_message("repeat with TONGHOP_TEST_SEED=%" PRIu64 "\n", seed);
    rng_seed(rng, seed);
}

// splitmix64: every seed gives a full period of its own, 0 as well.
uint64_t rng_next(struct rng *rng)
{
    rng->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = rng->state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    th_assert(bound > 0);
    return (uint32_t)(((rng_next(rng) >> 32) * bound) >> 32);
}

int64_t rng_between(struct rng *rng, int64_t first, int64_t last)
{
    th_assert(first <= last);
    const uint64_t width = (uint64_t)last - (uint64_t)first;
    const uint64_t drawn = rng_next(rng);
    return (int64_t)((uint64_t)first + (width == UINT64_MAX ? drawn : drawn % (width + 1)));
}

bool rng_chance(struct rng *rng, uint32_t percent)
{
    return rng_below(rng, RANDOM_PERCENT) < percent;
}

void rng_bytes(struct rng *rng, void *out, size_t size)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(rng_next(rng) >> 56);
    }
}

uint64_t wait_now_ms(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct wait wait_begin(unsigned deadline_ms)
{
    return (struct wait){.end_ms = wait_now_ms() + deadline_ms};
}

bool wait_again(const struct wait *wait)
{
    (void)poll(NULL, 0, 1);
    return wait_now_ms() < wait->end_ms;
}

uint64_t test_number(const char *name, uint64_t usual)
{
    const char *text = getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    return text == NULL ? usual : strtoull(text, NULL, 10);
}
