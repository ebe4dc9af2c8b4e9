// verify_feed.c - topics, and what the newest deltas say of totals
//
// Nothing tells that a delta is missing (F2): a hole is what a subscriber asks a snapshot for. What
// one says that is the last word about a total is what the total is.

#include <stdlib.h>
#include <string.h>

#include "tonghop/codec.h"

#include "workers/judge.h"
#include "workers/verify_body.h"

enum th_err verify_topic(struct verify *verify, const struct figure_key *at, uint64_t *seq)
{
    const struct key key = key_of_topic(at->measure, at->period);
    struct th_bytes value;
    *seq = 0;
    const enum th_err err =
        th_check_get(&verify->check, verify->setup->store, TABLE_TOPIC, key_view(&key), &value);
    if (err == TH_OK) {
        return totals_read_topic(value, seq);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static bool same_opt(struct th_opt a, struct th_opt b)
{
    return a.has == b.has && (!a.has || a.value == b.value);
}

// What a delta says of a total, but for what follows from register and catalogue.
static bool says(const struct th_total *said, const struct th_total *kept)
{
    return said->qualifier == kept->qualifier && same_opt(said->value, kept->value) &&
           same_opt(said->of, kept->of) && same_opt(said->before, kept->before) &&
           said->not_applicable == kept->not_applicable && said->reported == kept->reported &&
           said->contributions == kept->contributions && said->with_of == kept->with_of &&
           said->with_levels == kept->with_levels;
}

// *good: the total has changed since then, or is gone since, or is what the delta says.
static enum th_err look_at_cell(struct verify *verify,
                                const struct topic_key *topic,
                                const struct th_total *said,
                                bool *good)
{
    const struct key key = key_of_total(topic->measure, topic->period, said->uid, said->dims);
    struct th_bytes value;
    struct th_cell cell;
    uint64_t seq = 0;
    *good = true;
    const enum th_err err =
        th_check_get(&verify->check, verify->setup->store, TABLE_TOTAL, key_view(&key), &value);
    if (err == TH_E_NOT_FOUND || err == TH_E_CORRUPT) {
        return TH_OK; // damage is told where it is
    }
    TH_TRY(err);
    TH_TRY(totals_read_cell(value, &cell, &seq));
    const struct th_total kept = totals_on_wire(&cell, &(struct standing_at){.uid = said->uid});
    *good = seq > topic->seq || (seq == topic->seq && says(said, &kept));
    return TH_OK;
}

static enum th_err look_at_delta(struct verify *verify,
                                 const struct topic_key *topic,
                                 struct th_bytes payload,
                                 struct th_arena *arena,
                                 bool *good)
{
    struct th_delta delta;
    struct th_period period;
    th_arena_reset(arena);
    if (th_delta_read(payload, arena, &delta, NULL) != TH_OK) {
        return TH_E_CORRUPT;
    }
    *good = delta.topic_seq == topic->seq && th_bytes_equal(delta.measure, topic->measure) &&
            th_period_parse(delta.period, &period) == TH_OK &&
            th_period_equal(period, topic->period);
    for (size_t i = 0; i < delta.count && *good; i++) {
        TH_TRY(look_at_cell(verify, topic, &delta.cells[i], good));
    }
    return TH_OK;
}

static enum th_err check_delta(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    struct topic_key at;
    uint64_t newest = 0;
    bool good = false;
    TH_TRY(key_read_delta(key, &at));
    TH_TRY(verify_topic(
        verify, &(struct figure_key){.measure = at.measure, .period = at.period}, &newest));
    if (at.seq > 0 && at.seq <= newest) {
        TH_TRY(look_at_delta(verify, &at, payload, &verify->arena, &good));
    }
    if (!good) {
        verify_differs(verify,
                       TH_M_VERIFY_INDEX,
                       TABLE_FEEDLOG,
                       key,
                       (const int64_t[]){(int64_t)newest, (int64_t)at.seq});
    }
    return TH_OK;
}

enum th_err verify_feed(struct verify *verify)
{
    void *space = malloc(TH_ARENA_BYTES);
    if (space == NULL) {
        return TH_E_NO_MEMORY;
    }
    verify->arena = th_arena_of(space, TH_ARENA_BYTES);
    const enum th_err err = verify_scan(verify, TABLE_FEEDLOG, true, check_delta);
    free(space);
    return err;
}
