// settle.c - see settle.h

#include "nodes/settle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/clock.h"

#include "nodes/desk.h"
#include "nodes/news.h"
#include "nodes/settle_receipt.h"
#include "nodes/verdicts.h"

// ---- waiting ----

struct watch {
    uint64_t seq;
    uint64_t first;
    struct progress bar;
    enum th_lang lang;
};

static bool is_decided(void *context, struct home *home, const struct beacon *beacon)
{
    const struct watch *watch = context;
    (void)home;
    return wait_is_decided(beacon, watch->seq);
}

static void show(void *context, const struct beacon *beacon)
{
    struct watch *watch = context;
    const uint64_t all = watch->seq - watch->first + 1;
    const uint64_t done = beacon->decided >= watch->first ? beacon->decided - watch->first + 1 : 0;
    progress_show(&watch->bar,
                  watch->lang == TH_LANG_VI ? "tỉnh đã quyết %" PRIu64 "/%" PRIu64 " lô"
                                            : "decided %" PRIu64 "/%" PRIu64 " batches",
                  done < all ? done : all,
                  all);
}

static void why_refused(const struct home *home, uint32_t reason, struct th_verdict *why)
{
    char fingerprint[TH_FINGERPRINT_SIZE] = "";
    uint8_t key[TH_CURVE_BYTES];
    if (reason == TH_M_ENROLMENT_EXPIRED) {
        th_verdict_start(why, reason, 0, NULL);
        th_verdict_add_day(why, th_day_of_unix_ms(home->enrolment.enrolment.expires_ms, 0));
        return;
    }
    if (reason == TH_M_ENROLMENT_USED) {
        th_verdict_make(why, reason, 0, NULL, "", NULL); // whose it is, only the province knows
        return;
    }
    if (th_z85_read(th_bytes_of(home->key.public_key), key) == TH_OK) {
        (void)th_key_fingerprint(key, fingerprint);
    }
    th_verdict_make(why, TH_M_KEY_REFUSED, 0, NULL, fingerprint, "unknown", NULL);
}

int settle_trouble(const struct th_call *call, const struct home *home, const struct wait *wait)
{
    struct th_verdict why;
    const uint32_t reason = wait->beacon.reason;
    const bool of_enrolment = reason == TH_M_ENROLMENT_EXPIRED || reason == TH_M_ENROLMENT_USED;
    if (wait->end == WAIT_REFUSED || (wait->end == WAIT_STOPPED && of_enrolment)) {
        why_refused(home, reason, &why);
        return th_call_tell(call, &why);
    }
    if (wait->end == WAIT_STOPPED) {
        th_verdict_start(&why, reason, 0, NULL);
        th_verdict_add_number(&why, (int64_t)wait->beacon.decided, 0);
        (void)th_call_tell(call, &why);
    }
    return TH_EXIT_TEMPORARY;
}

// ---- what the province said ----

// A doubt that both sides have was told of this file already, when it was read.
static bool is_told(const struct settle *settle, unsigned code)
{
    if (settle->told == NULL || (code != TH_V_TARGET && code != TH_V_NOT_EXPECTED)) {
        return false;
    }
    for (size_t i = 0; i < settle->told->code_count; i++) {
        if (settle->told->codes[i].code == code) {
            return true;
        }
    }
    return false;
}

static void hear_item(struct settle *settle, const struct th_item_verdict *item)
{
    struct th_verdict verdict = item->verdict;
    enum th_severity severity = TH_SEVERITY_WARNING;
    if (verdicts_refuses(verdict.code)) {
        const bool overtaken = settle->result->journal && settle->result->file.rows > 0 &&
                               verdict.code == TH_V_REVISION && verdict.variant == 'a' &&
                               verdict.count == 2;
        if (overtaken) {
            th_verdict_make(&verdict,
                            TH_V_REVISION_SKIPPED,
                            0,
                            "revision",
                            item->verdict.params[1],
                            item->verdict.params[0],
                            NULL);
            settle->skipped++;
        } else {
            severity = TH_SEVERITY_ERROR;
            settle->refused++;
        }
    }
    if (is_told(settle, verdict.code)) {
        return;
    }
    th_findings_add(settle->findings,
                    severity,
                    intake_line(settle->result, item->seq, item->index),
                    0,
                    &verdict,
                    (struct th_bytes){0});
}

static enum th_err hear_province(struct settle *settle)
{
    struct outbox box;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(settle->home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &box));
    uint64_t seq = settle->result->first_batch;
    uint32_t index = 0;
    for (;;) {
        struct th_item_verdict item;
        const enum th_err err = verdicts_from(&box, seq, index, &item);
        if (err == TH_E_NOT_FOUND || (err == TH_OK && item.seq > settle->result->last_batch)) {
            return TH_OK;
        }
        TH_TRY(err);
        hear_item(settle, &item);
        seq = item.seq;
        index = item.index + 1;
    }
}

enum th_err settle_notices(const struct home *home, uint64_t after, struct th_findings *findings)
{
    struct outbox box;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &box));
    for (uint64_t number = after + 1; number <= box.notice; number++) {
        struct th_notice notice;
        const enum th_err err = verdicts_notice_from(&box, number, &notice);
        if (err == TH_E_NOT_FOUND) {
            return TH_OK;
        }
        TH_TRY(err);
        number = notice.number;
        if (news_is(notice.item.verdict.code)) {
            continue; // news_say_since says them, with what the desk wrote
        }
        th_findings_add(findings,
                        verdicts_refuses(notice.item.verdict.code) ? TH_SEVERITY_ERROR
                                                                   : TH_SEVERITY_WARNING,
                        0,
                        0,
                        &notice.item.verdict,
                        (struct th_bytes){0});
    }
    return TH_OK;
}

int settle_wait(struct settle *settle)
{
    const struct intake_result *result = settle->result;
    if (settle->deadline_ms == 0 || result->first_batch == 0) {
        return TH_EXIT_OK;
    }
    struct watch watch = {
        .seq = result->last_batch,
        .first = result->first_batch,
        .bar = progress_begin(settle->call),
        .lang = settle->call->lang,
    };
    settle->waited = true;
    settle->wait = (struct wait){
        .home = settle->home,
        .deadline_ms = settle->deadline_ms,
        .done = is_decided,
        .context = &watch,
        .progress = show,
    };
    const uint64_t notice = settle->home->box.notice;
    enum th_err err = wait_run(&settle->wait);
    progress_end(&watch.bar);
    if (err == TH_OK && settle->wait.end != WAIT_DONE) {
        return settle_trouble(settle->call, settle->home, &settle->wait);
    }
    if (err == TH_OK) {
        settle->decided = true;
        err = settle_receipt_wait(settle);
    }
    if (err == TH_OK) {
        err = hear_province(settle);
    }
    if (err == TH_OK) {
        err = settle_notices(settle->home, notice, settle->findings);
    }
    if (err == TH_OK) {
        err = news_say_since(settle->call, settle->home, notice);
    }
    if (err != TH_OK) {
        return desk_fail_agent(settle->call, settle->home, err);
    }
    const bool skipped = settle->strict && settle->skipped > 0;
    return settle->refused > 0 || skipped ? TH_EXIT_NO : TH_EXIT_OK;
}

// ---- saying it ----

static void say_pending(const struct settle *settle, const char *batches)
{
    char clock[DESK_CLOCK_BYTES] = "";
    const struct beacon *beacon = &settle->wait.beacon;
    const int64_t since = beacon->last_up != 0 ? beacon->last_up : beacon->since;
    if (since != 0) {
        (void)desk_clock(settle->home, since, false, clock);
    }
    const bool down = beacon->state == SESSION_DOWN || beacon->state == SESSION_HELLO;
    const bool up = !down || since == 0;
    desk_say(settle->call,
             "%s, CHƯA có xác nhận của tỉnh%s%s%s.\n"
             "Dữ liệu an toàn trong máy này và sẽ tự gửi khi có mạng. Không cần nhập lại.\n",
             "%s, NOT yet acknowledged by the province%s%s%s.\n"
             "The data are safe on this machine and will be sent when the line is back. "
             "Do not import again.\n",
             batches,
             up                                 ? ""
             : settle->call->lang == TH_LANG_VI ? " (mất kết nối từ "
                                                : " (no connection since ",
             up ? "" : clock,
             up ? "" : ")");
}

static void say_decided(const struct settle *settle, const char *batches)
{
    char number[DESK_NUMBER_BYTES];
    char version[DESK_NUMBER_BYTES];
    char clock[DESK_CLOCK_BYTES];
    char receipt[SETTLE_RECEIPT_BYTES];
    (void)settle_receipt_text(settle, receipt);
    (void)desk_number(settle->call, settle->wait.beacon.version, version);
    (void)desk_clock(settle->home, th_wall_ms(), true, clock);
    desk_say(settle->call,
             "%s. Tỉnh đã quyết định đến lô %" PRIu64 ", phiên bản %s, %s. ",
             "%s. The province has decided through batch %" PRIu64 ", version %s, %s. ",
             batches,
             settle->wait.beacon.decided,
             version,
             clock);
    if (settle->refused == 0) {
        desk_say(settle->call,
                 "%s%s\n",
                 "%s%s\n",
                 settle->call->lang == TH_LANG_VI ? "Không mục nào bị từ chối."
                                                  : "No item refused.",
                 receipt);
    } else {
        desk_say(settle->call,
                 "%s mục bị từ chối.%s\n",
                 settle->refused == 1 ? "%s item refused.%s\n" : "%s items refused.%s\n",
                 desk_number(settle->call, settle->refused, number),
                 receipt);
    }
}

void settle_say(const struct settle *settle)
{
    char batches[256];
    char items[DESK_NUMBER_BYTES];
    const struct intake_result *result = settle->result;
    const bool vi = settle->call->lang == TH_LANG_VI;
    if (result->first_batch == 0) {
        return;
    }
    (void)desk_number(settle->call, result->queued, items);
    const char *mark = vi ? "mục" : result->queued == 1 ? "item" : "items";
    if (result->first_batch == result->last_batch) {
        (void)snprintf(batches,
                       sizeof(batches),
                       "%s %" PRIu64 " (%s %s)",
                       vi ? "Đã xếp hàng lô" : "Queued batch",
                       result->first_batch,
                       items,
                       mark);
    } else {
        (void)snprintf(batches,
                       sizeof(batches),
                       "%s %" PRIu64 "..%" PRIu64 " (%s %s)",
                       vi ? "Đã xếp hàng lô" : "Queued batches",
                       result->first_batch,
                       result->last_batch,
                       items,
                       mark);
    }
    if (!settle->waited) {
        desk_say(settle->call, "%s.\n", "%s.\n", batches);
    } else if (settle->decided) {
        say_decided(settle, batches);
    } else {
        say_pending(settle, batches);
    }
}

static void json_refused(const struct settle *settle)
{
    bool first = true;
    for (size_t i = 0; settle->findings != NULL && i < settle->findings->count; i++) {
        char text[TH_SENTENCE_BYTES];
        const struct th_finding *finding = th_findings_at(settle->findings, i);
        if (finding->severity != TH_SEVERITY_ERROR) {
            continue;
        }
        (void)th_verdict_text(&finding->verdict, TH_LANG_EN, text, sizeof(text));
        (void)printf("%s{\"row\":%" PRIu32 ",\"code\":\"TH%04u\",\"text\":",
                     first ? "" : ",",
                     finding->line,
                     (unsigned)finding->verdict.code);
        desk_json_text(stdout, th_bytes_of(text));
        (void)printf("}");
        first = false;
    }
}

void settle_json(const struct settle *settle)
{
    const struct intake_result *result = settle->result;
    const struct outbox *box = &settle->home->box;
    const uint64_t decided = settle->waited && settle->wait.beacon.decided > box->decided
                                 ? settle->wait.beacon.decided
                                 : box->decided;
    const uint64_t version = settle->waited && settle->wait.beacon.version > box->version
                                 ? settle->wait.beacon.version
                                 : box->version;
    (void)printf("\"queued\":%" PRIu64 ",\"batches\":", result->queued);
    if (result->first_batch == 0) {
        (void)printf("[]");
    } else {
        (void)printf("[%" PRIu64 ",%" PRIu64 "]", result->first_batch, result->last_batch);
    }
    (void)printf(
        ",\"decided\":%" PRIu64 ",\"version\":%" PRIu64 ",\"refused\":[", decided, version);
    json_refused(settle);
    (void)printf("],");
    settle_receipt_json(settle);
}
