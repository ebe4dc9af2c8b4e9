// guard.c - see guard.h

#include "broker/guard.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/base.h"
#include "tonghop/file.h"

enum { CONNECTION_BYTES = 40 * 1024, SLACK_BYTES = 64 * 1024 * 1024, STATM_BYTES_MAX = 256 };

uint64_t guard_resident(void)
{
    TH_SCOPED(th_free_scoped) char *text = NULL;
    size_t size = 0;
    if (th_file_read("/proc/self/statm", STATM_BYTES_MAX, &text, &size) != TH_OK) {
        return 0;
    }
    const char *second = strchr(text, ' '); // size, resident, ... in pages
    const uint64_t pages = second == NULL ? 0 : strtoull(second, NULL, 10);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t guard_descriptors(void)
{
    uint64_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL) {
        return 0;
    }
    while (readdir(dir) != NULL) { // NOLINT(concurrency-mt-unsafe): nobody else has this DIR
        count++;
    }
    (void)closedir(dir);
    return count;
}

void guard_start(struct guard *guard, uint64_t memory_max)
{
    *guard = (struct guard){.base_bytes = guard_resident(), .memory_max = memory_max};
}

enum guard_state guard_judge(const struct guard *guard, uint64_t resident_bytes)
{
    const uint64_t expected = guard->base_bytes + guard->connections * CONNECTION_BYTES;
    if (resident_bytes <= expected + guard->memory_max) {
        return GUARD_GOOD;
    }
    return resident_bytes <= expected + guard->memory_max + SLACK_BYTES ? GUARD_BUSY : GUARD_OVER;
}

// Counting connections is the dearer part: only when the number counted last does not explain it.
enum guard_state guard_look(struct guard *guard)
{
    const uint64_t resident = guard_resident();
    if (guard_judge(guard, resident) == GUARD_GOOD) {
        return GUARD_GOOD;
    }
    guard->connections = guard_descriptors();
    return guard_judge(guard, resident);
}
