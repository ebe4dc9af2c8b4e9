// query_answer.c - what is asked, read from one version; see query_answer.h

#include <stdio.h>
#include <string.h>

#include "tonghop/clock.h"

#include "workers/halt.h"
#include "workers/judge.h"
#include "workers/query_body.h"
#include "workers/verify.h"

enum { ROWS_MAX = 1000000 };

enum th_err query_read_version(struct reading *reading)
{
    const bool totals = reading->query->ask == TH_ASK_TOTALS;
    const struct th_province *province = reading->answer->province.province;
    struct th_answer *head = &reading->answer->head;
    struct th_bytes key;
    struct th_bytes value;
    struct ledger_key at;
    struct ledger_head newest = {.wall_ms = 0};
    head->has_bundle = true;
    memcpy(head->bundle_digest, province->digest, sizeof(head->bundle_digest));
    const enum th_err err =
        th_store_prev(reading->store, TABLE_LEDGER, (struct th_bytes){0}, &key, &value);
    if (err != TH_E_NOT_FOUND) {
        TH_TRY(err);
        TH_TRY(key_read_ledger(key, &at));
        TH_TRY(th_check_open(&reading->check, TABLE_LEDGER, key, &value));
        TH_TRY(ledger_read_head(value, &newest));
        head->version = at.version;
    }
    if (totals) {
        head->wall_ms = newest.wall_ms; // a version has the same answer whenever it is asked for
    }
    return TH_OK;
}

static enum th_err read_counts(struct reading *reading)
{
    struct th_answer *head = &reading->answer->head;
    uint64_t figures = 0;
    uint64_t transfers = 0;
    TH_TRY(th_store_count(reading->store, TABLE_EVALUATION, &head->records));
    TH_TRY(th_store_count(reading->store, TABLE_STAFFING, &figures));
    TH_TRY(th_store_count(reading->store, TABLE_TRANSFER, &transfers));
    head->records += figures + transfers;
    TH_TRY(th_store_count(reading->store, TABLE_TOTAL, &head->totals));
    return th_store_count(reading->store, TABLE_NODE, &head->nodes);
}

// Totals come topic by topic; a topic that is not wanted is stepped over as a whole.
enum th_err query_each_total(struct reading *reading, query_take_total *take)
{
    const struct th_lines *lines = reading->answer->lines;
    struct th_bytes key;
    struct th_bytes value;
    struct key topic = {.size = 0};
    enum th_err err =
        th_store_seek(reading->store, TABLE_TOTAL, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct figure_key at;
        struct th_cell cell;
        uint64_t seq = 0;
        TH_TRY(key_read_total(key, &at));
        if (topic.size == 0 || !th_bytes_begins(key, key_view(&topic))) {
            char period[TH_PERIOD_TEXT_BYTES];
            topic = key_of_topic(at.measure, at.period);
            if (!th_lines_needs(
                    lines, at.measure, th_bytes_of(th_period_text(at.period, period)))) {
                const struct key behind = key_of_totals(at.measure, at.period, UINT32_MAX);
                err = th_store_seek(reading->store, TABLE_TOTAL, key_view(&behind), &key, &value);
                topic.size = 0;
                continue;
            }
        }
        TH_TRY(th_check_open(&reading->check, TABLE_TOTAL, key, &value));
        TH_TRY(totals_read_cell(value, &cell, &seq));
        TH_TRY(take(reading, &at, &cell));
        err = th_store_next(reading->store, TABLE_TOTAL, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err
take_line(struct reading *reading, const struct figure_key *at, const struct th_cell *cell)
{
    if (th_lines_ask_records(reading->answer->lines) &&
        th_bytes_equal(at->measure, TH_BYTES("EV01"))) {
        return TH_OK; // people come one by one
    }
    char period[TH_PERIOD_TEXT_BYTES];
    return th_lines_set(reading->answer->lines,
                        at->measure,
                        th_bytes_of(th_period_text(at->period, period)),
                        at->uid,
                        at->dims,
                        cell);
}

static enum th_err
take_cell(struct reading *reading, const struct figure_key *at, const struct th_cell *cell)
{
    struct answer *answer = reading->answer;
    const struct th_province *province = answer->province.province;
    struct th_measure measure;
    if (th_catalogue_measure(province->catalogue, at->measure, &measure) != TH_OK) {
        return TH_E_CORRUPT;
    }
    char period[TH_PERIOD_TEXT_BYTES];
    char label[TH_UNIT_REF_MAX + 1];
    const enum covering covering = totals_covering(&measure);
    const struct th_form *form = covering == COVER_EVALUATION
                                     ? th_catalogue_evaluation_form(province->catalogue, at->period)
                                     : measure.form;
    struct standing_at standing = {
        .uid = at->uid,
        .expected = {.has = covering != COVER_NONE},
        .baseline = measure.shape == TH_SHAPE_TARGET,
    };
    if (standing.expected.has) {
        standing.expected.value =
            th_form_reporters(form,
                              province->reg,
                              province->root,
                              at->uid,
                              th_register_structure_day(province->reg, at->uid, at->period));
    }
    void *list = answer->own_list;
    TH_TRY(
        answer_room(answer, &list, answer->line_count, &answer->line_max, sizeof(struct th_line)));
    answer->own_list = list;
    struct th_line *line = &answer->own_list[answer->line_count];
    *line = (struct th_line){.decimals = measure.decimals};
    th_register_label(province->reg, at->uid, at->period, label);
    TH_TRY(answer_hold(answer, at->measure, &line->measure));
    TH_TRY(answer_hold(answer, th_bytes_of(th_period_text(at->period, period)), &line->period));
    TH_TRY(answer_hold(answer, th_bytes_of(label), &standing.label));
    TH_TRY(answer_hold(answer, at->dims, &standing.dims));
    line->cell = totals_on_wire(cell, &standing);
    answer->line_count++;
    return TH_OK;
}

static enum th_err read_topics(struct reading *reading)
{
    struct answer *answer = reading->answer;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err =
        th_store_seek(reading->store, TABLE_TOPIC, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct topic_key at;
        char period[TH_PERIOD_TEXT_BYTES];
        TH_TRY(key_read_topic(key, &at));
        if (th_lines_needs(
                answer->lines, at.measure, th_bytes_of(th_period_text(at.period, period)))) {
            void *list = answer->topics;
            TH_TRY(answer_room(answer,
                               &list,
                               answer->topic_count,
                               &answer->topic_max,
                               sizeof(struct th_topic_seq)));
            answer->topics = list;
            struct th_topic_seq *topic = &answer->topics[answer->topic_count];
            TH_TRY(th_check_open(&reading->check, TABLE_TOPIC, key, &value));
            TH_TRY(totals_read_topic(value, &topic->seq));
            TH_TRY(answer_hold(answer, at.measure, &topic->measure));
            TH_TRY(answer_hold(answer, th_bytes_of(period), &topic->period));
            answer->topic_count++;
        }
        err = th_store_next(reading->store, TABLE_TOPIC, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err query_make_lines(struct reading *reading, bool *known)
{
    struct answer *answer = reading->answer;
    const struct th_province *province = answer->province.province;
    struct th_bytes unknown = {0};
    const enum th_err err = th_lines_make(reading->query,
                                          province->reg,
                                          province->root,
                                          province->catalogue,
                                          &unknown,
                                          &answer->lines);
    *known = err == TH_OK;
    if (err == TH_E_NOT_FOUND || err == TH_E_INVALID) {
        answer_refuse(answer, TH_M_UNKNOWN_WORD, unknown);
        return TH_OK;
    }
    return err;
}

enum th_err query_totals(struct reading *reading)
{
    bool known = false;
    struct answer *answer = reading->answer;
    TH_TRY(query_make_lines(reading, &known));
    if (!known) {
        return TH_OK;
    }
    TH_TRY(query_count(reading));
    TH_TRY(query_each_total(reading, take_line));
    if (th_lines_ask_records(answer->lines)) {
        TH_TRY(query_people(reading));
    }
    TH_TRY(query_transfers(reading));
    return th_lines_list(answer->lines, ROWS_MAX, &answer->list, &answer->line_count);
}

static enum th_err ask_totals(struct reading *reading)
{
    return reading->query->structure.size > 0 ? answer_structure(reading) : query_totals(reading);
}

static enum th_err ask_snapshot(struct reading *reading)
{
    bool known = false;
    struct answer *answer = reading->answer;
    TH_TRY(query_make_lines(reading, &known));
    if (!known) {
        return TH_OK;
    }
    TH_TRY(read_topics(reading));
    const enum th_err err = query_each_total(reading, take_cell);
    answer->list = answer->own_list;
    return err;
}

static void take_finding(void *self, const struct verify_finding *finding)
{
    struct reading *reading = self;
    struct answer *answer = reading->answer;
    const struct th_province *province = answer->province.province;
    const struct verify_setup setup = {.reg = province->reg, .catalogue = province->catalogue};
    char text[VERIFY_TEXT_BYTES];
    void *list = answer->findings;
    if (answer_room(
            answer, &list, answer->finding_count, &answer->finding_max, sizeof(struct th_bytes)) !=
        TH_OK) {
        return; // the count of findings says that there are more
    }
    answer->findings = list;
    const bool vi = th_bytes_equal(reading->query->lang, TH_BYTES("vi"));
    const size_t size =
        verify_text(&setup, finding, vi ? TH_LANG_VI : TH_LANG_EN, text, sizeof(text));
    if (answer_hold(answer,
                    (struct th_bytes){.data = text, .size = size},
                    &answer->findings[answer->finding_count]) == TH_OK) {
        answer->finding_count++;
    }
}

static enum th_err ask_verify(struct reading *reading)
{
    struct answer *answer = reading->answer;
    const struct th_province *province = answer->province.province;
    enum verify_level level = VERIFY_QUICK;
    struct verify_result result;
    if (reading->query->verify_level.size > 0 &&
        verify_level_parse(reading->query->verify_level, &level) != TH_OK) {
        answer_refuse(answer, TH_M_UNKNOWN_WORD, reading->query->verify_level);
        return TH_OK;
    }
    const struct verify_setup setup = {
        .store = reading->store,
        .birth_id = answer->province.opened.birth_id,
        .lineage = th_bytes_of(province->lineage),
        .reg = province->reg,
        .catalogue = province->catalogue,
        .root = province->root,
        .person_scope = province->rules.person_scope,
    };
    TH_TRY(verify_run(&setup, level, take_finding, reading, &result));
    answer->head.records = result.records;
    answer->head.totals = result.totals;
    answer->head.nodes = result.nodes;
    return TH_OK;
}

void query_bundle(struct answer *answer)
{
    const struct th_province *province = answer->province.province;
    answer->bundle = (struct th_bytes){province->bundle, province->bundle_size};
    answer->head.bundle_bytes = province->bundle_size;
}

static enum th_err read_all(struct reading *reading)
{
    TH_TRY(query_read_version(reading));
    switch (reading->query->ask) {
    case TH_ASK_TOTALS:
        return ask_totals(reading);
    case TH_ASK_SNAPSHOT:
        return ask_snapshot(reading);
    case TH_ASK_STATE:
        return read_counts(reading);
    case TH_ASK_VERIFY:
        return ask_verify(reading);
    case TH_ASK_BUNDLE:
        query_bundle(reading->answer);
        return TH_OK;
    case TH_ASK_FORMS:
        return query_forms(reading);
    case TH_ASK_PERSON:
        return query_person(reading);
    case TH_ASK_CHANGES:
        return answer_changes(reading);
    case TH_ASK_DIFF:
        return answer_diff(reading);
    case TH_ASK_EDITIONS:
    case TH_ASK_PUBLISH:
        return query_editions(reading);
    }
    answer_refuse(reading->answer, TH_M_UNKNOWN_WORD, (struct th_bytes){0});
    return TH_OK;
}

static void refuse_large(struct answer *answer)
{
    enum { MEBIBYTE = 1024 * 1024 };
    char limit[32];
    const bool whole = answer->bytes_max % MEBIBYTE == 0;
    (void)snprintf(limit,
                   sizeof(limit),
                   "%zu %s",
                   whole ? answer->bytes_max / MEBIBYTE : answer->bytes_max,
                   whole ? "MiB" : "B");
    answer_refuse(answer, TH_M_ANSWER_TOO_LARGE, th_bytes_of(limit));
    answer->line_count = answer->topic_count = answer->month_count = answer->form_count = 0;
    answer->change_count = 0;
}

static enum th_err read_then_or_now(struct reading *reading)
{
    if (query_is_public(reading)) {
        return query_public(reading);
    }
    const enum th_err err = query_go_back(reading);
    return err == TH_OK ? read_all(reading) : err;
}

bool answer_is_public(const struct th_query *query)
{
    return th_bytes_equal(query->audience, TH_BYTES("public"));
}

bool answer_is_long(const struct th_query *query)
{
    return query->ask == TH_ASK_VERIFY || query->ask == TH_ASK_CHANGES ||
           query->ask == TH_ASK_DIFF || query->ask == TH_ASK_PUBLISH || query->known_at.size > 0 ||
           query->structure.size > 0;
}

// Between the commit of another register and the end of this worker's round the store knows more
// than we do: whoever asks comes again.
static enum th_err read_with_our_register(struct reading *reading)
{
    struct identity stored;
    TH_TRY(open_read_identity(reading->store, &stored));
    const struct query_province *province = &reading->answer->province;
    if (memcmp(stored.register_digest, province->register_digest, sizeof(stored.register_digest)) !=
        0) {
        answer_refuse(reading->answer, TH_M_LINE_BUSY, (struct th_bytes){0});
        return TH_E_REFUSED;
    }
    return read_then_or_now(reading);
}

enum th_err answer_build(struct answer *answer, const struct th_query *query)
{
    const uint64_t begun_ms = th_now_ms();
    const struct query_province *province = &answer->province;
    answer->head.store_id = province->opened.store_id;
    answer->head.wall_ms = th_wall_ms();
    answer->head.beat = province->writer == NULL ? 0 : writer_beat(province->writer); // Q2

    if (query->ask == TH_ASK_PUBLISH && !query_publish(answer, query->anew)) {
        return TH_OK;
    }
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(province->disk, &txn));
    struct halted_store halted;
    const struct th_store disk = th_disk_store(&txn);
    struct reading reading = {
        .answer = answer,
        .query = query,
        .now_ms = answer->head.wall_ms,
        .store = answer->halt == NULL ? disk : halt_store(&halted, disk, answer->halt),
        .check = open_check(province->opened.birth_id),
    };
    const enum th_err err = read_with_our_register(&reading);
    past_close(&reading.past);
    if (err == TH_E_TOO_LARGE) {
        refuse_large(answer);
    } else if (err == TH_E_INVALID) {
        answer_refuse(
            answer, TH_V_OVERFLOW, (struct th_bytes){0}); // a line that adds up several keys
        answer->line_count = 0;
    } else if (err != TH_E_REFUSED) {
        TH_TRY(err);
    }
    answer->head.milliseconds = query_is_public(&reading) ? 0 : th_now_ms() - begun_ms;
    return TH_OK;
}
