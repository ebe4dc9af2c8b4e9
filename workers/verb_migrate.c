// verb_migrate.c - tonghop migrate

#include <stdio.h>
#include <string.h>

#include "workers/migrate.h"
#include "workers/swap.h"
#include "workers/trouble.h"
#include "workers/verb.h"

static const struct th_option OPTIONS[] = {
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"chỉ tỉnh này; không ghi thì mọi tỉnh", "only this province; default every one"}},
};

// A store that this program may not read says at least so.
static enum th_err read_head(struct th_store store, struct sound *head, struct th_verdict *why)
{
    const enum th_err err = sound_head(store, head);
    if (err != TH_OK && head->identity.min_reader > STORE_FORMAT) {
        char format[8];
        (void)snprintf(format, sizeof(format), "%u", (unsigned)head->identity.format);
        th_verdict_make(why, TH_M_STORE_NEWER, 0, "", format, NULL);
        return err;
    }
    return trouble_of_store(why, err);
}

// Make the new store of swap from the one in txn. It is the same store: it keeps its id.
static enum th_err build(const struct th_call *call,
                         struct swap *swap,
                         struct th_disk_txn *txn,
                         struct th_verdict *why)
{
    struct sound_setup sound = verb_sound(call, swap->config, swap->lineage);
    const struct migrate migrate = {
        .steps = &MIGRATE_STEPS,
        .old = th_disk_store(txn),
        .look = sound_answer,
        .self = &sound,
        .options = host_disk_options(swap->config, th_config_dir(swap->config), TH_DISK_OWN),
    };
    return migrate_build(&migrate, swap->path, why);
}

static enum th_err migrate_one(const struct th_call *call,
                               const struct th_config *config,
                               const char *lineage,
                               struct th_verdict *why)
{
    struct sound head;
    TH_SCOPED(swap_leave) struct swap swap = {.lock = -1};
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    TH_TRY(swap_begin(config, lineage, &swap, why));
    TH_TRY(verb_open(config, lineage, &disk, why));
    {
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        TH_TRY(trouble_of_store(why, th_disk_begin_read(disk, &txn)));
        TH_TRY(read_head(th_disk_store(&txn), &head, why));
        if (head.identity.format >= STORE_FORMAT) {
            th_call_say(call,
                        "%s: đã ở định dạng %u, không phải làm gì\n",
                        "%s: of format %u already, nothing to do\n",
                        lineage,
                        (unsigned)head.identity.format);
            return TH_OK;
        }
        swap.store_id = head.identity.store_id;
        TH_TRY(build(call, &swap, &txn, why));
    }
    TH_TRY(swap_finish(&swap, why));
    th_call_say(call,
                "%s: định dạng %u thành %u, kiểm khớp; kho cũ: state/%s\n",
                "%s: format %u became %u, verified; the old store: state/%s\n",
                lineage,
                (unsigned)head.identity.format,
                (unsigned)STORE_FORMAT,
                swap.kept);
    return TH_OK;
}

static int run_migrate(const struct th_call *call)
{
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    const struct th_config_province *provinces = NULL;
    const char *dir = verb_dir(call, 0);
    const char *lineage = th_call_text(call, "lineage");
    if (verb_is_backup(dir)) {
        struct th_verdict why;
        th_verdict_make(&why, TH_M_BACKUP_NONE, 'c', "", dir, NULL);
        return th_call_tell(call, &why);
    }
    int code = verb_config(call, dir, &config);
    code = code == TH_EXIT_OK && lineage != NULL ? verb_lineage(call, config, &lineage) : code;
    if (code != TH_EXIT_OK || th_hash_start() != TH_OK) {
        return code != TH_EXIT_OK ? code : TH_EXIT_SOFTWARE;
    }
    const size_t count = th_config_provinces(config, &provinces);
    for (size_t i = 0; i < count && code == TH_EXIT_OK; i++) {
        struct th_verdict why = {.code = 0};
        if ((lineage == NULL || strcmp(lineage, provinces[i].lineage) == 0) &&
            migrate_one(call, config, provinces[i].lineage, &why) != TH_OK) {
            code = th_call_tell(call, &why);
        }
    }
    return code;
}

const struct th_verb VERB_MIGRATE = {
    .name = "migrate",
    .operands = "[DIR]",
    .help = {"chuyển kho của phiên bản trước sang định dạng hiện nay, giữ bản cũ",
             "bring stores of an earlier version to the present format, the old ones kept"},
    .options = OPTIONS,
    .option_count = TH_COUNT(OPTIONS),
    .operands_max = 1,
    .run = run_migrate,
};
