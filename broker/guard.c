// guard.c - see guard.h

#include "broker/guard.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { CONNECTION_BYTES = 40 * 1024, SLACK_BYTES = 64 * 1024 * 1024 };

uint64_t guard_resident(void)
{
    uint64_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    const bool read = fscanf(file, "%*s %" SCNu64, &pages) == 1;
    (void)fclose(file);
    return read ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

uint64_t guard_descriptors(void)
{
    uint64_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL) {
        return 0;
    }
    while (readdir(dir) != NULL) {
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
