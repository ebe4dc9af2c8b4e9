// query_public.c - answers for the public: from the newest edition, and nothing that could tell of
// persons
//
// What is not about persons is read from the version that the newest edition shows, as any earlier
// version is (query_past.c); what is, from the editions themselves (query_public_people.c).

#include "workers/query_public.h"

#include <string.h>

#include "workers/edition_spec.h"

enum { ROWS_MAX = 1000000 };

bool query_is_public(const struct reading *reading)
{
    return reading->answer->to.public_only || answer_is_public(reading->query);
}

// ---- what the public may not ask ----

static const char *word_of(enum th_ask ask)
{
    switch (ask) {
    case TH_ASK_TOTALS:
    case TH_ASK_STATE:
    case TH_ASK_BUNDLE:
        return NULL;
    case TH_ASK_SNAPSHOT:
        return "snapshot";
    case TH_ASK_VERIFY:
        return "verify";
    case TH_ASK_DIFF:
        return "diff";
    case TH_ASK_FORMS:
        return "forms";
    case TH_ASK_PERSON:
        return "person";
    case TH_ASK_CHANGES:
        return "changes";
    case TH_ASK_EDITIONS:
        return "editions";
    case TH_ASK_PUBLISH:
        return "publish";
    }
    return "?";
}

static enum th_err refuse(struct reading *reading, const char *what)
{
    answer_refuse(reading->answer, TH_M_NOT_PUBLIC, th_bytes_of(what));
    return TH_E_REFUSED;
}

static enum th_err check_question(struct reading *reading)
{
    static const char *const OF_RECORDS[] = {"job_group", "leader", "managed_by"};
    const struct th_query *query = reading->query;
    const char *word = word_of(query->ask);
    if (word != NULL) {
        return refuse(reading, word);
    }
    if (query->structure.size > 0) {
        return refuse(reading, "structure");
    }
    if (query->known_at.size > 0 && query->ask != TH_ASK_BUNDLE) {
        return refuse(reading, "as-known-at");
    }
    for (size_t i = 0; i < query->by_count; i++) {
        for (size_t k = 0; k < TH_COUNT(OF_RECORDS); k++) {
            if (th_bytes_equal(query->by[i], th_bytes_of(OF_RECORDS[k]))) {
                return refuse(reading, OF_RECORDS[k]);
            }
        }
    }
    return TH_OK;
}

// ---- totals ----

static enum edition_class class_of(const struct reading *reading, struct th_bytes code)
{
    struct th_measure measure;
    const struct th_catalogue *catalogue = reading->answer->province.province->catalogue;
    return th_catalogue_measure(catalogue, code, &measure) == TH_OK
               ? edition_class_of(catalogue, &measure)
               : EDITION_NEVER;
}

static enum th_err
take_total(struct reading *reading, const struct figure_key *at, const struct th_cell *cell)
{
    char period[TH_PERIOD_TEXT_BYTES];
    const enum edition_class class = class_of(reading, at->measure);
    if (class != EDITION_OPEN && class != EDITION_HIDDEN) {
        return TH_OK;
    }
    return th_lines_set(reading->answer->lines,
                        at->measure,
                        th_bytes_of(th_period_text(at->period, period)),
                        at->uid,
                        at->dims,
                        cell);
}

static enum th_err feed_people(struct reading *reading, const struct public_lines *people)
{
    for (size_t i = 0; i < people->count; i++) {
        const struct public_line *line = &people->items[i];
        char period[TH_PERIOD_TEXT_BYTES];
        const struct th_cell cell = {
            .value = line->hidden ? 0 : line->value,
            .of = line->hidden ? 0 : line->of,
            .exact = 1,
            .with_of = line->has_of ? 1 : 0,
            .reported = line->reported,
        };
        TH_TRY(th_lines_set(reading->answer->lines,
                            line->measure,
                            th_bytes_of(th_period_text(line->period, period)),
                            line->uid,
                            line->dims,
                            &cell));
    }
    return TH_OK;
}

// Numbers are taken off what is hidden; all that is hidden looks alike.
static void hide(struct th_line *line)
{
    line->hidden = true;
    line->cell.value = line->cell.of = line->cell.before = line->cell.after = (struct th_opt){0};
    line->cell.not_applicable = false;
    line->cell.qualifier = TH_QUALIFIER_NONE;
    line->cell.contributions = 1;
    line->cell.with_of = line->cell.with_levels = 0;
}

static bool finish_people(const struct reading *reading,
                          const struct public_lines *people,
                          int64_t edition_ms,
                          struct th_line *line)
{
    struct public_line wanted = {
        .measure = line->measure, .dims = line->cell.dims, .uid = line->cell.uid};
    (void)reading;
    if (th_period_parse(line->period, &wanted.period) != TH_OK) {
        return false;
    }
    const struct public_line *found = public_line_of(people, &wanted);
    if (found == NULL) {
        return line->cell.contributions == 0; // not reported
    }
    if (!found->covered) {
        line->cell.reported = 0;
        line->cell.expected = (struct th_opt){0};
    }
    line->edition_ms = found->edition_ms != edition_ms ? found->edition_ms : 0;
    if (found->hidden) {
        line->edition_ms = 0;
        hide(line);
    }
    return true;
}

// False: there is no such line.
static bool finish_line(const struct reading *reading,
                        const struct public_lines *people,
                        int64_t edition_ms,
                        struct th_line *line)
{
    switch (class_of(reading, line->measure)) {
    case EDITION_OPEN:
        return true;
    case EDITION_PEOPLE:
        return finish_people(reading, people, edition_ms, line);
    case EDITION_HIDDEN:
        if (line->cell.contributions > 0) {
            hide(line);
        }
        return true;
    case EDITION_NEVER:
        return false;
    }
    th_unreachable();
}

static enum th_err
finish(struct reading *reading, const struct public_lines *people, int64_t edition_ms)
{
    struct answer *answer = reading->answer;
    const struct th_line *list = NULL;
    size_t count = 0;
    TH_TRY(th_lines_list(answer->lines, ROWS_MAX, &list, &count));
    answer->line_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct th_line line = list[i];
        if (!finish_line(reading, people, edition_ms, &line)) {
            continue;
        }
        void *items = answer->own_list;
        TH_TRY(answer_room(
            answer, &items, answer->line_count, &answer->line_max, sizeof(struct th_line)));
        answer->own_list = items;
        answer->own_list[answer->line_count++] = line;
    }
    answer->list = answer->own_list;
    return TH_OK;
}

static enum th_err totals(struct reading *reading, struct th_store now, int64_t edition_ms)
{
    bool known = false;
    TH_SCOPED(public_lines_free) struct public_lines people = {0};
    TH_TRY(query_make_lines(reading, &known));
    if (!known) {
        return TH_OK;
    }
    TH_TRY(query_count(reading));
    TH_TRY(query_each_total(reading, take_total));
    TH_TRY(public_lines_read(reading, now, &people));
    TH_TRY(feed_people(reading, &people));
    return finish(reading, &people, edition_ms);
}

// ---- the edition ----

// The version to read, which is the newest edition's; of a bundle an earlier one may be named.
static enum th_err
version_of(struct reading *reading, const struct edition_head *head, uint64_t *at)
{
    uint64_t version = head->version;
    if (reading->query->ask == TH_ASK_BUNDLE && reading->query->known_at.size > 0) {
        TH_TRY(query_version(reading, reading->query->known_at, &version));
    }
    *at = version < head->version ? version : head->version;
    return TH_OK;
}

enum th_err query_public(struct reading *reading)
{
    struct th_answer *answer = &reading->answer->head;
    const struct th_store now = reading->store;
    struct edition_head head = {.number = 0};
    uint64_t version = 0;
    answer->beat = 0;
    TH_TRY(check_question(reading));
    const enum th_err err = edition_newest(now, &reading->check, &head);
    if (err != TH_E_NOT_FOUND) {
        TH_TRY(err);
    }
    answer->edition_ms = (struct th_opt){.has = true, .value = head.moment_ms};
    TH_TRY(version_of(reading, &head, &version));
    TH_TRY(query_read_version(reading));
    if (answer->version != version) {
        TH_TRY(query_go_to(reading, version));
        answer->version = 0;
        TH_TRY(query_read_version(reading));
    }
    if (reading->query->ask == TH_ASK_BUNDLE) {
        query_bundle(reading->answer);
    }
    // Of the state the public gets version and edition, no counts.
    return reading->query->ask == TH_ASK_TOTALS ? totals(reading, now, head.moment_ms) : TH_OK;
}
