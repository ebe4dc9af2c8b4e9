// province.c - see province.h

#include "tests/support/province.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/key.h"

#include "tests/support/test.h"
#include "workers/table.h"
#include "workers/verify.h"

enum { TODAY_YEAR = 2026, MAP_BYTES = 256 * 1024 * 1024 };

// ---- store ----

struct th_store province_store(struct province *province)
{
    if (province->disk == NULL) {
        return th_store_memory_ops(province->memory);
    }
    if (!province->txn_open) {
        EXPECT(TH_OK, th_disk_begin(province->disk, &province->txn));
        province->txn_open = true;
    }
    return th_disk_store(&province->txn);
}

void province_end(struct province *province)
{
    if (province->disk == NULL) {
        th_store_memory_abort(province->memory);
    } else if (province->txn_open) {
        th_disk_end(&province->txn);
        province->txn_open = false;
    }
}

static void commit(struct province *province)
{
    if (province->disk == NULL) {
        th_store_memory_commit(province->memory);
    } else {
        (void)province_store(province);
        EXPECT(TH_OK, th_disk_commit(&province->txn));
        province->txn_open = false;
    }
}

// ---- life ----

static void take_province(struct province *province, struct th_province *whole)
{
    th_province_free(&province->whole);
    reform_end(&province->reform);
    province->whole = whole;
    province->reform = (struct reform){.now = whole};
    province->reg = whole->reg;
    province->catalogue = whole->catalogue;
    th_register_digest(province->reg, province->identity.register_digest);
    th_catalogue_digest(province->catalogue, province->identity.catalogue_digest);
}

// A register that was changed is in the store.
static void take_stored_register(struct province *province)
{
    const struct th_check check = open_check(province->identity.birth_id);
    struct th_province *stored = NULL;
    EXPECT(TH_OK, reform_province(province_store(province), &check, UINT64_MAX, &stored));
    if (stored != NULL) {
        take_province(province, stored);
    }
    province_end(province);
}

void province_sign_key(struct th_sign_key *key)
{
    static const uint8_t SEED[TH_SIGN_SEED_BYTES] = "a province that signs in tests";
    th_sign_key_of(SEED, key);
}

static void sign(void *self, struct th_bytes content, uint8_t signature[TH_SIGN_BYTES])
{
    struct th_sign_key key;
    (void)self;
    province_sign_key(&key);
    th_sign(&key, content, signature);
}

static struct judge_signer province_signer(void)
{
    struct th_sign_key key;
    struct judge_signer signer = {.sign = sign};
    province_sign_key(&key);
    (void)th_key_fingerprint(key.public_key, signer.key);
    return signer;
}

static void start_judge(struct province *province)
{
    struct opened opened;
    take_stored_register(province);
    assert_int_equal(open_to_write(province_store(province), &province->identity, &opened),
                     OPEN_OK);
    commit(province);
    struct judge_setup setup = {
        .store = {.ops = &PROVINCE_STORE, .self = province},
        .reg = province->reg,
        .catalogue = province->catalogue,
        .root = th_register_root(province->reg),
        .lineage = th_bytes_of(province->identity.lineage),
        .store_id = opened.store_id,
        .birth_id = opened.birth_id,
        .store_epoch = opened.store_epoch,
        .closes = province->opened != TH_DAY_NONE,
        .opened = province->opened,
        .pace = {.feed_keep = 4},
        .bundle = {.data = province->whole->bundle, .size = province->whole->bundle_size},
        .registers = reform_registers(&province->reform),
        .signer = province_signer(),
    };
    memcpy(setup.bundle_digest, province->whole->digest, sizeof(setup.bundle_digest));
    const size_t size = judge_memory(&province->limits);
    free(province->block);
    province->block = malloc(size);
    assert_non_null(province->block);
    EXPECT(TH_OK,
           judge_init(&province->judge,
                      &province->limits,
                      &setup,
                      (struct th_memory){.base = province->block, .size = size}));
    free(province->actions.items);
    province->actions.max = judge_actions_max(&province->limits);
    province->actions.items = calloc(province->actions.max, sizeof(*province->actions.items));
    assert_non_null(province->actions.items);
    province_event(province, TH_EV_START);
}

static struct province *make(struct th_province *whole, uint64_t map_bytes)
{
    EXPECT(TH_OK, th_hash_start());
    struct province *province = calloc(1, sizeof(*province));
    assert_non_null(province);
    province->limits = judge_limits_small();
    province->now_ms = 1000;
    province->today = th_day_of((struct th_date){.year = TODAY_YEAR, .month = 11, .day = 24});
    province->opened = TH_DAY_NONE;
    province->identity = (struct identity){
        .store_id = 0x1122334455667788, .birth_id = 0x1122334455667788, .lineage = "p"};
    take_province(province, whole);
    void *base = malloc(TH_ARENA_BYTES);
    assert_non_null(base);
    province->arena = th_arena_of(base, TH_ARENA_BYTES);
    if (map_bytes > 0) {
        const struct th_disk_options options = {
            .tables = TABLE_NAMES,
            .table_count = TABLE_COUNT,
            .map_size = map_bytes,
            .exclusive = true,
            .create = true,
        };
        province->dir = scratch_dir();
        char *path = path_in(province->dir, "p");
        EXPECT(TH_OK, th_disk_open(path, &options, &province->disk));
        free(path);
    } else {
        province->memory = th_store_memory_make();
        assert_non_null(province->memory);
        th_store_memory_strict(province->memory, true);
    }
    EXPECT(TH_OK, open_birth(province_store(province), &province->identity));
    commit(province);
    start_judge(province);
    return province;
}

struct province *province_make(void)
{
    return make(province_first(), 0);
}

struct province *province_make_on_disk(void)
{
    return make(province_first(), MAP_BYTES);
}

struct province *province_make_on_small_disk(uint64_t map_bytes)
{
    return make(province_first(), map_bytes);
}

struct province *province_make_of(struct th_province *whole)
{
    return make(whole, MAP_BYTES);
}

void province_restart(struct province *province)
{
    province_end(province);
    start_judge(province);
}

void province_free(struct province *province)
{
    if (province == NULL) {
        return;
    }
    province_end(province);
    province_forget(province);
    th_store_memory_free(province->memory);
    th_disk_close(&province->disk);
    scratch_remove(province->dir);
    reform_end(&province->reform);
    th_province_free(&province->whole);
    free(province->arena.base);
    free(province->actions.items);
    free(province->block);
    free(province);
}

// ---- events and what comes of them ----

void province_forget(struct province *province)
{
    for (size_t i = 0; i < province->heard_count; i++) {
        free(province->heard[i].body);
    }
    province->heard_count = 0;
    th_arena_reset(&province->arena);
}

static void hear(struct province *province, const struct th_action *action)
{
    assert_true(province->heard_count < PROVINCE_ANSWERS_MAX);
    struct heard *heard = &province->heard[province->heard_count++];
    *heard = (struct heard){.published = action->kind == TH_ACT_PUBLISH,
                            .number = action->to.number,
                            .size = action->body.size};
    if (heard->published) {
        (void)th_bytes_copy_text(action->header, heard->topic, sizeof(heard->topic));
    } else {
        struct th_malformed why;
        EXPECT(TH_OK, th_header_read(action->header, &heard->header, &why));
    }
    heard->body = malloc(action->body.size + 1);
    assert_non_null(heard->body);
    memcpy(heard->body, action->body.data, action->body.size);
}

static void step(struct province *province, const struct th_event *event);

static void answer_commit(struct province *province, uint64_t number)
{
    struct th_event event = {.kind = TH_EV_COMMITTED, .commit = number};
    if (province->fail != TH_OK) {
        event.kind = TH_EV_COMMIT_FAILED;
        event.err = province->fail;
        province->fail = TH_OK;
        province_end(province);
    } else {
        commit(province);
        province->commits++;
    }
    step(province, &event);
}

static void step(struct province *province, const struct th_event *event)
{
    struct th_event now = *event;
    now.now_ms = province->now_ms;
    now.wall_ms = (int64_t)province->now_ms + 1700000000000;
    now.today = province->today;
    province->actions.count = 0;
    judge_step(&province->judge, &now, &province->actions);
    uint64_t asked = 0;
    for (size_t i = 0; i < province->actions.count; i++) {
        const struct th_action *action = &province->actions.items[i];
        if (action->kind == TH_ACT_SEND || action->kind == TH_ACT_PUBLISH) {
            hear(province, action);
        } else if (action->kind == TH_ACT_COMMIT) {
            asked = action->commit;
        } else if (action->kind == TH_ACT_ABORT) {
            province_end(province);
        } else if (action->kind == TH_ACT_NOTE) {
            province->notes[action->code]++;
        } else if (action->kind == TH_ACT_EXIT) {
            province->exits++;
            province->exit_code = action->code;
        }
    }
    if (asked != 0) {
        answer_commit(province, asked);
    }
}

void province_event(struct province *province, enum th_event_kind kind)
{
    step(province, &(struct th_event){.kind = kind});
}

void province_drain(struct province *province)
{
    province_forget(province);
    province_event(province, TH_EV_DRAINED);
}

void province_message(struct province *province,
                      enum th_peer_class class,
                      uint32_t number,
                      const struct th_header *header,
                      struct th_bytes body)
{
    uint8_t space[TH_HEADER_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    th_header_write(&writer, header);
    const uint8_t route[] = {(uint8_t)number, 1};
    const struct th_event event = {
        .kind = TH_EV_MESSAGE,
        .from = {.class = class,
                 .number = number,
                 .route = {.data = route, .size = 2},
                 .enrolment = class == TH_PEER_BOOTSTRAP ? province->enrolment : 0},
        .header = th_written(&writer),
        .body = body,
    };
    step(province, &event);
}

void province_roster(struct province *province, const char *const *units, size_t count)
{
    struct th_roster_grant grants[16] = {0};
    struct th_bytes refs[16][8];
    assert_true(count <= TH_COUNT(grants));
    for (size_t i = 0; i < count; i++) {
        grants[i] =
            (struct th_roster_grant){.number = (uint32_t)i + 1,
                                     .class = units[i][0] != '\0' ? TH_PEER_NODE : TH_PEER_DESK,
                                     .units = refs[i]};
        const char *at = units[i];
        while (*at != '\0') {
            const size_t size = strcspn(at, ";");
            refs[i][grants[i].unit_count++] = (struct th_bytes){.data = at, .size = size};
            at += size + (at[size] == ';' ? 1 : 0);
        }
    }
    const struct th_roster_message roster = {.lineage = th_bytes_of(province->identity.lineage),
                                             .generation = 1,
                                             .grants = grants,
                                             .count = count};
    static uint8_t space[64 * 1024];
    struct th_writer writer = TH_WRITER(space);
    th_roster_message_write(&writer, &roster);
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = TH_MSG_ROSTER};
    province_message(province, TH_PEER_NONE, 0, &header, th_written(&writer));
    province_drain(province);
}

// ---- looking into the store ----

uint32_t province_uid(const struct province *province, const char *ref, const char *period)
{
    struct th_period parsed;
    EXPECT(TH_OK, th_period_parse(th_bytes_of(period), &parsed));
    const struct th_resolved resolved =
        th_register_resolve(province->reg, th_bytes_of(ref), parsed, false);
    assert_int_equal(resolved.result, TH_RESOLVED);
    return resolved.uid;
}

struct th_cell province_total(struct province *province,
                              const char *measure,
                              const char *period,
                              const char *unit,
                              const char *dims)
{
    struct th_period parsed;
    EXPECT(TH_OK, th_period_parse(th_bytes_of(period), &parsed));
    const struct key key = key_of_total(
        th_bytes_of(measure), parsed, province_uid(province, unit, period), th_bytes_of(dims));
    struct th_bytes value;
    struct th_cell cell = {0};
    uint64_t seq = 0;
    const struct th_check check = open_check(province->identity.birth_id);
    if (th_check_get(&check, province_store(province), TABLE_TOTAL, key_view(&key), &value) ==
        TH_OK) {
        EXPECT(TH_OK, totals_read_cell(value, &cell, &seq));
    }
    province_end(province);
    return cell;
}

static void print_finding(void *self, const struct verify_finding *finding)
{
    char text[VERIFY_TEXT_BYTES];
    (void)verify_text(self, finding, TH_LANG_EN, text, sizeof(text));
    print_error("%s [%s] [%s]\n", text, finding->kept, finding->counted);
}

void province_verify(struct province *province)
{
    struct verify_setup setup = {
        .store = province_store(province),
        .birth_id = province->identity.birth_id,
        .lineage = th_bytes_of(province->identity.lineage),
        .reg = province->reg,
        .catalogue = province->catalogue,
        .root = th_register_root(province->reg),
    };
    struct verify_result result;
    EXPECT(TH_OK, verify_run(&setup, VERIFY_FULL, print_finding, &setup, &result));
    province_end(province);
    assert_int_equal(result.findings, 0);
}
