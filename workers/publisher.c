// publisher.c - see publisher.h

#include "workers/publisher.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tonghop/clock.h"
#include "tonghop/day.h"
#include "tonghop/fault.h"
#include "tonghop/log.h"

#include "workers/edition_make.h"
#include "workers/halt.h"
#include "workers/ledger.h"

enum { LOOK_MS = 1000, LATE_MS = 5 * 60 * 1000, DAY_MINUTES = 24 * 60, MINUTE_MS = 60 * 1000 };

struct editor {
    const struct query_province *province;
    int32_t release;
    int32_t zone;
    pthread_mutex_t making; // A1
    int64_t due_ms;         // wall clock; 0: not known yet
};

struct publisher {
    struct editor *editors;
    size_t count;
    struct halt halt;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping; // under the lock
};

// ---- when ----

int64_t publisher_next(int64_t moment_ms, int32_t release, int32_t zone)
{
    const int64_t day_ms = (int64_t)DAY_MINUTES * MINUTE_MS;
    const int64_t local = moment_ms + (int64_t)zone * MINUTE_MS;
    const int64_t into = local >= 0 ? local % day_ms : (local % day_ms + day_ms) % day_ms;
    const int64_t at = local - into + (int64_t)release * MINUTE_MS;
    if (release < 0) {
        return INT64_MAX;
    }
    return (at > local ? at : at + day_ms) - (int64_t)zone * MINUTE_MS;
}

enum th_err publisher_release_parse(struct th_bytes word, int32_t *release)
{
    if (th_bytes_equal(word, TH_BYTES("catalogue"))) {
        *release = PUBLISHER_CATALOGUE;
        return TH_OK;
    }
    if (th_bytes_equal(word, TH_BYTES("off"))) {
        *release = PUBLISHER_NEVER;
        return TH_OK;
    }
    return th_clock_parse(word, release);
}

// ---- one edition ----

static enum th_err read_version(struct th_store store, uint64_t *version)
{
    struct th_bytes key;
    struct th_bytes value;
    struct ledger_key at;
    *version = 0;
    const enum th_err err = th_store_prev(store, TABLE_LEDGER, (struct th_bytes){0}, &key, &value);
    if (err == TH_OK) {
        TH_TRY(key_read_ledger(key, &at));
        *version = at.version;
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// A2. Between the commit of another register and the end of this worker's round the store knows
// more than we do.
static enum th_err check_register(const struct query_province *province, struct th_store store)
{
    struct identity stored;
    TH_TRY(open_read_identity(store, &stored));
    const bool ours =
        memcmp(stored.register_digest, province->register_digest, sizeof(stored.register_digest)) ==
        0;
    return ours ? TH_OK : TH_E_BUSY;
}

// Was the store put back after the newest edition that it knows?
static enum th_err
look_back(struct th_store store, const struct edition_head *head, bool *forgotten)
{
    struct renamed list[RENAMINGS_MAX];
    size_t count = 0;
    TH_TRY(open_renamings(store, list, &count));
    *forgotten = count > 0 && list[count - 1].wall_ms >= head->moment_ms;
    return TH_OK;
}

// made is EDITION_BY_HAND: only when the store has changed; *head then is the newest edition's.
static enum th_err draft_of(struct publisher *publisher,
                            const struct editor *editor,
                            enum edition_made made,
                            bool anew,
                            struct edition_head *head,
                            struct edition_draft **draft)
{
    const struct query_province *province = editor->province;
    const struct th_check check = open_check(province->opened.birth_id);
    struct halted_store halted;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(province->disk, &txn));
    struct edition_task task = {
        .store = halt_store(&halted, th_disk_store(&txn), &publisher->halt),
        .check = &check,
        .province = province->province,
        .moment_ms = th_wall_ms(),
        .made = made,
    };
    TH_TRY(check_register(province, task.store));
    TH_TRY(read_version(task.store, &task.version));
    *head = (struct edition_head){.number = 0}; // none is older than any renaming
    const enum th_err err = edition_newest(task.store, &check, head);
    if (err != TH_OK && err != TH_E_NOT_FOUND) {
        return err;
    }
    bool forgotten = false;
    TH_TRY(look_back(task.store, head, &forgotten));
    if (forgotten && !anew) {
        return TH_E_DENIED;
    }
    if (err == TH_E_NOT_FOUND) {
        task.made = EDITION_BEGUN;
        task.version = 0;
    } else {
        if (made == EDITION_BEGUN ||
            (made == EDITION_BY_HAND && !forgotten && task.version == head->version)) {
            return TH_OK; // nothing to do
        }
        task.moment_ms = task.moment_ms > head->moment_ms ? task.moment_ms : head->moment_ms + 1;
    }
    return edition_make(&task, draft);
}

static enum th_err write_draft(const struct editor *editor, const struct edition_draft *draft)
{
    const struct th_check check = open_check(editor->province->opened.birth_id);
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin(editor->province->disk, &txn));
    TH_TRY(edition_draft_write(draft, th_disk_store(&txn), &check));
    th_stop_point("edition.written");
    TH_TRY(th_disk_commit(&txn));
    th_stop_point("edition.committed");
    return TH_OK;
}

static void log_edition(const struct editor *editor, const struct edition_head *head)
{
    th_log(LOG_NOTICE,
           "edition",
           "province=%s number=%" PRIu32 " version=%" PRIu64 " renewed=%" PRIu32 " same=%" PRIu32
           " kept=%" PRIu32 " waiting=%" PRIu32 " closed=%" PRIu32,
           editor->province->province->lineage,
           head->number,
           head->version,
           head->renewed,
           head->same,
           head->kept,
           head->waiting,
           head->closed);
}

static enum th_err make_locked(struct publisher *publisher,
                               const struct editor *editor,
                               enum edition_made made,
                               bool anew,
                               struct edition_head *head)
{
    TH_SCOPED(edition_draft_free) struct edition_draft *draft = NULL;
    TH_TRY(draft_of(publisher, editor, made, anew, head, &draft));
    if (draft == NULL) {
        return TH_OK;
    }
    TH_TRY(write_draft(editor, draft));
    *head = edition_draft_head(draft);
    log_edition(editor, head);
    return TH_OK;
}

static enum th_err make(struct publisher *publisher,
                        struct editor *editor,
                        enum edition_made made,
                        bool anew,
                        struct edition_head *head)
{
    if (pthread_mutex_trylock(&editor->making) != 0) {
        return TH_E_BUSY;
    }
    enum th_err err = make_locked(publisher, editor, made, anew, head);
    if (err == TH_OK && head->made == EDITION_BEGUN && made == EDITION_BY_HAND) {
        err = make_locked(publisher, editor, made, anew, head); // the first one of this store
    }
    (void)pthread_mutex_unlock(&editor->making);
    return err;
}

// ---- the thread ----

static void fail(const struct publisher *publisher, const struct editor *editor, enum th_err err)
{
    if (err != TH_E_BUSY && !atomic_load(&publisher->halt.asked)) {
        th_log(LOG_ERR,
               "edition-failed",
               "province=%s error=%s",
               editor->province->province->lineage,
               th_err_name(err));
    }
}

// The newest edition says when the next one is due; a store without any begins to have them now.
static void look(struct publisher *publisher, struct editor *editor)
{
    struct edition_head head = {.number = 0};
    const int64_t now = th_wall_ms();
    if (editor->due_ms > now) {
        return;
    }
    enum edition_made made = EDITION_BEGUN;
    if (editor->due_ms > 0) {
        made = now - editor->due_ms > LATE_MS ? EDITION_LATE : EDITION_TIMELY;
    }
    const enum th_err err = make(publisher, editor, made, false, &head);
    if (err == TH_OK) {
        editor->due_ms = publisher_next(head.moment_ms, editor->release, editor->zone);
        return;
    }
    if (err == TH_E_DENIED) { // until publish --anew; asked again tomorrow
        th_log(LOG_WARNING, "edition-held", "province=%s", editor->province->province->lineage);
        editor->due_ms = publisher_next(now, editor->release, editor->zone);
        return;
    }
    fail(publisher, editor, err);
    if (made == EDITION_BEGUN || editor->due_ms == 0) {
        return; // the next second
    }
    editor->due_ms = err == TH_E_BUSY ? editor->due_ms : now + PUBLISHER_TRY_MS;
}

static bool wait_a_second(struct publisher *publisher)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_MS / 1000;
    (void)pthread_mutex_lock(&publisher->lock);
    if (!publisher->stopping) {
        (void)pthread_cond_timedwait(&publisher->changed, &publisher->lock, &until);
    }
    const bool on = !publisher->stopping;
    (void)pthread_mutex_unlock(&publisher->lock);
    return on;
}

static void *run(void *self)
{
    struct publisher *publisher = self;
    do {
        for (size_t i = 0; i < publisher->count; i++) {
            if (publisher->editors[i].release >= 0) {
                look(publisher, &publisher->editors[i]);
            }
        }
    } while (wait_a_second(publisher));
    return NULL;
}

// ---- life ----

static void free_publisher(struct publisher *publisher)
{
    halt_now(&publisher->halt);
    if (publisher->started) {
        (void)pthread_mutex_lock(&publisher->lock);
        publisher->stopping = true;
        (void)pthread_cond_signal(&publisher->changed);
        (void)pthread_mutex_unlock(&publisher->lock);
        (void)pthread_join(publisher->thread, NULL);
    }
    for (size_t i = 0; i < publisher->count; i++) {
        (void)pthread_mutex_destroy(&publisher->editors[i].making);
    }
    (void)pthread_mutex_destroy(&publisher->lock);
    (void)pthread_cond_destroy(&publisher->changed);
    free(publisher->editors);
    free(publisher);
}

static enum th_err start(const struct publisher_setup *setup, struct publisher *publisher)
{
    pthread_condattr_t clock;
    (void)pthread_mutex_init(&publisher->lock, NULL); // cannot fail without attributes
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&publisher->changed, &clock);
    (void)pthread_condattr_destroy(&clock);
    publisher->editors = calloc(setup->province_count + 1, sizeof(*publisher->editors));
    if (publisher->editors == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < setup->province_count; i++) {
        struct editor *editor = &publisher->editors[publisher->count++];
        const struct th_catalogue_settings *settings =
            th_catalogue_settings(setup->provinces[i].province->catalogue);
        editor->province = &setup->provinces[i];
        editor->zone = settings->zone_minutes;
        editor->release = setup->release == PUBLISHER_CATALOGUE ? (int32_t)settings->public_release
                                                                : setup->release;
        (void)pthread_mutex_init(&editor->making, NULL);
    }
    if (pthread_create(&publisher->thread, NULL, run, publisher) != 0) {
        return TH_E_IO;
    }
    publisher->started = true;
    return TH_OK;
}

enum th_err publisher_start(const struct publisher_setup *setup, struct publisher **publisher)
{
    struct publisher *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return TH_E_NO_MEMORY;
    }
    const enum th_err err = start(setup, made);
    if (err != TH_OK) {
        free_publisher(made);
        return err;
    }
    *publisher = made;
    return TH_OK;
}

void publisher_stop(struct publisher **publisher)
{
    if (*publisher != NULL) {
        free_publisher(*publisher);
        *publisher = NULL;
    }
}

enum th_err
publisher_now(struct publisher *publisher, size_t province, bool anew, struct edition_head *head)
{
    th_assert(province < publisher->count);
    struct editor *editor = &publisher->editors[province];
    const enum th_err err = make(publisher, editor, EDITION_BY_HAND, anew, head);
    if (err != TH_OK) {
        fail(publisher, editor, err);
    }
    return err;
}
