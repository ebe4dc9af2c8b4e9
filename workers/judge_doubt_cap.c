// judge_doubt_cap.c - V15: more people in the highest level than the scheme's cap allows
//
// The people of the group are counted where they are: no tally is kept that could go wrong.

#include "workers/judge_body.h"

enum { PEOPLE_MAX = 65536 }; // of one unit, period and scheme

// People of a group by level; *known is false when they are too many to count here.
static enum th_err count_people(struct judge *judge,
                                const struct item *item,
                                struct th_bytes job_group,
                                uint64_t counts[static TH_LEVELS_MAX],
                                bool *known)
{
    const struct th_judged *judged = &item->judged;
    const struct th_scheme *scheme = judged->scheme;
    const struct key prefix =
        key_of_record(judged->uid, judged->period, scheme->code, (struct th_bytes){0}, NULL);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err =
        th_store_seek(judge->setup.store, TABLE_EVALUATION, key_view(&prefix), &key, &value);
    *known = true;
    for (size_t seen = 0; err == TH_OK && th_bytes_begins(key, key_view(&prefix)); seen++) {
        struct record_key at;
        struct record record;
        if (seen == PEOPLE_MAX) {
            *known = false;
            return TH_OK;
        }
        TH_TRY(th_check_open(&judge->check, TABLE_EVALUATION, key, &value));
        TH_TRY(key_read_record(key, &at));
        TH_TRY(record_read(TABLE_EVALUATION, value, &record));
        if (record.live && !totals_is_collective(at.category) &&
            (!scheme->cap.by_job_group || th_bytes_equal(record.job_group, job_group))) {
            const int64_t rating = record.rating.has ? record.rating.value : 0;
            counts[rating >= 0 && rating < TH_LEVELS_MAX ? rating : 0]++;
        }
        err = th_store_next(judge->setup.store, TABLE_EVALUATION, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// A cell or a mass organisation is a part of its unit; the others may be the unit itself.
static bool is_unit(uint32_t kind)
{
    return kind == TH_COLLECTIVE_PARTY_ORG || kind == TH_COLLECTIVE_GOVERNMENT ||
           kind == TH_COLLECTIVE_AGENCY;
}

static enum th_err find_outstanding(struct judge *judge,
                                    const struct item *item,
                                    struct th_bytes scheme,
                                    bool *outstanding)
{
    const struct th_judged *judged = &item->judged;
    const struct key prefix =
        key_of_record(judged->uid, judged->period, scheme, TH_BYTES("collective"), NULL);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err =
        th_store_seek(judge->setup.store, TABLE_EVALUATION, key_view(&prefix), &key, &value);
    for (size_t seen = 0; err == TH_OK && seen < PEOPLE_MAX && !*outstanding &&
                          th_bytes_begins(key, key_view(&prefix));
         seen++) {
        struct record record;
        TH_TRY(th_check_open(&judge->check, TABLE_EVALUATION, key, &value));
        TH_TRY(record_read(TABLE_EVALUATION, value, &record));
        *outstanding = record.live && is_unit(record.collective_kind) && record.rating.has &&
                       record.rating.value == judged->scheme->cap.rating;
        err = th_store_next(judge->setup.store, TABLE_EVALUATION, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// Is a collective that may be the unit itself rated as the cap rates? Under any scheme; the same is
// asked where the room under a cap is shown.
static enum th_err is_outstanding(struct judge *judge, const struct item *item, bool *outstanding)
{
    const struct th_catalogue *catalogue = judge->setup.catalogue;
    *outstanding = false;
    for (size_t i = 0; i < th_catalogue_scheme_count(catalogue) && !*outstanding; i++) {
        const struct th_scheme *scheme = th_catalogue_scheme_at(catalogue, i);
        TH_TRY(find_outstanding(judge, item, scheme->code, outstanding));
    }
    return TH_OK;
}

enum th_err judge_doubt_cap(struct judge *judge, struct item *item)
{
    const struct th_judged *judged = &item->judged;
    const struct th_scheme *scheme = judged->scheme;
    const struct th_bytes group =
        scheme->cap.by_job_group ? item->update->evaluation.job_group : (struct th_bytes){0};
    uint64_t counts[TH_LEVELS_MAX] = {0};
    uint64_t allowed = 0;
    bool known = false;
    bool outstanding = false;
    if (scheme->cap.has_outstanding) {
        TH_TRY(is_outstanding(judge, item, &outstanding));
    }
    TH_TRY(count_people(judge, item, group, counts, &known));
    const enum th_period_type type = (enum th_period_type)judged->period.type;
    if (!known || !th_cap_allowed(scheme, type, outstanding, counts, &allowed) ||
        counts[scheme->cap.rating] <= allowed) {
        return TH_OK;
    }
    struct th_verdict verdict;
    char label[TH_UNIT_REF_MAX + 1];
    th_register_label(judge->setup.reg, judged->uid, judged->period, label);
    th_verdict_start(&verdict, TH_V_CAP, 0, "rating");
    th_verdict_add_number(&verdict, (int64_t)counts[scheme->cap.rating], 0);
    th_verdict_add_number(&verdict, (int64_t)allowed, 0);
    th_verdict_add(&verdict, scheme->code);
    th_verdict_add(&verdict, th_bytes_of(label));
    th_verdict_add(&verdict, group);
    return judge_warn(judge, item, &verdict);
}
