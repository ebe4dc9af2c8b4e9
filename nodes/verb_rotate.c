// verb_rotate.c - tonghop rotate: a new key for this node, beside the old one for some days

#include <stdio.h>

#include "tonghop/clock.h"

#include "nodes/desk.h"
#include "nodes/ownkey.h"
#include "nodes/settle.h"
#include "nodes/verb.h"

static const struct th_option ROTATE_OPTIONS[] = {
    {.name = "wait",
     .kind = TH_OPTION_DURATION,
     .value = "D",
     .fallback = "30s",
     .min = 0,
     .max = 7LL * 86400000,
     .help = {"chờ nhiều nhất bao lâu", "how long at most"}},
};

static bool is_changed(void *context, struct home *home, const struct beacon *beacon)
{
    (void)context;
    return beacon->state == SESSION_OPEN && !ownkey_waits(home->keys);
}

static char *fingerprint_of(const struct home *home, char text[static TH_FINGERPRINT_SIZE])
{
    char public_key[TH_Z85_SIZE];
    uint8_t key[TH_CURVE_BYTES];
    struct th_verdict why;
    text[0] = '\0';
    if (th_key_read_public(home->keys, "node", public_key, &why) == TH_OK &&
        th_z85_read(th_bytes_of(public_key), key) == TH_OK) {
        (void)th_key_fingerprint(key, text);
    }
    return text;
}

static int say_end(const struct th_call *call, const struct home *home, bool done)
{
    char text[TH_FINGERPRINT_SIZE];
    const int code = done ? TH_EXIT_OK : TH_EXIT_TEMPORARY;
    if (desk_is_json(call)) {
        (void)printf("{\"fingerprint\":\"%s\",\"changed\":%s,\"exit\":%d}\n",
                     fingerprint_of(home, text),
                     done ? "true" : "false",
                     code);
    } else if (done) {
        desk_say(call,
                 "Khóa mới của máy này: %s. Đọc mã này cho tỉnh để đối chiếu.\n",
                 "This machine's new key: %s. Read it to the province to compare.\n",
                 fingerprint_of(home, text));
    } else {
        desk_say(
            call,
            "CHƯA liên lạc được với tỉnh. Khóa mới đã sẵn sàng; lần kết nối tới sẽ hoàn tất.\n",
            "The province could NOT be reached. The new key is ready; the next contact "
            "finishes it.\n");
    }
    return code;
}

static int run(const struct th_call *call)
{
    TH_SCOPED(home_close) struct home home = {0};
    const int code = desk_open(call, &home);
    if (code != TH_EXIT_OK) {
        return code;
    }
    if (home.enrolment.enrolment.bootstrap_secret[0] == '\0') { // its key stands in the roster
        const char *params[] = {"DIR", "tonghop keys rotate LINEAGE DIR --role desk"};
        return th_call_fail(call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
    }
    enum th_err err = ownkey_prepare(home.keys);
    if (err != TH_OK) {
        return desk_fail(call, err, "keys/next.secret");
    }
    beacon_wake(home.dir);
    struct wait wait = {
        .home = &home,
        .deadline_ms = th_now_ms() + (uint64_t)th_call_value(call, "wait")->number,
        .done = is_changed,
    };
    err = wait_run(&wait);
    if (err != TH_OK) {
        return desk_fail_agent(call, &home, err);
    }
    if (wait.end == WAIT_REFUSED || wait.end == WAIT_STOPPED) {
        return settle_trouble(call, &home, &wait);
    }
    return say_end(call, &home, wait.end == WAIT_DONE);
}

const struct th_verb VERB_ROTATE = {
    .name = "rotate",
    .operands = "",
    .help = {"đổi khóa của máy này; khóa cũ còn dùng được thêm vài ngày",
             "change this machine's key; the old one is let in for some more days"},
    .options = ROTATE_OPTIONS,
    .option_count = TH_COUNT(ROTATE_OPTIONS),
    .run = run,
};
