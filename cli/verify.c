// verify.c - see verify.h

#include "cli/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/number.h"
#include "tonghop/roster.h"
#include "tonghop/viewer.h"

#include "cli/place.h"

enum { LINES_MAX = 20, VERIFY_WAIT_MS = 10 * 60 * 1000 };

const struct th_option VERIFY_OPTIONS[VERIFY_OPTION_COUNT] = {
    {.name = "level",
     .kind = TH_OPTION_CHOICE,
     .value = "quick|full",
     .choices = "quick|full",
     .fallback = "full",
     .help = {"kiểm nhanh hay tính lại tất cả", "a quick look, or everything recounted"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"chỉ tỉnh này; không ghi thì mọi tỉnh của thư mục",
              "only this province; default every one of the directory"}},
};

// One province's answer.
struct verifying {
    const struct th_call *call;
    const char *root;
    const char *name;
    uint64_t findings;
};

static void print_findings(struct verifying *verifying, const struct th_answer *answer)
{
    for (size_t i = 0; i < answer->finding_count; i++) {
        if (verifying->findings < LINES_MAX) {
            (void)fprintf(stderr,
                          "%s: %.*s\n",
                          verifying->root,
                          (int)answer->findings[i].size,
                          (const char *)answer->findings[i].data);
        }
        verifying->findings++;
    }
}

static void print_sum(const struct verifying *verifying, const struct th_answer *answer)
{
    const enum th_lang lang = verifying->call->lang;
    const bool vi = lang == TH_LANG_VI;
    char version[TH_NUMBER_TEXT_BYTES];
    char records[TH_NUMBER_TEXT_BYTES];
    char totals[TH_NUMBER_TEXT_BYTES];
    char seconds[TH_NUMBER_TEXT_BYTES];
    const char *good = vi ? "khớp" : "equal";
    const char *bad = vi ? "KHÔNG KHỚP" : "NOT EQUAL";
    const char *verdict = verifying->findings == 0 ? good : bad;
    th_call_say(verifying->call,
                "%s %s: phiên bản %s · %s bản ghi, %s tổng số tính lại … %s · chuỗi %" PRIu64
                " nút … %s · %s giây\n",
                "%s %s: version %s · %s records, %s totals recounted … %s · %" PRIu64
                " nodes' chains … %s · %s s\n",
                verifying->root,
                verifying->name,
                th_number_people(lang, (int64_t)answer->version, 0, version),
                th_number_people(lang, (int64_t)answer->records, 0, records),
                th_number_people(lang, (int64_t)answer->totals, 0, totals),
                verdict,
                answer->nodes,
                verdict,
                th_number_people(lang, (int64_t)answer->milliseconds / 10, 2, seconds));
}

static enum th_err on_part(void *context, const struct th_answer *answer)
{
    struct verifying *verifying = context;
    print_findings(verifying, answer);
    if (answer->last) {
        print_sum(verifying, answer);
    }
    return TH_OK;
}

static int verify_one(const struct th_call *call,
                      const char *dir,
                      const struct th_config *config,
                      const struct th_config_province *province)
{
    TH_SCOPED(th_asker_close) struct th_asker *asker = NULL;
    struct th_asker_end end = {0};
    struct verifying verifying = {.call = call, .root = province->root, .name = province->name};
    const struct th_query query = {
        .ask = TH_ASK_VERIFY,
        .lineage = th_bytes_of(province->lineage),
        .verify_level = th_bytes_of(th_call_text(call, "level")),
        .lang = th_bytes_of(call->lang == TH_LANG_VI ? "vi" : "en"),
    };
    const int code = th_viewer_asker(call, dir, config, &asker);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const uint64_t wait =
        call->timeout_ms > VERIFY_WAIT_MS ? call->timeout_ms : (uint64_t)VERIFY_WAIT_MS;
    const enum th_err err = th_asker_ask(asker, &query, wait, on_part, &verifying, &end);
    if (err != TH_OK) {
        return th_viewer_fail(call, dir, &query, err, &end);
    }
    return verifying.findings == 0 ? TH_EXIT_OK : TH_EXIT_NO;
}

// The store is nobody's now: the program that knows stores opens it.
static int verify_stopped(const struct th_call *call, const char *dir)
{
    char *argv[12];
    size_t count = 0;
    const char *lineage = th_call_text(call, "lineage");
    const char *const words[] = {"tonghop-worker",
                                 "verify",
                                 "--dir",
                                 dir,
                                 "--level",
                                 th_call_text(call, "level"),
                                 call->lang == TH_LANG_VI ? "--lang=vi" : "--lang=en",
                                 lineage != NULL ? "--lineage" : NULL,
                                 lineage};
    for (size_t i = 0; i < TH_COUNT(words) && words[i] != NULL; i++) {
        argv[count++] = (char *)(uintptr_t)words[i];
    }
    argv[count] = NULL;
    return th_call_exec(call, "tonghop-worker", argv);
}

int verify_run(const struct th_call *call)
{
    const char *dir = place_dir(call);
    const char *lineage = th_call_text(call, "lineage");
    const struct th_config_province *provinces = NULL;
    char path[TH_PATH_MAX];
    struct th_broker_state state;
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    int code = place_config(call, dir, &config);
    if (code != TH_EXIT_OK) {
        return code;
    }
    if (lineage != NULL && th_config_province(config, lineage) == NULL) {
        const char *params[] = {"--lineage"};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    if (th_broker_state_read(place_path(dir, "run/broker.state", path), &state) != TH_OK) {
        return verify_stopped(call, dir);
    }
    const size_t count = th_config_provinces(config, &provinces);
    for (size_t i = 0; i < count; i++) {
        if (lineage == NULL || strcmp(lineage, provinces[i].lineage) == 0) {
            const int one = verify_one(call, dir, config, &provinces[i]);
            code = one > code ? one : code;
        }
    }
    return code;
}
