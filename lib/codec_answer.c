// codec_answer.c - questions of viewers, their answers in parts, and credit for further parts

#include "lib/codec_internal.h"

enum { QUERY_BYTES_MAX = 64 * 1024, CREDIT_BYTES_MAX = 64 };

// Fields of Query and Answer.
enum { QUERY_UNITS = 3, QUERY_PERIODS = 4, QUERY_MEASURES = 5, QUERY_BY = 6 };
enum {
    ANSWER_LINES = 8,
    ANSWER_TOPICS = 9,
    ANSWER_FINDINGS = 10,
    ANSWER_MISSING = 20,
    ANSWER_MONTHS = 25,
    ANSWER_SOURCES = 26,
};

static const struct codec_kind QUERY = {
    &tonghop__v1__query__descriptor, QUERY_BYTES_MAX, CODEC_TEXT_MAX};
static const struct codec_kind ANSWER = {
    &tonghop__v1__answer__descriptor, TH_FRAME_BYTES_MAX, TH_PART_BYTES_MAX};
static const struct codec_kind CREDIT = {&tonghop__v1__credit__descriptor, CREDIT_BYTES_MAX, 0};

// ---- QUERY ----

static bool is_ask(Tonghop__V1__Ask ask)
{
    return ask == TONGHOP__V1__ASK__TOTALS || ask == TONGHOP__V1__ASK__SNAPSHOT ||
           ask == TONGHOP__V1__ASK__STATE || ask == TONGHOP__V1__ASK__VERIFY ||
           ask == TONGHOP__V1__ASK__BUNDLE || ask == TONGHOP__V1__ASK__DIFF ||
           ask == TONGHOP__V1__ASK__CHANGES || ask == TONGHOP__V1__ASK__FORMS ||
           ask == TONGHOP__V1__ASK__PERSON || ask == TONGHOP__V1__ASK__EDITIONS ||
           ask == TONGHOP__V1__ASK__PUBLISH;
}

static enum th_err read_query_lists(const Tonghop__V1__Query *message,
                                    struct th_arena *arena,
                                    struct th_query *query,
                                    struct th_malformed *why)
{
    query->unit_count = message->n_units;
    query->period_count = message->n_periods;
    query->measure_count = message->n_measures;
    query->by_count = message->n_by;
    TH_TRY(codec_texts(message->units, message->n_units, arena, &query->units, why));
    TH_TRY(codec_texts(message->periods, message->n_periods, arena, &query->periods, why));
    TH_TRY(codec_texts(message->measures, message->n_measures, arena, &query->measures, why));
    return codec_texts(message->by, message->n_by, arena, &query->by, why);
}

enum th_err th_query_read(struct th_bytes bytes,
                          struct th_arena *arena,
                          struct th_query *query,
                          struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Query, message, &QUERY);
    if (!is_ask(message->ask)) {
        return codec_malformed(why, 0, "unknown question");
    }
    struct th_query read = {
        .ask = (enum th_ask)message->ask,
        .lineage = codec_view(message->lineage),
        .level = codec_view(message->level),
        .missing = message->missing,
        .verify_level = codec_view(message->verify_level),
        .lang = codec_view(message->lang),
        .structure = codec_view(message->structure),
        .known_at = codec_view(message->known_at),
        .form = codec_view(message->form),
        .person = codec_view(message->person),
        .scheme = codec_view(message->scheme),
        .known_to = codec_view(message->known_to),
        .limit = message->limit,
        .after_close = message->after_close,
        .audience = codec_view(message->audience),
        .anew = message->anew,
    };
    TH_TRY(codec_lineage(read.lineage, why));
    TH_TRY(codec_text(read.level, why));
    TH_TRY(codec_text(read.verify_level, why));
    TH_TRY(codec_text(read.lang, why));
    TH_TRY(codec_text(read.structure, why));
    TH_TRY(codec_text(read.known_at, why));
    TH_TRY(codec_text(read.form, why));
    TH_TRY(codec_text(read.person, why));
    TH_TRY(codec_text(read.scheme, why));
    TH_TRY(codec_text(read.known_to, why));
    TH_TRY(codec_text(read.audience, why));
    TH_TRY(read_query_lists(message, arena, &read, why));
    *query = read;
    return TH_OK;
}

static void
write_texts(struct th_writer *writer, uint32_t number, const struct th_bytes *texts, size_t count)
{
    for (size_t i = 0; i < count && !writer->overflow; i++) {
        codec_bytes_field(writer, number, texts[i]);
    }
}

void th_query_write(struct th_writer *writer, const struct th_query *query)
{
    codec_check_list(
        writer, query->unit_count + query->period_count + query->measure_count + query->by_count);
    Tonghop__V1__Query head = TONGHOP__V1__QUERY__INIT;
    CODEC_SET(&head, ask, (Tonghop__V1__Ask)query->ask);
    CODEC_SET_BYTES(&head, lineage, query->lineage);
    codec_pack(writer, &head.base);
    write_texts(writer, QUERY_UNITS, query->units, query->unit_count);
    write_texts(writer, QUERY_PERIODS, query->periods, query->period_count);
    write_texts(writer, QUERY_MEASURES, query->measures, query->measure_count);
    write_texts(writer, QUERY_BY, query->by, query->by_count);
    Tonghop__V1__Query tail = TONGHOP__V1__QUERY__INIT;
    CODEC_SET_BYTES(&tail, level, query->level);
    CODEC_SET_NONZERO(&tail, missing, query->missing);
    CODEC_SET_BYTES(&tail, verify_level, query->verify_level);
    CODEC_SET_BYTES(&tail, lang, query->lang);
    CODEC_SET_BYTES(&tail, structure, query->structure);
    CODEC_SET_BYTES(&tail, known_at, query->known_at);
    CODEC_SET_BYTES(&tail, form, query->form);
    CODEC_SET_BYTES(&tail, person, query->person);
    CODEC_SET_BYTES(&tail, scheme, query->scheme);
    CODEC_SET_BYTES(&tail, known_to, query->known_to);
    CODEC_SET_NONZERO(&tail, limit, query->limit);
    CODEC_SET_NONZERO(&tail, after_close, query->after_close);
    CODEC_SET_BYTES(&tail, audience, query->audience);
    CODEC_SET_NONZERO(&tail, anew, query->anew);
    codec_pack(writer, &tail.base);
}

// ---- ANSWER ----

static enum th_err read_lines(const Tonghop__V1__Answer *message,
                              struct th_arena *arena,
                              struct th_answer *answer,
                              struct th_malformed *why)
{
    CODEC_LIST(struct th_line, lines, message->n_lines);
    for (size_t i = 0; i < message->n_lines; i++) {
        const Tonghop__V1__Line *from = message->lines[i];
        CODEC_NEED(from, measure, why);
        CODEC_NEED(from, period, why);
        if (from->cell == NULL) {
            return codec_malformed(why, 0, "line without cell");
        }
        lines[i].measure = codec_view(from->measure);
        lines[i].period = codec_view(from->period);
        lines[i].decimals = from->decimals;
        lines[i].parts = from->parts;
        lines[i].parts_expected = from->parts_expected;
        lines[i].derived = from->derived;
        lines[i].hidden = from->hidden;
        lines[i].edition_ms = from->edition_ms;
        lines[i].unallocated = codec_view(from->unallocated);
        TH_TRY(codec_text(lines[i].measure, why));
        TH_TRY(codec_text(lines[i].period, why));
        TH_TRY(codec_text(lines[i].unallocated, why));
        TH_TRY(codec_total_read(from->cell, &lines[i].cell, why));
    }
    answer->lines = lines;
    answer->line_count = message->n_lines;
    return TH_OK;
}

static enum th_err read_sources(const Tonghop__V1__Answer *message,
                                struct th_arena *arena,
                                struct th_answer *answer,
                                struct th_malformed *why)
{
    CODEC_LIST(struct th_answer_source, sources, message->n_sources);
    for (size_t i = 0; i < message->n_sources; i++) {
        sources[i] = (struct th_answer_source){.lineage = codec_view(message->sources[i]->lineage),
                                               .version = message->sources[i]->version};
        TH_TRY(codec_lineage(sources[i].lineage, why));
    }
    answer->sources = sources;
    answer->source_count = message->n_sources;
    return TH_OK;
}

static enum th_err read_months(const Tonghop__V1__Answer *message,
                               struct th_arena *arena,
                               struct th_answer *answer,
                               struct th_malformed *why)
{
    CODEC_LIST(struct th_month_score, months, message->n_months);
    for (size_t i = 0; i < message->n_months; i++) {
        const Tonghop__V1__MonthScore *from = message->months[i];
        CODEC_NEED(from, period, why);
        CODEC_NEED(from, unit, why);
        months[i] = (struct th_month_score){
            .period = codec_view(from->period),
            .unit = codec_view(from->unit),
            .score = from->score,
            .brought = from->brought,
        };
        TH_TRY(codec_text(months[i].period, why));
        TH_TRY(codec_text(months[i].unit, why));
    }
    answer->months = months;
    answer->month_count = message->n_months;
    return TH_OK;
}

static enum th_err read_answer_lists(const Tonghop__V1__Answer *message,
                                     struct th_arena *arena,
                                     struct th_answer *answer,
                                     struct th_malformed *why)
{
    answer->topic_count = message->n_topics;
    answer->finding_count = message->n_findings;
    answer->missing_count = message->n_predecessors_missing;
    TH_TRY(read_lines(message, arena, answer, why));
    TH_TRY(read_sources(message, arena, answer, why));
    TH_TRY(codec_changes_read(message, arena, answer, why));
    TH_TRY(codec_texts(message->predecessors_missing,
                       message->n_predecessors_missing,
                       arena,
                       &answer->missing,
                       why));
    TH_TRY(read_months(message, arena, answer, why));
    TH_TRY(codec_forms_read(message, arena, answer, why));
    TH_TRY(codec_editions_read(message, arena, answer, why));
    TH_TRY(codec_topics_read(message->topics, message->n_topics, arena, &answer->topics, why));
    return codec_texts(message->findings, message->n_findings, arena, &answer->findings, why);
}

enum th_err th_answer_read(struct th_bytes bytes,
                           struct th_arena *arena,
                           struct th_answer *answer,
                           struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Answer, message, &ANSWER);
    CODEC_NEED(message, part, why);
    struct th_answer read = {
        .part = message->part,
        .last = message->last,
        .code = message->code,
        .detail = codec_view(message->detail),
        .store_id = message->store_id,
        .version = message->version,
        .wall_ms = message->wall_ms,
        .beat = message->beat,
        .records = message->records,
        .totals = message->totals,
        .nodes = message->nodes,
        .milliseconds = message->milliseconds,
        .has_bundle = message->has_bundle_digest,
        .bundle_part = codec_view(message->bundle_part),
        .bundle_bytes = message->bundle_bytes,
        .conservation = (enum th_conservation)message->conservation,
        .structure = codec_view(message->structure),
        .edition_ms = {.has = message->has_edition_ms, .value = message->edition_ms},
    };
    if (message->conservation > TH_NOT_CONSERVED) {
        return codec_malformed(why, 0, "unknown word on conservation");
    }
    TH_TRY(codec_text(read.detail, why));
    TH_TRY(codec_text(read.structure, why));
    if (read.has_bundle) {
        TH_TRY(codec_hash(message->bundle_digest, read.bundle_digest, why));
    }
    TH_TRY(read_answer_lists(message, arena, &read, why));
    *answer = read;
    return TH_OK;
}

static void write_lines(struct th_writer *writer, const struct th_answer *answer)
{
    for (size_t i = 0; i < answer->line_count && !writer->overflow; i++) {
        const struct th_line *from = &answer->lines[i];
        Tonghop__V1__Cell cell = codec_total_cell(&from->cell);
        Tonghop__V1__Line line = TONGHOP__V1__LINE__INIT;
        CODEC_SET(&line, measure, codec_data(from->measure));
        CODEC_SET(&line, period, codec_data(from->period));
        line.cell = &cell;
        CODEC_SET_NONZERO(&line, decimals, from->decimals);
        CODEC_SET_NONZERO(&line, parts, from->parts);
        CODEC_SET_NONZERO(&line, parts_expected, from->parts_expected);
        CODEC_SET_NONZERO(&line, derived, from->derived);
        CODEC_SET_NONZERO(&line, hidden, from->hidden);
        CODEC_SET_NONZERO(&line, edition_ms, from->edition_ms);
        CODEC_SET_BYTES(&line, unallocated, from->unallocated);
        codec_pack_field(writer, ANSWER_LINES, &line.base);
    }
}

static void write_sources(struct th_writer *writer, const struct th_answer *answer)
{
    for (size_t i = 0; i < answer->source_count && !writer->overflow; i++) {
        Tonghop__V1__Source source = TONGHOP__V1__SOURCE__INIT;
        CODEC_SET(&source, lineage, codec_data(answer->sources[i].lineage));
        CODEC_SET_NONZERO(&source, version, answer->sources[i].version);
        codec_pack_field(writer, ANSWER_SOURCES, &source.base);
    }
}

static void write_months(struct th_writer *writer, const struct th_answer *answer)
{
    for (size_t i = 0; i < answer->month_count && !writer->overflow; i++) {
        const struct th_month_score *from = &answer->months[i];
        Tonghop__V1__MonthScore month = TONGHOP__V1__MONTH_SCORE__INIT;
        CODEC_SET(&month, period, codec_data(from->period));
        CODEC_SET(&month, unit, codec_data(from->unit));
        CODEC_SET(&month, score, from->score);
        CODEC_SET_NONZERO(&month, brought, from->brought);
        codec_pack_field(writer, ANSWER_MONTHS, &month.base);
    }
}

void th_answer_write(struct th_writer *writer, const struct th_answer *answer)
{
    codec_check_list(writer,
                     answer->line_count + answer->topic_count + answer->finding_count +
                         answer->missing_count + answer->source_count + answer->month_count +
                         answer->change_count + answer->form_count + answer->edition_count);
    Tonghop__V1__Answer head = TONGHOP__V1__ANSWER__INIT;
    CODEC_SET(&head, part, answer->part);
    CODEC_SET_NONZERO(&head, last, answer->last);
    CODEC_SET_NONZERO(&head, code, answer->code);
    CODEC_SET_BYTES(&head, detail, answer->detail);
    CODEC_SET_NONZERO(&head, store_id, answer->store_id);
    CODEC_SET_NONZERO(&head, version, answer->version);
    CODEC_SET_NONZERO(&head, wall_ms, answer->wall_ms);
    codec_pack(writer, &head.base);
    write_lines(writer, answer);
    codec_topics_write(writer, ANSWER_TOPICS, answer->topics, answer->topic_count);
    write_texts(writer, ANSWER_FINDINGS, answer->findings, answer->finding_count);
    Tonghop__V1__Answer tail = TONGHOP__V1__ANSWER__INIT;
    CODEC_SET_NONZERO(&tail, beat, answer->beat);
    CODEC_SET_NONZERO(&tail, records, answer->records);
    CODEC_SET_NONZERO(&tail, totals, answer->totals);
    CODEC_SET_NONZERO(&tail, nodes, answer->nodes);
    CODEC_SET_NONZERO(&tail, milliseconds, answer->milliseconds);
    if (answer->has_bundle) {
        CODEC_SET(&tail,
                  bundle_digest,
                  codec_data((struct th_bytes){answer->bundle_digest, CODEC_HASH_BYTES}));
    }
    CODEC_SET_BYTES(&tail, bundle_part, answer->bundle_part);
    CODEC_SET_NONZERO(&tail, bundle_bytes, answer->bundle_bytes);
    CODEC_SET_NONZERO(&tail, conservation, (uint32_t)answer->conservation);
    codec_pack(writer, &tail.base);
    write_texts(writer, ANSWER_MISSING, answer->missing, answer->missing_count);
    codec_changes_write(writer, answer);
    codec_forms_write(writer, answer);
    Tonghop__V1__Answer last = TONGHOP__V1__ANSWER__INIT;
    if (answer->edition_ms.has) {
        CODEC_SET(&last, edition_ms, answer->edition_ms.value);
    }
    CODEC_SET_BYTES(&last, structure, answer->structure);
    codec_pack(writer, &last.base);
    write_months(writer, answer);
    write_sources(writer, answer);
    codec_editions_write(writer, answer);
}

// ---- CREDIT ----

enum th_err th_credit_read(struct th_bytes bytes,
                           struct th_arena *arena,
                           struct th_credit *credit,
                           struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Credit, message, &CREDIT);
    CODEC_NEED(message, parts, why);
    *credit = (struct th_credit){.parts = message->parts};
    return TH_OK;
}

void th_credit_write(struct th_writer *writer, const struct th_credit *credit)
{
    Tonghop__V1__Credit message = TONGHOP__V1__CREDIT__INIT;
    CODEC_SET(&message, parts, credit->parts);
    codec_pack(writer, &message.base);
}
