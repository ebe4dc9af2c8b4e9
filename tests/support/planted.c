// planted.c - see planted.h

#include "tests/support/planted.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

enum { SETTINGS = 4, SETTING_BYTES = 64 };

static char *const *
environment_of(int number, const char *setting, char space[SETTINGS][SETTING_BYTES])
{
    static char *list[SETTINGS + 1];
    const char *folder = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): one thread
    (void)snprintf(space[0], SETTING_BYTES, "TONGHOP_MUTANT=%d", number);
    (void)snprintf(space[1], SETTING_BYTES, "%s", setting);
    (void)snprintf(space[2], SETTING_BYTES, "TONGHOP_PLANTED=none");
    (void)snprintf(space[3], SETTING_BYTES, "TMPDIR=%.50s", folder == NULL ? "/tmp" : folder);
    for (size_t i = 0; i < SETTINGS; i++) {
        list[i] = space[i];
    }
    return list;
}

bool planted_is_found(int number, const char *setting)
{
    char self[] = "/proc/self/exe";
    char *const arguments[] = {self, NULL};
    char space[SETTINGS][SETTING_BYTES];
    posix_spawn_file_actions_t files;
    pid_t pid = 0;
    int status = 0;
    assert_int_equal(posix_spawn_file_actions_init(&files), 0);
    for (int file = STDOUT_FILENO; file <= STDERR_FILENO; file++) {
        assert_int_equal(posix_spawn_file_actions_addopen(&files, file, "/dev/null", O_WRONLY, 0),
                         0);
    }
    assert_int_equal(
        posix_spawn(&pid, self, &files, NULL, arguments, environment_of(number, setting, space)),
        0);
    (void)posix_spawn_file_actions_destroy(&files);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}
