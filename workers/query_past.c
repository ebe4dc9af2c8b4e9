// query_past.c - answers from an earlier version

#include <string.h>

#include "workers/query_body.h"
#include "workers/reform.h"

// Register and catalogue as they were at version: those of now, unless the register was changed.
static enum th_err take_province(struct reading *reading, uint64_t version)
{
    struct answer *answer = reading->answer;
    TH_TRY(reform_province(reading->store, &reading->check, version, &answer->own_province));
    if (answer->own_province != NULL) {
        answer->province.province = answer->own_province;
    }
    return TH_OK;
}

enum th_err query_version(struct reading *reading, struct th_bytes position, uint64_t *version)
{
    const struct th_province *province = reading->answer->province.province;
    const th_day today = th_province_today(province, reading->now_ms);
    const enum th_err err = past_version(reading->store, &reading->check, position, today, version);
    if (err == TH_E_NOT_FOUND || err == TH_E_MALFORMED) {
        answer_refuse(reading->answer, TH_M_UNKNOWN_WORD, position);
        return TH_E_REFUSED;
    }
    return err;
}

enum th_err query_go_to(struct reading *reading, uint64_t version)
{
    TH_TRY(take_province(reading, version));
    TH_TRY(past_open(
        reading->store, &reading->check, version, reading->answer->bytes_max, &reading->past));
    reading->store = past_store(reading->past);
    return TH_OK;
}

enum th_err query_go_back(struct reading *reading)
{
    const struct th_query *query = reading->query;
    uint64_t version = 0;
    if (query->known_at.size == 0 || query->ask == TH_ASK_DIFF || query->ask == TH_ASK_CHANGES) {
        return TH_OK;
    }
    if (query->ask != TH_ASK_TOTALS && query->ask != TH_ASK_BUNDLE) {
        answer_refuse(reading->answer, TH_M_UNKNOWN_WORD, query->known_at);
        return TH_E_REFUSED;
    }
    TH_TRY(query_version(reading, query->known_at, &version));
    return query_go_to(reading, version);
}

static bool needs(const void *self, struct th_bytes measure, struct th_period period)
{
    char text[TH_PERIOD_TEXT_BYTES];
    return th_lines_needs(self, measure, th_bytes_of(th_period_text(period, text)));
}

enum th_err query_count(struct reading *reading)
{
    if (reading->past == NULL) {
        return TH_OK;
    }
    const struct answer *answer = reading->answer;
    const struct th_province *province = answer->province.province;
    const struct verify_setup setup = {
        .birth_id = answer->province.opened.birth_id,
        .lineage = th_bytes_of(province->lineage),
        .reg = province->reg,
        .catalogue = province->catalogue,
        .root = province->root,
        .person_scope = province->rules.person_scope,
    };
    return past_count(reading->past, &setup, needs, answer->lines);
}
