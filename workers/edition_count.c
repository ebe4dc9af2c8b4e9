// edition_count.c - see edition_count.h

#include "workers/edition_count.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "workers/record.h"
#include "workers/totals.h"

enum { MARKS = TH_SUPPRESS_MARKS, SKIP_BYTES = KEY_BYTES_MAX + 1 };

static const struct th_bytes EV01 = {.data = "EV01", .size = 4};

// ---- which tables there are ----

static int compare_named(const void *a, const void *b)
{
    const struct edition_named *one = a;
    const struct edition_named *other = b;
    uint8_t keys[2][TH_PERIOD_KEY_BYTES];
    const int order = th_bytes_compare((struct th_bytes){one->text, one->size},
                                       (struct th_bytes){other->text, other->size});
    th_period_pack(one->period, keys[0]);
    th_period_pack(other->period, keys[1]);
    return order != 0 ? order : memcmp(keys[0], keys[1], sizeof(keys[0]));
}

static bool is_known(const struct edition_names *names, const struct edition_named *named)
{
    bool known = false;
    for (size_t i = names->count; i-- > 0 && !known;) { // units have the same ones
        known = compare_named(&names->items[i], named) == 0;
    }
    return known;
}

static enum th_err
add_name(struct edition_names *names, struct th_bytes name, struct th_period period)
{
    struct edition_named named = {.size = name.size, .period = period};
    if (name.size > sizeof(named.text)) {
        return TH_E_CORRUPT;
    }
    memcpy(named.text, name.data, name.size);
    if (is_known(names, &named)) {
        return TH_OK;
    }
    if (names->count == EDITION_TABLES_MAX) {
        return TH_E_TOO_LARGE;
    }
    if (names->count == names->room) {
        const size_t room = names->room == 0 ? 64 : 2 * names->room;
        struct edition_named *items = reallocarray(names->items, room, sizeof(*items));
        if (items == NULL) {
            return TH_E_NO_MEMORY;
        }
        names->items = items;
        names->room = room;
    }
    names->items[names->count++] = named;
    return TH_OK;
}

// The first entry behind all that begin with prefix.
static enum th_err skip(struct th_store store,
                        enum table table,
                        const struct key *prefix,
                        struct th_bytes *key,
                        struct th_bytes *value)
{
    uint8_t bytes[SKIP_BYTES];
    memcpy(bytes, prefix->bytes, prefix->size);
    bytes[prefix->size] = 0xff; // texts are UTF-8 and numbers of units small
    return th_store_seek(store, table, (struct th_bytes){bytes, prefix->size + 1}, key, value);
}

static enum th_err name_evaluations(struct th_store store, struct edition_names *names)
{
    struct th_bytes key;
    struct th_bytes value;
    char text[EDITION_NAME_MAX];
    enum th_err err = th_store_seek(store, TABLE_EVALUATION, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct record_key at;
        TH_TRY(key_read_record(key, &at));
        TH_TRY(add_name(names, edition_name_of(EV01, at.scheme, text), at.period));
        const struct key prefix =
            key_of_record(at.uid, at.period, at.scheme, (struct th_bytes){0}, NULL);
        err = skip(store, TABLE_EVALUATION, &prefix, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// Figures of another scheme are a table of their own, where lines are added up at all.
static struct th_bytes name_of_figure(const struct figure_key *at,
                                      const struct th_measure *measure,
                                      char out[static EDITION_NAME_MAX])
{
    const bool adds = measure->marginal == TH_MARGINAL_SUM;
    const struct th_bytes scheme =
        adds ? th_dims_member(at->dims, TH_BYTES("scheme")) : (struct th_bytes){0};
    return edition_name_of(at->measure, scheme, out);
}

static enum th_err name_figures(struct th_store store,
                                const struct th_catalogue *catalogue,
                                struct edition_names *names)
{
    struct th_bytes key;
    struct th_bytes value;
    char text[EDITION_NAME_MAX];
    enum th_err err = th_store_seek(store, TABLE_STAFFING, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct figure_key at;
        struct th_measure measure;
        TH_TRY(key_read_figure(key, &at));
        if (th_catalogue_measure(catalogue, at.measure, &measure) == TH_OK &&
            edition_class_of(catalogue, &measure) == EDITION_PEOPLE) {
            TH_TRY(add_name(names, name_of_figure(&at, &measure, text), at.period));
            err = th_store_next(store, TABLE_STAFFING, key, &key, &value);
        } else {
            const struct key prefix = key_of_figures(at.uid, at.period, at.measure);
            err = skip(store, TABLE_STAFFING, &prefix, &key, &value);
        }
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err edition_names_stored(struct th_store store, struct edition_names *names)
{
    const struct key heads = key_of_edition_head(UINT32_MAX);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_EDITION, key_view(&heads), &key, &value);
    while (err == TH_OK) {
        struct edition_key at;
        TH_TRY(key_read_edition(key, &at));
        TH_TRY(add_name(names, at.table, at.period));
        const struct key prefix = key_of_editions(at.table, at.period);
        err = skip(store, TABLE_EDITION, &prefix, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err edition_names_read(const struct edition_counting *counting, struct edition_names *names)
{
    TH_TRY(name_evaluations(counting->store, names));
    TH_TRY(name_figures(counting->store, counting->catalogue, names));
    TH_TRY(edition_names_stored(counting->store, names));
    if (names->count > 0) {
        qsort(names->items, names->count, sizeof(*names->items), compare_named);
    }
    return TH_OK;
}

void edition_names_free(struct edition_names *names)
{
    free(names->items);
    *names = (struct edition_names){0};
}

// ---- people ----

void edition_people_free(struct edition_people *people)
{
    free(people->uids);
    free(people->people);
    free(people->marks);
    *people = (struct edition_people){0};
}

static enum th_err make_room(struct edition_people *people)
{
    if (people->count < people->room) {
        return TH_OK;
    }
    const size_t room = people->room == 0 ? 64 : 2 * people->room;
    const size_t kinds = people->groups->kind_count;
    const size_t marks = (size_t)people->groups->sum_count * MARKS + 1;
    uint32_t *uids = reallocarray(people->uids, room, sizeof(*uids));
    people->uids = uids == NULL ? people->uids : uids;
    int64_t *numbers = reallocarray(people->people, room, kinds * sizeof(*numbers));
    people->people = numbers == NULL ? people->people : numbers;
    uint16_t *marked = reallocarray(people->marks, room, marks * sizeof(*marked));
    people->marks = marked == NULL ? people->marks : marked;
    if (uids == NULL || numbers == NULL || marked == NULL) {
        return TH_E_NO_MEMORY;
    }
    people->room = room;
    return TH_OK;
}

// The unit at work, begun with its first person.
static enum th_err unit_of(struct edition_people *people, uint32_t uid)
{
    if (people->count > 0 && people->uids[people->count - 1] == uid) {
        return TH_OK;
    }
    TH_TRY(make_room(people));
    const size_t kinds = people->groups->kind_count;
    const size_t marks = (size_t)people->groups->sum_count * MARKS;
    memset(people->people + people->count * kinds, 0, kinds * sizeof(*people->people));
    if (marks > 0) {
        memset(people->marks + people->count * marks, 0, marks * sizeof(*people->marks));
    }
    people->uids[people->count++] = uid;
    return TH_OK;
}

static enum th_err add(struct edition_people *people, uint32_t uid, uint32_t kind, int64_t number)
{
    if (kind >= people->groups->kind_count || number < 0) {
        people->plain = false;
        return TH_OK;
    }
    TH_TRY(unit_of(people, uid));
    int64_t *at = people->people + (people->count - 1) * people->groups->kind_count + kind;
    people->plain = people->plain && !__builtin_add_overflow(*at, number, at);
    return TH_OK;
}

static enum th_err
take_person(struct edition_people *people, const struct record_key *at, const struct record *record)
{
    const struct public_groups *groups = people->groups;
    const char digit = (char)('0' + (record->rating.has ? record->rating.value : 0));
    const uint8_t category = public_member(&groups->spec.category, at->category);
    const uint8_t level = public_member(&groups->spec.level, (struct th_bytes){&digit, 1});
    uint8_t state = PUBLIC_UNSCORED;
    if (groups->spec.scored && record->score.has) {
        state = record->below_band ? (uint8_t)(PUBLIC_BELOW + record->reason - 1)
                                   : (uint8_t)PUBLIC_SCORED;
    }
    TH_TRY(add(people, at->uid, public_kind_find(groups, category, level, state), 1));
    if (state == PUBLIC_UNSCORED || !people->plain) {
        return TH_OK;
    }
    const uint32_t sum = public_sum_find(groups, category);
    TH_TRY(add(people, at->uid, sum, record->score.value));
    if (people->plain) {
        const size_t first = groups->kind_count - groups->sum_count;
        uint16_t *marks =
            people->marks + ((people->count - 1) * groups->sum_count + (sum - first)) * MARKS;
        th_suppress_mark(marks, th_get_u64(at->person), record->score.value);
    }
    return TH_OK;
}

static enum th_err count_evaluations(const struct edition_counting *counting,
                                     const struct edition_named *named,
                                     uint32_t uid,
                                     struct edition_people *people)
{
    const struct edition_name name =
        edition_name_parse((struct th_bytes){named->text, named->size});
    const struct key prefix =
        key_of_record(uid, named->period, name.scheme, (struct th_bytes){0}, NULL);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err =
        th_store_seek(counting->store, TABLE_EVALUATION, key_view(&prefix), &key, &value);
    while (err == TH_OK && th_bytes_begins(key, key_view(&prefix))) {
        struct record_key at;
        struct record record;
        TH_TRY(key_read_record(key, &at));
        TH_TRY(th_check_open(counting->check, TABLE_EVALUATION, key, &value));
        TH_TRY(record_read(TABLE_EVALUATION, value, &record));
        if (record.live && record.collective_kind == TH_COLLECTIVE_NONE) {
            TH_TRY(take_person(people, &at, &record));
        }
        err = th_store_next(counting->store, TABLE_EVALUATION, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err take_figure(struct edition_people *people,
                               const struct figure_key *at,
                               const struct th_figure *figure)
{
    const struct public_groups *groups = people->groups;
    const struct public_spec *spec = &groups->spec;
    if (figure->qualifier != TH_QUALIFIER_EXACT || figure->not_applicable) {
        people->plain = false;
        return TH_OK;
    }
    const uint8_t category =
        public_member(&spec->category, th_dims_member(at->dims, TH_BYTES("category")));
    const uint8_t level = public_member(&spec->level, th_dims_member(at->dims, TH_BYTES("rating")));
    return add(
        people, at->uid, public_kind_find(groups, category, level, PUBLIC_UNSCORED), figure->value);
}

// Is it part of the table? Of a whole that is reported the breakdown is not.
static bool is_part(const struct edition_people *people,
                    const struct edition_name *name,
                    const struct figure_key *at)
{
    return people->adds ? th_bytes_equal(th_dims_member(at->dims, TH_BYTES("scheme")), name->scheme)
                        : at->dims.size == 0;
}

static enum th_err count_figures(const struct edition_counting *counting,
                                 const struct edition_named *named,
                                 uint32_t uid,
                                 struct edition_people *people)
{
    const struct edition_name name =
        edition_name_parse((struct th_bytes){named->text, named->size});
    const struct key prefix = key_of_figures(uid, named->period, name.measure);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err =
        th_store_seek(counting->store, TABLE_STAFFING, key_view(&prefix), &key, &value);
    while (err == TH_OK && th_bytes_begins(key, key_view(&prefix))) {
        struct figure_key at;
        struct record record;
        TH_TRY(key_read_figure(key, &at));
        TH_TRY(th_check_open(counting->check, TABLE_STAFFING, key, &value));
        TH_TRY(record_read(TABLE_STAFFING, value, &record));
        if (record.live && is_part(people, &name, &at)) {
            TH_TRY(take_figure(people, &at, &record.figure));
        }
        err = th_store_next(counting->store, TABLE_STAFFING, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err edition_people_count(const struct edition_counting *counting,
                                 const struct public_groups *groups,
                                 const struct edition_named *named,
                                 struct edition_people *people)
{
    const struct edition_name name =
        edition_name_parse((struct th_bytes){named->text, named->size});
    const bool evaluations = th_bytes_equal(name.measure, EV01);
    struct th_measure measure;
    TH_TRY(th_catalogue_measure(counting->catalogue, name.measure, &measure));
    people->groups = groups;
    people->plain = true;
    people->adds = measure.marginal == TH_MARGINAL_SUM;
    for (uint32_t uid = 1; uid <= counting->units; uid++) {
        TH_TRY(evaluations ? count_evaluations(counting, named, uid, people)
                           : count_figures(counting, named, uid, people));
    }
    return TH_OK;
}
