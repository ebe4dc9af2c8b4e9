// news.c - see news.h

#include "nodes/news.h"

#include <stdlib.h>
#include <string.h>

#include "nodes/current.h"
#include "nodes/verdicts.h"

enum { TEXT_BYTES = 6 * TH_COMMENT_MAX + 8 };

bool news_is(unsigned code)
{
    return code == TH_V_RETURNED || code == TH_V_ACCEPTED || code == TH_V_REOPENED;
}

enum th_err news_about(struct outbox *box, uint64_t seq, uint32_t index, struct th_notice *notice)
{
    struct th_notice next;
    enum th_err found = TH_E_NOT_FOUND;
    uint64_t from = 0;
    for (;;) {
        const enum th_err err = verdicts_notice_from(box, from, &next);
        if (err != TH_OK) {
            return err == TH_E_NOT_FOUND ? found : err;
        }
        from = next.number + 1;
        if (news_is(next.item.verdict.code) && next.item.seq == seq && next.item.index == index) {
            *notice = next;
            found = TH_OK;
        }
    }
}

void news_say(const struct th_call *call, const struct th_notice *notice, FILE *out)
{
    char text[TH_SENTENCE_BYTES];
    char remedy[TH_SENTENCE_BYTES];
    char comment[TEXT_BYTES];
    const struct th_verdict *verdict = &notice->item.verdict;
    (void)th_verdict_text(verdict, call->lang, text, sizeof(text));
    (void)th_verdict_remedy(verdict, call->lang, remedy, sizeof(remedy));
    (void)th_text_escape(notice->text, comment, sizeof(comment));
    (void)fprintf(out,
                  "%s TH%04u: %s%s%s%s%s%s\n",
                  th_severity_text(call->lang, TH_SEVERITY_WARNING),
                  (unsigned)verdict->code,
                  text,
                  comment[0] != '\0' ? " “" : "",
                  comment,
                  comment[0] != '\0' ? "”" : "",
                  remedy[0] != '\0' ? " → " : "",
                  remedy);
}

enum th_err news_say_since(const struct th_call *call, const struct home *home, uint64_t after)
{
    struct outbox box;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &box));
    for (uint64_t number = after + 1; number <= box.notice; number++) {
        struct th_notice notice;
        const enum th_err err = verdicts_notice_from(&box, number, &notice);
        if (err != TH_OK) {
            return err == TH_E_NOT_FOUND ? TH_OK : err;
        }
        number = notice.number;
        if (news_is(notice.item.verdict.code)) {
            news_say(call, &notice, stderr);
        }
    }
    return TH_OK;
}

// Keys begin with the kind.
enum th_err news_returned(struct outbox *box, news_tell *tell, void *self, uint64_t *count)
{
    uint8_t room[TH_SUBJECT_MAX] = {TH_KIND_COMPLETION};
    struct th_bytes key = {room, 1};
    *count = 0;
    for (;;) {
        struct th_bytes next;
        struct current figure;
        struct th_notice notice;
        const enum th_err err = current_next(box, key, &next, &figure);
        if (err != TH_OK || *(const uint8_t *)next.data != TH_KIND_COMPLETION) {
            return err == TH_E_NOT_FOUND ? TH_OK : err;
        }
        const enum th_err told = news_about(box, figure.seq, figure.index, &notice);
        if (told == TH_OK && notice.item.verdict.code == TH_V_RETURNED) {
            *count += 1;
            if (tell != NULL) {
                tell(self, &notice);
            }
        } else if (told != TH_OK && told != TH_E_NOT_FOUND) {
            return told;
        }
        memcpy(room, next.data, next.size);
        key.size = next.size;
    }
}

struct saying {
    const struct th_call *call;
    FILE *out;
};

static void say_one(void *self, const struct th_notice *notice)
{
    const struct saying *saying = self;
    news_say(saying->call, notice, saying->out);
}

enum th_err news_say_returned(const struct th_call *call, const struct home *home, FILE *out)
{
    struct outbox box;
    struct saying saying = {.call = call, .out = out};
    uint64_t count = 0;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &box));
    return news_returned(&box, say_one, &saying, &count);
}
