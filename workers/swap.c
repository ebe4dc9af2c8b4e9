// swap.c - see swap.h

#include "workers/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "tonghop/fault.h"
#include "tonghop/file.h"
#include "tonghop/hash.h"

#include "workers/host.h"
#include "workers/naming.h"
#include "workers/trouble.h"

enum { TRIES_MAX = 100 };

// A store that was made and never took its place. There is nothing else in such a directory.
static void remove_coming(const char *path)
{
    static const char *const FILES[] = {"data.mdb", "lock.mdb"};
    const int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (dir >= 0) {
        for (size_t i = 0; i < TH_COUNT(FILES); i++) {
            (void)unlinkat(dir, FILES[i], 0); // what stays is in the way of the new store's making
        }
        (void)close(dir);
        (void)rmdir(path);
    }
}

enum th_err swap_begin(const struct th_config *config,
                       const char *lineage,
                       struct swap *swap,
                       struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    char state[TH_PATH_MAX];
    *swap = (struct swap){.config = config, .lineage = lineage, .lock = -1};
    (void)host_store_path(config, lineage, path);
    (void)snprintf(swap->path, sizeof(swap->path), "%.4000s.coming", path);
    errno = 0;
    if (th_dir_make(th_config_path(config, "state", state, sizeof(state))) != TH_OK) {
        return trouble_of_file(why, "state", TH_E_IO);
    }
    swap->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    swap->replaces = swap->lock >= 0;
    if (swap->replaces && flock(swap->lock, LOCK_EX | LOCK_NB) != 0) {
        th_verdict_make(why, TH_M_BACKUP_IN_USE, 0, "", NULL);
        return TH_E_BUSY;
    }
    remove_coming(swap->path);
    while (swap->store_id == 0) {
        th_random(&swap->store_id, sizeof(swap->store_id));
    }
    return TH_OK;
}

static enum th_err flush_state(const struct swap *swap)
{
    char state[TH_PATH_MAX];
    (void)th_config_path(swap->config, "state", state, sizeof(state));
    const int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool flushed = dir >= 0 && fsync(dir) == 0;
    if (dir >= 0) {
        (void)close(dir);
    }
    return flushed ? TH_OK : TH_E_IO;
}

// The old store, which has the name of the coming one by now, gets a name of its own.
static bool keep_old(struct swap *swap)
{
    char path[TH_PATH_MAX];
    char store[TH_PATH_MAX];
    char stamp[32];
    struct tm utc;
    const time_t now = time(NULL);
    (void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    (void)host_store_path(swap->config, swap->lineage, store);
    for (unsigned i = 1; i <= TRIES_MAX; i++) {
        (void)snprintf(swap->kept,
                       sizeof(swap->kept),
                       i == 1 ? "%.8s.before-%.16s" : "%.8s.before-%.16s-%u",
                       swap->lineage,
                       stamp,
                       i);
        (void)snprintf(path,
                       sizeof(path),
                       "%.*s%s",
                       (int)(strlen(store) - strlen(swap->lineage)),
                       store,
                       swap->kept);
        if (renameat2(AT_FDCWD, swap->path, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
            return true;
        }
        if (errno != EEXIST) {
            return false;
        }
    }
    return false;
}

static enum th_err place(struct swap *swap)
{
    char store[TH_PATH_MAX];
    (void)host_store_path(swap->config, swap->lineage, store);
    const unsigned how = swap->replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, swap->path, AT_FDCWD, store, how) != 0) {
        return TH_E_IO;
    }
    TH_TRY(flush_state(swap));
    th_stop_point("swap.exchanged");
    if (swap->replaces && !keep_old(swap)) {
        return TH_E_IO;
    }
    return flush_state(swap);
}

enum th_err swap_finish(struct swap *swap, struct th_verdict *why)
{
    errno = 0;
    enum th_err err = place(swap);
    if (err != TH_OK) {
        return trouble_of_file(why, swap->lineage, err);
    }
    err = host_mark(swap->config, swap->lineage, swap->store_id);
    err = err == TH_OK ? naming_set(swap->config, swap->lineage, swap->store_id) : err;
    return err == TH_OK ? TH_OK : trouble_of_file(why, "register", err);
}

void swap_leave(struct swap *swap)
{
    if (swap->lock >= 0) {
        (void)close(swap->lock);
        swap->lock = -1;
    }
}
