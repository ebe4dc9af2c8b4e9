// verb_verify.c - tonghop-worker verify: looks at the stores of stopped provinces

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/config.h"
#include "tonghop/hash.h"

#include "workers/host.h"
#include "workers/reload.h"
#include "workers/verb.h"

struct looking {
    const struct th_call *call;
    struct verify_setup setup;
};

static void print_finding(void *self, const struct verify_finding *finding)
{
    const struct looking *looking = self;
    char text[VERIFY_TEXT_BYTES];
    (void)verify_text(&looking->setup, finding, looking->call->lang, text, sizeof(text));
    (void)printf("%s\n", text);
}

static int verify_one(const struct th_call *call,
                      const struct th_config *config,
                      const char *lineage,
                      enum verify_level level)
{
    struct th_verdict why = {.code = 0};
    struct verify_result result;
    TH_SCOPED(host_close) struct host host = {0};
    if (host_look(config, lineage, &host, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    struct looking looking = {.call = call, .setup = host_verify_setup(&host)};
    const enum th_err err = host_verify(&host, level, print_finding, &looking, &result);
    if (err != TH_OK) {
        const char *text = th_err_text(err);
        return th_call_fail(call, TH_M_WRITE_FAILED, &text, 1);
    }
    th_call_say(call,
                "%s: phiên bản %" PRIu64 ", %" PRIu64 " bản ghi, %" PRIu64 " tổng, %" PRIu64
                " lô, %" PRIu64 " sai lệch\n",
                "%s: version %" PRIu64 ", %" PRIu64 " records, %" PRIu64 " totals, %" PRIu64
                " batches, %" PRIu64 " findings\n",
                lineage,
                result.version,
                result.records,
                result.totals,
                result.batches,
                result.findings);
    return result.findings == 0 ? TH_EXIT_OK : TH_EXIT_NO;
}

static int run_verify(const struct th_call *call)
{
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    const struct th_config_province *provinces = NULL;
    enum verify_level level = VERIFY_FULL;
    const char *lineage = th_call_text(call, "lineage");
    int code = reload_read(call, &config);
    if (code != TH_EXIT_OK || th_hash_start() != TH_OK ||
        verify_level_parse(th_bytes_of(th_call_text(call, "level")), &level) != TH_OK) {
        return code != TH_EXIT_OK ? code : TH_EXIT_SOFTWARE;
    }
    const size_t count = th_config_provinces(config, &provinces);
    for (size_t i = 0; i < count; i++) {
        if (lineage == NULL || strcmp(provinces[i].lineage, lineage) == 0) {
            const int one = verify_one(call, config, provinces[i].lineage, level);
            code = code == TH_EXIT_OK ? one : code;
        }
    }
    return code;
}

static const struct th_option VERIFY_OPTIONS[] = {
    {.name = "level",
     .kind = TH_OPTION_CHOICE,
     .choices = "quick|full",
     .fallback = "full",
     .help = {"kiểm nhanh hay kiểm hết", "how much is looked at"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"chỉ tỉnh này", "this province alone"}},
};

const struct th_verb VERB_VERIFY = {
    .name = "verify",
    .help = {"tính lại kho của tỉnh đang dừng", "recount the store of a stopped province"},
    .options = VERIFY_OPTIONS,
    .option_count = TH_COUNT(VERIFY_OPTIONS),
    .run = run_verify};
