// past_version.c - which version is meant: its number, or a day

#include "tonghop/day.h"
#include "tonghop/number.h"

#include "workers/ledger.h"
#include "workers/past.h"

static enum th_err newest(struct th_store store, uint64_t *version)
{
    struct th_bytes key;
    struct th_bytes value;
    struct ledger_key at;
    *version = 0;
    const enum th_err err = th_store_prev(store, TABLE_LEDGER, (struct th_bytes){0}, &key, &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    TH_TRY(key_read_ledger(key, &at));
    *version = at.version;
    return TH_OK;
}

static enum th_err
day_of(struct th_store store, const struct th_check *check, uint64_t version, th_day *day)
{
    const struct key key = key_of_ledger(version, LEDGER_HEAD);
    struct th_bytes value;
    struct ledger_head head;
    TH_TRY(th_check_get(check, store, TABLE_LEDGER, key_view(&key), &value));
    TH_TRY(ledger_read_head(value, &head));
    *day = head.today;
    return TH_OK;
}

// A clock may have gone back. The first commit of a later day closes the day for ever, so that the
// same question keeps its answer.
static enum th_err last_of_day(struct th_store store,
                               const struct th_check *check,
                               th_day day,
                               uint64_t end,
                               uint64_t *version)
{
    uint64_t at = 0;
    while (at < end) {
        th_day next = TH_DAY_NONE;
        const enum th_err err = day_of(store, check, at + 1, &next);
        if (err != TH_OK) {
            return err == TH_E_NOT_FOUND ? TH_E_CORRUPT : err; // versions are dense
        }
        if (next > day) {
            break;
        }
        at++;
    }
    *version = at;
    return TH_OK;
}

enum th_err past_version(struct th_store store,
                         const struct th_check *check,
                         struct th_bytes text,
                         th_day today,
                         uint64_t *version)
{
    uint64_t end = 0;
    int64_t number = 0;
    th_day day = TH_DAY_NONE;
    TH_TRY(newest(store, &end));
    if (th_day_parse(text, &day) == TH_OK) {
        return day > today ? TH_E_NOT_FOUND : last_of_day(store, check, day, end, version);
    }
    if (th_number_parse(text, &number) != TH_OK || number < 0) {
        return TH_E_MALFORMED;
    }
    if ((uint64_t)number > end) {
        return TH_E_NOT_FOUND;
    }
    *version = (uint64_t)number;
    return TH_OK;
}
