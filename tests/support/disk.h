// disk.h - a store on disk for tests, and children that do something to it and are killed
//
// A process must not fork with a store open and go on with it, so a child is this same test program
// started anew with a role. A role is told the path, says "ready" once, and plays on.

#ifndef TESTS_SUPPORT_DISK_H
#define TESTS_SUPPORT_DISK_H

#include <sys/types.h>

#include "tonghop/store_lmdb.h"

#include "tests/support/test.h"

enum { DISK_TABLE_A, DISK_TABLE_B, DISK_TABLES };

extern const struct th_disk_options DISK_OPTIONS; // create, 64 MiB of map, not exclusive

void disk_open(const char *path, struct th_disk **disk);
void disk_put(struct th_disk *disk, const char *key, const char *value);        // committed
void disk_expect(struct th_disk *disk, const char *key, const char *value);     // NULL: not there
enum th_err disk_put_large(struct th_disk *disk, uint32_t number, size_t size); // committed
uint64_t disk_count(struct th_disk *disk); // of the large ones, every byte read

struct disk_child {
    pid_t pid;
    int ready; // pipe
};

// Start this program as: role path. setting is "NAME=value" for its environment, or NULL.
struct disk_child disk_child_start(const char *role, const char *path, const char *setting);
void disk_child_await(struct disk_child *child); // until it is ready, or fail after 20 s
int disk_child_end(struct disk_child *child);    // its status, as waitpid gives it
int disk_child_kill(struct disk_child *child);   // SIGKILL, then the same

struct disk_role {
    const char *name;
    int (*play)(const char *path);
};

// In main: plays the role that was asked for and gives its status; -1 when this is no child.
int disk_child_main(int argc, char **argv, const struct disk_role *roles, size_t count);
void disk_child_ready(void);
_Noreturn void disk_child_pause(void); // until killed

#endif
