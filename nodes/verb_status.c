// verb_status.c - tonghop status: how this office stands, also when it is offline

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/out.h"

#include "nodes/desk.h"
#include "nodes/news.h"
#include "nodes/queue.h"
#include "nodes/verb.h"

enum { LINES = 5, LOOK_MS = 1000, UNITS_BYTES = 256 };

static const struct th_option OPTIONS[] = {
    {.name = "watch", .kind = TH_OPTION_FLAG, .help = {"hiện liên tục", "keep showing it"}},
};

struct standing {
    struct home *home;
    struct outbox box;
    struct queue queue;
    uint64_t returned; // reports that the province gave back and that were not sent again
    struct beacon beacon;
    bool has_agent;
    char fingerprint[TH_FINGERPRINT_SIZE];
    char unit[UNITS_BYTES]; // code and name
    int64_t now;
};

static enum th_err look(struct standing *standing)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    standing->now = th_wall_ms();
    standing->has_agent = beacon_read(standing->home->dir, &standing->beacon) == TH_OK;
    TH_TRY(th_disk_begin_read(standing->home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &standing->box));
    TH_TRY(news_returned(&standing->box, NULL, NULL, &standing->returned));
    return queue_look(&standing->box, &standing->queue);
}

static void name_unit(struct standing *standing)
{
    const struct home *home = standing->home;
    const struct th_enrolment *enrolment = &home->enrolment.enrolment;
    struct th_unit unit = {0};
    char code[TH_UNIT_REF_MAX + 1] = "";
    uint8_t key[TH_CURVE_BYTES];
    (void)th_bytes_copy_text(
        enrolment->unit_count > 0 ? enrolment->units[0] : enrolment->province, code, sizeof(code));
    if (home->province != NULL && (home->grant.count > 0 || home->grant.desk)) {
        const struct th_register *reg = home->province->reg;
        const uint32_t uid =
            home->grant.count > 0 ? home->grant.uids[home->grant.count - 1] : home->province->root;
        const th_day last = th_register_last_day(reg, uid);
        const th_day today = home_today(home);
        if (th_register_on(reg, uid, last < today ? last : today, &unit) != TH_OK) {
            unit = (struct th_unit){0};
        }
    }
    (void)snprintf(standing->unit,
                   sizeof(standing->unit),
                   "%s%s%.*s",
                   code,
                   unit.name.size > 0 ? " " : "",
                   unit.name.size < 180 ? (int)unit.name.size : 180,
                   unit.name.size > 0 ? (const char *)unit.name.data : "");
    if (th_z85_read(th_bytes_of(home->key.public_key), key) == TH_OK) {
        (void)th_key_fingerprint(key, standing->fingerprint);
    }
}

static const char *link_word(const struct standing *standing)
{
    if (!standing->has_agent) {
        return "down";
    }
    switch ((enum session_state)standing->beacon.state) {
    case SESSION_OPEN:
        return "up";
    case SESSION_REFUSED:
        return "refused";
    case SESSION_JOINING:
        return "joining";
    case SESSION_STOPPED:
        return "stopped";
    case SESSION_RESTORING:
        return "restoring";
    case SESSION_RESYNCING:
        return "resyncing";
    case SESSION_DOWN:
    case SESSION_HELLO:
        return "down";
    }
    return "down";
}

// The newest day the register knows; "-" when nothing ever changes.
static const char *register_day(const struct th_province *province,
                                char out[static TH_DAY_TEXT_BYTES])
{
    const th_day day = th_register_newest_day(province->reg);
    return day == TH_DAY_LAST ? "-" : th_day_text(day, out);
}

// ---- for programs ----

static void json_time(const char *name, int64_t unix_ms)
{
    char text[TH_TIME_TEXT_BYTES];
    if (unix_ms == 0) {
        (void)printf("\"%s\":null", name);
    } else {
        (void)printf("\"%s\":\"%s\"", name, th_time_utc(unix_ms, text));
    }
}

static void say_json(const struct standing *s)
{
    const struct th_province *province = s->home->province;
    char day[TH_DAY_TEXT_BYTES] = "";
    const int64_t left = s->beacon.next_try > s->now ? (s->beacon.next_try - s->now) / 1000 : 0;
    (void)printf("{\"node\":%" PRIu32 ",\"unit\":", s->box.identity.node);
    desk_json_text(stdout, th_bytes_of(s->unit));
    (void)printf(",\"fingerprint\":\"%s\",\"joined\":%s,\"link\":{\"state\":\"%s\",",
                 s->fingerprint,
                 s->box.joined ? "true" : "false",
                 link_word(s));
    json_time("since", s->has_agent ? s->beacon.since : 0);
    (void)printf(",");
    json_time("last_up", s->has_agent ? s->beacon.last_up : 0);
    (void)printf(",\"retry_in_s\":%" PRId64 ",\"reason\":%" PRIu32 ",\"agent\":%" PRId64 "}",
                 s->has_agent ? left : 0,
                 s->has_agent ? s->beacon.reason : 0,
                 s->has_agent ? s->beacon.pid : 0);
    (void)printf(",\"outbox\":{\"batches\":%" PRIu64 ",\"items\":%" PRIu64 ",\"bytes\":%" PRIu64
                 ",\"oldest_s\":%" PRId64 "}",
                 s->queue.batches,
                 s->queue.items,
                 s->queue.bytes,
                 s->queue.oldest == 0 ? 0 : (s->now - s->queue.oldest) / 1000);
    (void)printf(",\"last_batch\":%" PRIu64 ",\"decided\":%" PRIu64 ",\"refused\":%" PRIu64
                 ",\"registers\":",
                 s->box.last,
                 s->box.decided,
                 s->box.refused);
    if (province == NULL) {
        (void)printf("null");
    } else {
        (void)printf("{\"units\":\"%s\",\"catalogue\":%" PRIu32 "}",
                     register_day(province, day),
                     th_catalogue_settings(province->catalogue)->version);
    }
    (void)printf(
        ",\"version\":%" PRIu64 ",\"returned\":%" PRIu64 "}\n", s->box.version, s->returned);
}

// ---- for people ----

static void span(int64_t ms, char out[static 32])
{
    const int64_t seconds = ms > 0 ? ms / 1000 : 0;
    (void)snprintf(out,
                   32,
                   "%02" PRId64 ":%02" PRId64 ":%02" PRId64,
                   seconds / 3600,
                   seconds / 60 % 60,
                   seconds % 60);
}

static const char *line_end(bool rewriting)
{
    return rewriting ? "\033[K\n" : "\n";
}

static void say_line(const struct th_call *call, const struct standing *s, const char *end)
{
    char since[32];
    char up[DESK_CLOCK_BYTES] = "";
    const struct beacon *b = &s->beacon;
    span(s->now - b->since, since);
    if (!s->has_agent) {
        desk_say(call,
                 "Đường tới tỉnh  chưa có dịch vụ gửi chạy ở đây · gửi ngay: tonghop sync%s",
                 "Line           no agent is running here · to send now: tonghop sync%s",
                 end);
        return;
    }
    if (b->state == SESSION_OPEN) {
        desk_say(call, "Đường tới tỉnh  thông %s%s", "Line           up %s%s", since, end);
        return;
    }
    if (b->state == SESSION_REFUSED || b->state == SESSION_STOPPED) {
        const bool refused = b->state == SESSION_REFUSED;
        desk_say(call,
                 "Đường tới tỉnh  %s %s · mã %" PRIu32 "%s",
                 "Line           %s %s · code %" PRIu32 "%s",
                 call->lang == TH_LANG_VI ? refused ? "tỉnh từ chối khóa này" : "dừng, chờ tỉnh"
                 : refused                ? "this key is refused"
                                          : "stopped, the province decides",
                 since,
                 b->reason,
                 end);
        return;
    }
    if (b->last_up != 0) {
        (void)desk_clock(s->home, b->last_up, true, up);
    }
    const int64_t left = b->next_try > s->now ? (b->next_try - s->now) / 1000 : 0;
    desk_say(call,
             "Đường tới tỉnh  mất kết nối %s · thử lại sau %" PRId64 " giây%s%s%s",
             "Line           down %s · next try in %" PRId64 " s%s%s%s",
             since,
             left,
             up[0] == '\0'              ? ""
             : call->lang == TH_LANG_VI ? " · thông lần cuối "
                                        : " · last up ",
             up,
             end);
}

static void say_queue(const struct th_call *call, const struct standing *s, const char *end)
{
    char batches[DESK_NUMBER_BYTES];
    char items[DESK_NUMBER_BYTES];
    char kib[DESK_NUMBER_BYTES];
    char oldest[48] = "";
    if (s->queue.oldest != 0) {
        const int64_t minutes = (s->now - s->queue.oldest) / 60000;
        (void)snprintf(oldest,
                       sizeof(oldest),
                       call->lang == TH_LANG_VI ? " · cũ nhất %" PRId64 " phút"
                                                : " · oldest %" PRId64 " min",
                       minutes);
    }
    desk_say(call,
             "Hàng đợi       %s lô, %s mục, %s KiB%s%s",
             "Outbox         %s batches, %s items, %s KiB%s%s",
             desk_number(call, s->queue.batches, batches),
             desk_number(call, s->queue.items, items),
             desk_number(call, (s->queue.bytes + 1023) / 1024, kib),
             oldest,
             end);
}

static void say_people(const struct th_call *call, const struct standing *s, bool rewriting)
{
    char refused[DESK_NUMBER_BYTES];
    char day[TH_DAY_TEXT_BYTES] = "";
    const struct th_province *province = s->home->province;
    const char *end = line_end(rewriting);
    desk_say(call,
             "Đơn vị         %s (nút %" PRIu32 ") · khóa %s%s",
             "Unit           %s (node %" PRIu32 ") · key %s%s",
             s->unit,
             s->box.identity.node,
             s->fingerprint,
             end);
    say_line(call, s, end);
    say_queue(call, s, end);
    desk_say(call,
             "Tỉnh đã quyết   đến lô %" PRIu64 " · từ chối %s%s",
             "Decided        through batch %" PRIu64 " · refused %s%s",
             s->box.decided,
             desk_number(call, s->box.refused, refused),
             end);
    if (province == NULL) {
        desk_say(call, "Danh mục       chưa có%s", "Registers      none yet%s", end);
        return;
    }
    desk_say(call,
             "Danh mục       đơn vị %s, chỉ tiêu %" PRIu32 "%s",
             "Registers      units %s, catalogue %" PRIu32 "%s",
             register_day(province, day),
             th_catalogue_settings(province->catalogue)->version,
             end);
}

// ---- the verb ----

// Reports that came back stand below the rest.
static enum th_err say_returned(const struct th_call *call, const struct standing *s)
{
    return desk_is_json(call) || call->quiet ? TH_OK : news_say_returned(call, s->home, stdout);
}

static void wait_for_change(const struct home *home)
{
    int fd = -1;
    if (beacon_follow(home->dir, &fd) != TH_OK) {
        fd = -1;
    }
    struct pollfd item = {.fd = fd, .events = POLLIN};
    (void)poll(&item, 1, LOOK_MS);
    if (fd >= 0) {
        (void)close(fd);
    }
}

static int show(const struct th_call *call, struct standing *standing, bool watching)
{
    const bool rewriting = watching && isatty(STDOUT_FILENO) == 1 && !desk_is_json(call);
    for (bool first = true; first || watching; first = false) {
        enum th_err err = look(standing);
        if (err != TH_OK) {
            return desk_fail(call, err, "outbox");
        }
        if (rewriting && !first) {
            (void)printf("\033[%dA", LINES);
        }
        if (desk_is_json(call)) {
            say_json(standing);
        } else {
            say_people(call, standing, rewriting);
        }
        if (!watching) {
            err = say_returned(call, standing);
        }
        if (th_out_flush(stdout) != TH_OK || th_out_unread(STDOUT_FILENO)) {
            return TH_EXIT_OK; // nobody reads any more, or th_program_main says what else it is
        }
        if (watching) {
            wait_for_change(standing->home);
        }
    }
    const bool refused = standing->has_agent && standing->beacon.state == SESSION_REFUSED;
    return refused ? TH_EXIT_NO_PERMISSION : TH_EXIT_OK;
}

static int run(const struct th_call *call)
{
    TH_SCOPED(home_close) struct home home = {0};
    struct standing standing = {.home = &home};
    struct th_verdict why;
    const int code = desk_open(call, &home);
    if (code != TH_EXIT_OK) {
        return code;
    }
    if (home_load(&home, &why) != TH_OK) {
        th_province_free(&home.province); // shown as not there yet
    }
    name_unit(&standing);
    return show(call, &standing, th_call_flag(call, "watch"));
}

const struct th_verb VERB_STATUS = {
    .name = "status",
    .operands = "",
    .help = {"tình trạng của đơn vị này", "how this office stands"},
    .options = OPTIONS,
    .option_count = TH_COUNT(OPTIONS),
    .run = run,
};
