// store_lmdb_birth.c - stores that get their name last: births and copies
//
// LMDB never flushes a directory, and a cut in its first writes can leave a file that does not
// open. So a store is made in a nest (nest.h), and has its name only when it is whole.

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lmdb.h>

#include "tonghop/fault.h"
#include "tonghop/nest.h"

#include "lib/store_lmdb_part.h"

static enum th_err
enter_nest(const char *path, const struct th_disk_options *options, struct th_nest *nest)
{
    TH_TRY(th_nest_enter(path, nest));
    if (options->use != TH_DISK_STILL) {
        TH_TRY(th_disk_place_check(nest->parent_dir));
    }
    uint64_t room = 0;
    TH_TRY(th_disk_space(nest->parent_dir, &room));
    return room < options->free_min ? TH_E_FULL : TH_OK;
}

static enum th_err make_empty(const char *path, const struct th_disk_options *options)
{
    MDB_env *env = NULL;
    TH_TRY(th_disk_env_open(path, options, &env));
    unsigned tables[TH_STORE_TABLES_MAX];
    const enum th_err err = th_disk_tables_open(env, options, tables);
    mdb_env_close(env);
    return err;
}

// The store in a nest, for us alone.
static enum th_err
open_nest(const struct th_nest *nest, const struct th_disk_options *options, struct th_disk **disk)
{
    struct th_disk_options quiet = *options;
    quiet.exclusive = false; // the nest is locked already
    quiet.create = false;
    return th_disk_open(nest->path, &quiet, disk);
}

static enum th_err finish(struct th_nest *nest)
{
    TH_TRY(th_nest_flush(nest));
    th_stop_point("store.birth");
    return th_nest_name(nest);
}

enum th_err th_disk_birth(const char *path, const struct th_disk_options *options)
{
    if (th_mutant(34)) {
        return mkdir(path, DISK_DIR_MODE) == 0 ? make_empty(path, options) : TH_E_IO;
    }
    TH_SCOPED(th_nest_leave) struct th_nest nest = {.dir = -1, .parent_dir = -1};
    TH_TRY(enter_nest(path, options, &nest));
    TH_TRY(make_empty(nest.path, options));
    return finish(&nest);
}

enum th_err th_disk_build(const char *path,
                          const struct th_disk_options *options,
                          th_disk_fill *fill,
                          void *context)
{
    TH_SCOPED(th_nest_leave) struct th_nest nest = {.dir = -1, .parent_dir = -1};
    TH_TRY(enter_nest(path, options, &nest));
    TH_TRY(make_empty(nest.path, options));
    struct th_disk *disk = NULL;
    TH_TRY(open_nest(&nest, options, &disk));
    const enum th_err err = fill(context, disk);
    th_disk_close(&disk);
    TH_TRY(err);
    return finish(&nest);
}

static enum th_err change_copy(const struct th_nest *nest,
                               const struct th_disk_options *options,
                               const struct th_disk_copying *copying)
{
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    TH_TRY(open_nest(nest, options, &disk));
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin(disk, &txn));
    TH_TRY(copying->change(copying->context, th_disk_store(&txn)));
    return th_disk_commit(&txn);
}

static enum th_err check_copy(const struct th_nest *nest,
                              const struct th_disk_options *options,
                              const struct th_disk_copying *copying)
{
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    TH_TRY(open_nest(nest, options, &disk));
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(disk, &txn));
    return copying->check(copying->context, th_disk_store(&txn));
}

enum th_err th_disk_copy(struct th_disk *disk,
                         const struct th_disk_options *options,
                         const char *path,
                         const struct th_disk_copying *copying)
{
    if (access(path, F_OK) == 0) {
        return TH_E_EXISTS;
    }
    TH_SCOPED(th_nest_leave) struct th_nest nest = {.dir = -1, .parent_dir = -1};
    TH_TRY(enter_nest(path, options, &nest));
    TH_TRY(th_disk_open_error(mdb_env_copy2(disk->env, nest.path, MDB_CP_COMPACT)));
    TH_TRY(th_nest_flush(&nest)); // LMDB makes the file as the umask allows
    if (copying->change != NULL) {
        TH_TRY(change_copy(&nest, options, copying));
    }
    if (copying->check != NULL) {
        TH_TRY(check_copy(&nest, options, copying));
    }
    return finish(&nest);
}
