// keys.c - see keys.h

#include "cli/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/key.h"
#include "tonghop/roster.h"
#include "tonghop/sheet.h"
#include "tonghop/text.h"

#include "cli/enrol.h"
#include "cli/keys_rotate.h"
#include "cli/keys_server.h"
#include "cli/keys_sign.h"
#include "cli/place.h"

enum { WORKER_NAME_MAX = 32 }; // as tonghop.yaml takes it

const struct th_option KEYS_OPTIONS[KEYS_OPTION_COUNT] = {
    {.name = "reason",
     .kind = TH_OPTION_TEXT,
     .value = "TEXT",
     .help = {"lý do thu hồi", "why the key is revoked"}},
    {.name = "role",
     .kind = TH_OPTION_CHOICE,
     .value = "node|viewer|worker|desk",
     .choices = "node|viewer|worker|desk",
     .fallback = "node",
     .help = {"khóa của nút, người xem, worker hay bàn của tỉnh",
              "key of a node, a viewer, a worker or a desk"}},
    {.name = "overlap",
     .kind = TH_OPTION_DURATION,
     .value = "D",
     .fallback = "7d",
     .min = 0,
     .max = 366LL * 86400000,
     .help = {"rotate với worker, viewer hay desk: khóa cũ còn dùng được bao lâu",
              "rotate of a worker, viewer or desk: how long the old key is let in"}},
    {.name = "broker",
     .kind = TH_OPTION_FLAG,
     .help = {"rotate khóa của broker: báo trước cho mọi nơi, hoặc xem ai đã biết",
              "rotate the broker's key: announce another one, or see who has heard of it"}},
    {.name = "sign",
     .kind = TH_OPTION_FLAG,
     .help = {"rotate khóa ký biên nhận", "rotate the key that signs receipts"}},
    {.name = "switch",
     .kind = TH_OPTION_FLAG,
     .help = {"đổi hẳn sang khóa đã báo trước; --yes dù có nơi chưa biết",
              "change over to the announced key; --yes although some have not heard of it"}},
};

static const char *class_word(enum th_peer_class class)
{
    switch (class) {
    case TH_PEER_NODE:
        return "node";
    case TH_PEER_WORKER:
        return "worker";
    case TH_PEER_VIEWER:
        return "viewer";
    case TH_PEER_DESK:
        return "desk";
    case TH_PEER_BOOTSTRAP:
    case TH_PEER_NONE:
        return "";
    }
    th_unreachable();
}

static const char *state_word(const struct th_roster_entry *entry, int64_t now_ms)
{
    if (entry->revoked) {
        return "revoked";
    }
    if (entry->has_key) {
        return th_roster_is_rotating(entry) ? "rotating" : "active";
    }
    return entry->expires_ms > now_ms ? "enrolled" : "expired";
}

// The directory: the operand after those that say what to do, else --dir, else ".".
static const char *dir_of(const struct th_call *call, size_t words)
{
    if (call->operand_count > words) {
        return call->operands[words];
    }
    return call->dir != NULL ? call->dir : ".";
}

static int read_roster(const struct th_call *call, struct th_roster **roster)
{
    char path[TH_PATH_MAX];
    struct th_finding kept[8];
    const char *dir = dir_of(call, 1);
    (void)place_path(dir, "register/roster.yaml", path);
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), path);
    errno = 0;
    enum th_err err = th_roster_read(path, &findings, roster);
    if (err == TH_E_REFUSED || err == TH_E_DENIED) {
        place_findings(call, &findings);
        return TH_EXIT_CONFIG;
    }
    // Keys that joined live with the workers; the broker keeps what they last told it.
    if (err == TH_OK) {
        err = th_roster_join_kept(*roster, place_path(dir, "run", path));
    }
    return place_fail(call, err, path);
}

// clang-format off
enum column {
    COLUMN_ROLE,
    COLUMN_NUMBER,
    COLUMN_LINEAGE,
    COLUMN_UNITS,
    COLUMN_ONLY,
    COLUMN_STATE,
    COLUMN_FINGERPRINT,
    COLUMN_REASON,
    COLUMN_SINCE,
    COLUMN_PREVIOUS,
    COLUMN_UNTIL,
    COLUMN_AUDIENCE,
    COLUMNS
};

static const struct th_sheet_column SHEET[COLUMNS] = {
    [COLUMN_ROLE] = {"role", {"vai trò", "role"}, false},
    [COLUMN_NUMBER] = {"number", {"số", "number"}, true},
    [COLUMN_LINEAGE] = {"lineage", {"tỉnh", "province"}, false},
    [COLUMN_UNITS] = {"units", {"đơn vị", "units"}, false},
    [COLUMN_ONLY] = {"only", {"chỉ", "only"}, true},
    [COLUMN_STATE] = {"state", {"trạng thái", "state"}, false},
    [COLUMN_FINGERPRINT] = {"fingerprint", {"mã khóa", "fingerprint"}, false},
    [COLUMN_REASON] = {"reason", {"lý do", "reason"}, false},
    [COLUMN_SINCE] = {"since", {"từ", "since"}, false},
    [COLUMN_PREVIOUS] = {"previous", {"mã khóa cũ", "previous"}, false},
    [COLUMN_UNTIL] = {"previous_until", {"khóa cũ đến", "until"}, false},
    [COLUMN_AUDIENCE] = {"audience", {"xem gì", "audience"}, false},
};
// clang-format on

static enum th_err
add_row(struct th_sheet *sheet, const struct th_roster_entry *entry, int64_t now_ms)
{
    char number[16];
    char units[512] = "";
    char fingerprint[TH_FINGERPRINT_SIZE] = "";
    char previous[TH_FINGERPRINT_SIZE] = "";
    char since[TH_TIME_TEXT_BYTES] = "";
    char until[TH_TIME_TEXT_BYTES] = "";
    for (size_t i = 0; i < entry->unit_count; i++) {
        const size_t used = strlen(units);
        (void)snprintf(units + used,
                       sizeof(units) - used,
                       "%s%.*s",
                       i > 0 ? " " : "",
                       (int)entry->units[i].size,
                       (const char *)entry->units[i].data);
    }
    if (entry->has_key) {
        (void)th_key_fingerprint(entry->key, fingerprint);
    }
    if (entry->joined && entry->joined_ms != 0) {
        (void)th_time_utc(entry->joined_ms, since);
    }
    if (entry->has_previous && entry->previous_until_ms > now_ms) {
        (void)th_key_fingerprint(entry->previous, previous);
        (void)th_time_utc(entry->previous_until_ms, until);
    }
    (void)snprintf(number, sizeof(number), "%u", (unsigned)entry->number);
    const struct th_bytes cells[COLUMNS] = {
        [COLUMN_ROLE] = th_bytes_of(class_word(entry->class)),
        [COLUMN_NUMBER] = th_bytes_of(number),
        [COLUMN_LINEAGE] = entry->lineage,
        [COLUMN_UNITS] = th_bytes_of(units),
        [COLUMN_ONLY] = th_bytes_of(entry->only ? "1" : "0"),
        [COLUMN_STATE] = th_bytes_of(state_word(entry, now_ms)),
        [COLUMN_FINGERPRINT] = th_bytes_of(fingerprint),
        [COLUMN_REASON] = entry->reason,
        [COLUMN_SINCE] = th_bytes_of(since),
        [COLUMN_PREVIOUS] = th_bytes_of(previous),
        [COLUMN_UNTIL] = th_bytes_of(until),
        [COLUMN_AUDIENCE] = entry->public_only ? TH_BYTES("public") : TH_BYTES(""),
    };
    return th_sheet_add(sheet, cells);
}

static enum th_err add_sign_row(void *self, const struct keys_sign_row *row)
{
    char number[16];
    char since[TH_TIME_TEXT_BYTES] = "";
    (void)snprintf(number, sizeof(number), "%u", row->number);
    if (row->since_ms != 0) {
        (void)th_time_utc(row->since_ms, since);
    }
    struct th_bytes cells[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        cells[i] = TH_BYTES("");
    }
    cells[COLUMN_ROLE] = TH_BYTES("sign");
    cells[COLUMN_NUMBER] = th_bytes_of(number);
    cells[COLUMN_ONLY] = TH_BYTES("0");
    cells[COLUMN_STATE] = row->present ? TH_BYTES("active") : TH_BYTES("past");
    cells[COLUMN_FINGERPRINT] = th_bytes_of(row->fingerprint);
    cells[COLUMN_SINCE] = th_bytes_of(since);
    return th_sheet_add(self, cells);
}

static int list(const struct th_call *call)
{
    TH_SCOPED(th_roster_free) struct th_roster *roster = NULL;
    const int code = read_roster(call, &roster);
    if (code != TH_EXIT_OK) {
        return code;
    }
    TH_SCOPED(th_sheet_free) struct th_sheet sheet = th_sheet_of(SHEET, COLUMNS);
    const int64_t now_ms = th_wall_ms(); // of all rows
    for (size_t i = 0; i < roster->entry_count; i++) {
        const enum th_err err = add_row(&sheet, &roster->entries[i], now_ms);
        if (err != TH_OK) {
            return place_fail(call, err, "keys");
        }
    }
    const enum th_err err = keys_sign_list(dir_of(call, 1), add_sign_row, &sheet);
    return place_fail(call, err != TH_OK ? err : th_sheet_print(&sheet, call, stdout), "stdout");
}

static enum th_peer_class class_of(const char *word)
{
    if (strcmp(word, "viewer") == 0) {
        return TH_PEER_VIEWER;
    }
    if (strcmp(word, "desk") == 0) {
        return TH_PEER_DESK;
    }
    return strcmp(word, "worker") == 0 ? TH_PEER_WORKER : TH_PEER_NODE;
}

static enum th_err change(const char *dir,
                          enum th_peer_class class,
                          uint32_t number,
                          const char *reason,
                          uint64_t *generation)
{
    char path[TH_PATH_MAX];
    char lock_path[TH_PATH_MAX];
    struct th_findings nobody = th_findings_of(NULL, 0, "roster.yaml");
    TH_SCOPED(th_roster_unlock) struct th_roster_lock lock = {.fd = -1};
    TH_SCOPED(th_roster_free) struct th_roster *roster = NULL;
    (void)place_path(dir, "register/roster.yaml", path);
    TH_TRY(th_roster_lock(place_path(dir, "register/roster.lock", lock_path), &lock));
    TH_TRY(th_roster_read(path, &nobody, &roster));
    TH_TRY(th_roster_revoke(roster, class, number, th_bytes_of(reason)));
    TH_TRY(th_roster_save(roster, path));
    *generation = roster->generation;
    return TH_OK;
}

void keys_enter(const struct th_call *call,
                const char *dir,
                const char *verb,
                const char *node,
                const char *reason)
{
    const pid_t pid = fork();
    if (pid == 0) {
        const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(null, STDOUT_FILENO);
        char *words[] = {(char *)(uintptr_t) "tonghop-node",
                         (char *)(uintptr_t)verb,
                         (char *)(uintptr_t)node,
                         (char *)(uintptr_t) "--dir",
                         (char *)(uintptr_t)dir,
                         (char *)(uintptr_t) "--wait=5s",
                         (char *)(uintptr_t) "--quiet",
                         (char *)(uintptr_t)(reason != NULL ? "--reason" : NULL),
                         (char *)(uintptr_t)reason,
                         NULL};
        _exit(th_call_exec(call, "tonghop-node", words));
    }
    if (pid > 0) {
        int status = 0;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
    }
}

// The key is revoked in any case; what the ledger says of it comes after.
static int revoke_key(const struct th_call *call)
{
    const char *dir = dir_of(call, 2);
    const char *reason = th_call_text(call, "reason");
    const enum th_peer_class class = class_of(th_call_text(call, "role"));
    uint64_t generation = 0;
    if (call->operand_count < 2 || reason == NULL) {
        const char *params[] = {call->operand_count < 2 ? "NODE" : "--reason"};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    char *end = NULL;
    const unsigned long number = strtoul(call->operands[1], &end, 10);
    enum th_err err = TH_E_NOT_FOUND;
    if (end != call->operands[1] && *end == '\0' && number <= UINT32_MAX) {
        err = change(dir, class, (uint32_t)number, reason, &generation);
    }
    if (err == TH_E_NOT_FOUND) {
        struct th_verdict verdict;
        th_verdict_make(&verdict, TH_M_UNKNOWN_WORD, 'd', NULL, call->operands[1], NULL);
        return place_fail_verdict(call, &verdict);
    }
    if (err != TH_OK) {
        return place_fail(call, err, dir);
    }
    const int code = enrol_wait_for_broker(call, dir, generation);
    if (code == TH_EXIT_OK) {
        th_call_say(call,
                    "Đã thu hồi khóa của %s %s. Từ nay không nhận gì từ khóa này.\n",
                    "Revoked the key of %s %s. Nothing is taken from it any more.\n",
                    class_word(class),
                    call->operands[1]);
        if (class == TH_PEER_NODE) {
            keys_enter(call, dir, "revocation", call->operands[1], reason);
        }
    }
    return code;
}

// ---- a further worker ----

static bool worker_name_good(const char *name)
{
    const struct th_bytes text = th_bytes_of(name);
    return text.size <= WORKER_NAME_MAX && th_text_is_code(text, WORKER_NAME_MAX);
}

static enum th_err make_worker(const char *dir, const char *name, uint64_t *generation)
{
    char path[TH_PATH_MAX];
    char other[TH_PATH_MAX];
    char file[TH_KEY_NAME_MAX];
    struct th_findings nobody = th_findings_of(NULL, 0, "roster.yaml");
    struct th_roster_entry entry = {.class = TH_PEER_WORKER, .has_key = true};
    TH_SCOPED(th_key_forget) struct th_key_pair pair = {0};
    TH_SCOPED(th_roster_unlock) struct th_roster_lock lock = {.fd = -1};
    TH_SCOPED(th_roster_free) struct th_roster *roster = NULL;
    (void)place_path(dir, "register/roster.yaml", path);
    (void)snprintf(file, sizeof(file), "worker-%s", name);
    TH_TRY(th_roster_lock(place_path(dir, "register/roster.lock", other), &lock));
    TH_TRY(th_roster_read(path, &nobody, &roster));
    TH_TRY(th_key_make(&pair));
    TH_TRY(th_z85_read(th_bytes_of(pair.public_key), entry.key));
    entry.number = th_roster_next_number(roster, TH_PEER_WORKER);
    TH_TRY(th_roster_add(roster, &entry));
    TH_TRY(th_key_write(place_path(dir, "keys", other), file, &pair));
    TH_TRY(th_roster_save(roster, path));
    *generation = roster->generation;
    return TH_OK;
}

// The key of one more worker of tonghop.yaml, under its name there.
static int make(const struct th_call *call)
{
    const char *dir = dir_of(call, 3);
    const char *name = call->operand_count > 2 ? call->operands[2] : "";
    uint64_t generation = 0;
    if (call->operand_count < 3 || strcmp(call->operands[1], "worker") != 0 ||
        !worker_name_good(name)) {
        const char *params[] = {"worker NAME"};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    const enum th_err err = make_worker(dir, name, &generation);
    if (err != TH_OK) {
        return place_fail(call, err, name);
    }
    const int code = enrol_wait_for_broker(call, dir, generation);
    if (code == TH_EXIT_OK) {
        th_call_say(
            call,
            "Đã tạo khóa của worker %s. Ghi worker này và các tỉnh của nó vào tonghop.yaml.\n",
            "Made the key of worker %s. Name it and its provinces in tonghop.yaml.\n",
            name);
    }
    return code;
}

// Of the province's broker; of this node or viewer in a directory of one, which knows the broker's
// public key only.
static int fingerprint(const struct th_call *call)
{
    static const char *const NAMES[] = {"broker", "node", "viewer"};
    struct stat secret;
    char keys[TH_PATH_MAX];
    char path[TH_PATH_MAX];
    char text[TH_FINGERPRINT_SIZE];
    char public_key[TH_Z85_SIZE];
    uint8_t key[TH_CURVE_BYTES];
    struct th_verdict why = {0};
    const char *dir = dir_of(call, 1);
    (void)place_path(dir, "keys", keys);
    const bool is_province = stat(place_path(keys, "broker.secret", path), &secret) == 0;
    for (size_t i = is_province ? 0 : 1; i < TH_COUNT(NAMES); i++) {
        const enum th_err err = th_key_read_public(keys, NAMES[i], public_key, &why);
        if (err == TH_OK && th_z85_read(th_bytes_of(public_key), key) == TH_OK) {
            (void)printf("%s\n", th_key_fingerprint(key, text));
            return TH_EXIT_OK;
        }
    }
    return place_fail_verdict(call, &why);
}

int keys_run(const struct th_call *call)
{
    const char *what = call->operands[0];
    if (strcmp(what, "list") == 0) {
        return list(call);
    }
    if (strcmp(what, "revoke") == 0) {
        return revoke_key(call);
    }
    if (strcmp(what, "rotate") == 0 && th_call_flag(call, "broker")) {
        return keys_server(call, dir_of(call, 1));
    }
    if (strcmp(what, "rotate") == 0 && th_call_flag(call, "sign")) {
        return keys_sign(call, dir_of(call, 1));
    }
    if (strcmp(what, "rotate") == 0) {
        return keys_rotate(call, dir_of(call, 2), class_of(th_call_text(call, "role")));
    }
    if (strcmp(what, "make") == 0) {
        return make(call);
    }
    if (strcmp(what, "fingerprint") == 0) {
        return fingerprint(call);
    }
    const char *params[] = {what};
    return th_call_fail(call, TH_M_NO_COMMAND, params, 1);
}
