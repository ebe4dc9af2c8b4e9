// verb_join.c - tonghop join: from an enrolment file to a directory that can send

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/viewer.h"

#include "nodes/desk.h"
#include "nodes/join.h"
#include "nodes/settle.h"
#include "nodes/verb.h"

enum { FINDINGS_KEPT = 20 };

static bool is_joined(void *context, struct home *home, const struct beacon *beacon)
{
    (void)context;
    return beacon->state == SESSION_OPEN && wait_is_joined(home);
}

static int read_file(const struct th_call *call, struct th_enrolment_file *file)
{
    struct th_finding kept[FINDINGS_KEPT];
    struct th_verdict why = {0};
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), call->operands[0]);
    const enum th_err err =
        th_enrolment_read(call->operands[0], th_wall_ms(), &findings, file, &why);
    if (err == TH_OK) {
        return TH_EXIT_OK;
    }
    if (findings.count > 0) {
        const enum th_err said = th_findings_print(&findings, call->lang, FINDINGS_KEPT, stderr);
        (void)said; // stderr is closed: there is nobody to tell
    }
    return th_call_tell(call, &why);
}

static void say_key(const struct th_call *call,
                    const char *public_key,
                    char fingerprint[static TH_FINGERPRINT_SIZE])
{
    uint8_t key[TH_CURVE_BYTES];
    fingerprint[0] = '\0';
    if (th_z85_read(th_bytes_of(public_key), key) == TH_OK) {
        (void)th_key_fingerprint(key, fingerprint);
    }
    desk_say(call,
             "Khóa của máy này: %s. Đọc mã này cho tỉnh để đối chiếu.\n",
             "This machine's key: %s. Read it to the province to compare.\n",
             fingerprint);
    (void)fflush(stdout);
}

static void say_end(const struct th_call *call,
                    const struct th_enrolment *enrolment,
                    const char *fingerprint,
                    int code)
{
    if (desk_is_json(call)) {
        (void)printf("{\"node\":%" PRIu32 ",\"fingerprint\":\"%s\",\"joined\":%s,\"exit\":%d}\n",
                     enrolment->node,
                     fingerprint,
                     code == TH_EXIT_OK ? "true" : "false",
                     code);
    } else if (code == TH_EXIT_TEMPORARY) {
        desk_say(call,
                 "CHƯA liên lạc được với tỉnh. Mọi thứ đã sẵn sàng; lần kết nối đầu tiên sẽ hoàn "
                 "tất. Không cần làm lại.\n",
                 "The province could NOT be reached yet. Everything is prepared; the first contact "
                 "finishes it. Do not join again.\n");
    }
}

static int contact(const struct th_call *call, struct home *home, const char *dir)
{
    struct th_call opening = *call;
    opening.dir = dir;
    opening.config = NULL;
    const int code = desk_open(&opening, home);
    if (code != TH_EXIT_OK) {
        return code;
    }
    struct wait wait = {
        .home = home,
        .deadline_ms = th_now_ms() + call->timeout_ms,
        .done = is_joined,
    };
    const enum th_err err = wait_run(&wait);
    if (err != TH_OK) {
        return desk_fail_agent(call, home, err);
    }
    return wait.end == WAIT_DONE ? TH_EXIT_OK : settle_trouble(call, home, &wait);
}

static int run(const struct th_call *call)
{
    TH_SCOPED(th_enrolment_free) struct th_enrolment_file file = {0};
    TH_SCOPED(home_close) struct home home = {0};
    struct th_verdict why;
    char fingerprint[TH_FINGERPRINT_SIZE];
    if (call->dir == NULL) {
        const char *params[] = {"--dir"};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    int code = read_file(call, &file);
    if (code != TH_EXIT_OK) {
        return code;
    }
    if (join_prepare(call->dir, &file.enrolment, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    char keys[TH_PATH_MAX];
    char public_key[TH_Z85_SIZE] = "";
    const char *name = file.enrolment.role == TH_PEER_VIEWER ? "viewer" : "node";
    if (th_key_read_public(home_path(call->dir, "keys", keys), name, public_key, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    say_key(call, public_key, fingerprint);
    code = file.enrolment.role == TH_PEER_VIEWER ? th_viewer_join(call, call->dir)
                                                 : contact(call, &home, call->dir);
    say_end(call, &file.enrolment, fingerprint, code);
    return code;
}

const struct th_verb VERB_JOIN = {
    .name = "join",
    .operands = "FILE",
    .help = {"dùng giấy đăng ký: tạo thư mục của đơn vị",
             "use an enrolment file: make the office's directory"},
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
