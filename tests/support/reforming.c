// reforming.c - see reforming.h

#include "tests/support/reforming.h"

#include <string.h>

#include "tests/support/test.h"

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};

static struct reforming stage;

int reforming_setup(void **state)
{
    stage = (struct reforming){
        .p = province_make(), .one = player_of(1), .two = player_of(2), .desk = player_of(0)};
    province_roster(stage.p, ROSTER, TH_COUNT(ROSTER));
    *state = &stage;
    return 0;
}

int reforming_teardown(void **state)
{
    struct reforming *s = *state;
    province_verify(s->p);
    province_free(s->p);
    return 0;
}

// ---- acts ----

struct th_update reforming_unit(struct unit_row row)
{
    return (struct th_update){
        .kind = TH_KIND_DESK,
        .op = TH_OP_SET,
        .revision = 1,
        .desk = {.act = TH_ACT_DESK_UNIT,
                 .code = th_bytes_of(row.code),
                 .name = th_bytes_of(row.name),
                 .type = TH_BYTES("commune"),
                 .parent = th_bytes_of(row.parent),
                 .valid_from = th_bytes_of(row.from),
                 .valid_to = th_bytes_of(row.until)},
    };
}

struct th_update reforming_successor(const char *old, const char *new, const char *effective)
{
    return (struct th_update){
        .kind = TH_KIND_DESK,
        .op = TH_OP_SET,
        .revision = 1,
        .desk = {.act = TH_ACT_DESK_SUCCESSOR,
                 .code = th_bytes_of(old),
                 .new_code = th_bytes_of(new),
                 .effective = th_bytes_of(effective),
                 .successor = TH_BYTES("full")},
    };
}

struct th_update reforming_apply(int64_t rows)
{
    return (struct th_update){
        .kind = TH_KIND_DESK,
        .op = TH_OP_SET,
        .revision = 1,
        .desk = {.act = TH_ACT_DESK_REGISTER, .rows = {.has = true, .value = rows}},
    };
}

unsigned reforming_change(struct reforming *s, const struct th_update *rows, size_t count)
{
    struct th_update updates[PROVINCE_UPDATES_MAX];
    if (count > 0) {
        memcpy(updates, rows, count * sizeof(*rows));
    }
    updates[count] = reforming_apply((int64_t)count);
    const unsigned exits = s->p->exits;
    province_batch(s->p, &s->desk, updates, count + 1);
    if (s->p->exits == exits) {
        province_drain(s->p);
    }
    const struct th_decided decided = province_decided(s->p, 0, TH_MSG_ACK);
    const unsigned code =
        decided.verdict_count > 0 ? decided.verdicts[decided.verdict_count - 1].verdict.code : 0;
    assert_int_equal(s->p->exits, exits + (code == 0 ? 1 : 0));
    if (code == 0) {
        province_restart(s->p);
    }
    return code;
}

void reforming_say(struct reforming *s, struct player *player, struct th_update update)
{
    assert_int_equal(province_say(s->p, player, &update), 0);
}
