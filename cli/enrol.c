// enrol.c - see enrol.h

#include "cli/enrol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/enrolment.h"
#include "tonghop/file.h"
#include "tonghop/key.h"
#include "tonghop/roster.h"
#include "tonghop/viewer.h"

#include "cli/enrol_part.h"
#include "cli/place.h"

const struct th_option ENROL_OPTIONS[ENROL_OPTION_COUNT] = {
    {.name = "unit",
     .kind = TH_OPTION_LIST,
     .value = "CODE[@DATE]",
     .help = {"đơn vị được báo cáo, cùng mọi cấp dưới", "unit it speaks for, and all below"}},
    {.name = "output",
     .letter = 'o',
     .kind = TH_OPTION_TEXT,
     .value = "FILE",
     .help = {"tệp giấy đăng ký", "enrolment file to write"}},
    {.name = "role",
     .kind = TH_OPTION_CHOICE,
     .value = "node|viewer|desk",
     .choices = "node|viewer|desk",
     .fallback = "node",
     .help = {"nút báo cáo, người xem, hay bàn của tỉnh trên máy khác",
              "a reporting node, a viewer, or the province's desk on another machine"}},
    {.name = "audience",
     .kind = TH_OPTION_CHOICE,
     .value = "internal|public",
     .choices = "internal|public",
     .fallback = "internal",
     .help = {"người xem được hỏi gì: mọi số liệu, hay chỉ số liệu công khai",
              "what a viewer may ask for: all figures, or the public ones alone"}},
    {.name = "valid",
     .kind = TH_OPTION_DURATION,
     .value = "D",
     .fallback = "7d",
     .min = 1000,
     .max = 366LL * 86400000,
     .help = {"giấy có hiệu lực bao lâu", "how long the file is good"}},
    {.name = "only",
     .kind = TH_OPTION_FLAG,
     .help = {"chỉ các đơn vị này, không gồm cấp dưới", "the units themselves, not what is below"}},
    {.name = "address",
     .kind = TH_OPTION_TEXT,
     .value = "HOST",
     .help =
         {"tên hoặc địa chỉ máy chủ mà nơi nhận giấy kết nối tới; cần khi cửa mở trên mọi địa chỉ "
          "(tcp://*:5570)",
          "name or address under which this server is reached; needed when the doors are open on "
          "all addresses (tcp://*:5570)"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"tỉnh nào, khi thư mục có nhiều tỉnh",
              "which province, when the directory has several"}},
    {.name = "node",
     .kind = TH_OPTION_NUMBER,
     .value = "N",
     .min = 1,
     .max = INT32_MAX,
     .help = {"giấy mới cho số đã đăng ký, khi máy hay khóa của nơi đó không còn",
              "a new file for a number that is enrolled, when its machine or key is lost"}},
    {.name = "reason",
     .kind = TH_OPTION_TEXT,
     .value = "TEXT",
     .help = {"vì sao đăng ký lại, ghi vào sổ của tỉnh",
              "why it is enrolled again, for the ledger"}},
};

int enrol_wait_for_broker(const struct th_call *call, const char *dir, uint64_t generation)
{
    char path[TH_PATH_MAX];
    (void)place_path(dir, "run/broker.state", path);
    if (th_broker_state_wait(path, generation, call->timeout_ms) == TH_OK) {
        return TH_EXIT_OK;
    }
    const char *params[] = {"broker"};
    return th_call_fail(call, TH_M_LINE_SILENT, params, 1);
}

static void enrol_free(struct enrol *enrol)
{
    th_key_forget(&enrol->bootstrap);
    th_province_free(&enrol->province);
    th_roster_free(&enrol->roster);
    th_config_free(&enrol->config);
}

// -o means the output here, as for every compiler; settings are given with --override.
static int take_output(struct enrol *enrol)
{
    enrol->output = th_call_text(enrol->call, "output");
    if (enrol->output == NULL) {
        const char *params[] = {"-o FILE"};
        return th_call_fail(enrol->call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    return TH_EXIT_OK;
}

// A code may mean several units, one after the other. The province and the node both take a grant
// of too many for one of none.
static int check_count(const struct enrol *enrol, const struct th_value *asked)
{
    struct th_grant grant = {0};
    const char *params[] = {"unit", "<= 64"};
    _Static_assert(TH_GRANT_UNITS_MAX == 64 && ENROL_UNITS_MAX == 64, "the message says so");
    const bool fits =
        asked->list_count <= ENROL_UNITS_MAX &&
        th_grant_resolve(&grant, enrol->province->reg, enrol->units, enrol->unit_count, NULL) ==
            TH_OK;
    return fits ? TH_EXIT_OK : th_call_fail(enrol->call, TH_M_OPTION_VALUE, params, 2);
}

static int take_units(struct enrol *enrol)
{
    const struct th_value *units = th_call_value(enrol->call, "unit");
    char lineage[TH_LINEAGE_MAX + 1];
    if (units->list_count == 0 && enrol->role == TH_PEER_NODE) {
        const char *params[] = {"--unit"};
        return th_call_fail(enrol->call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    int code = th_viewer_lineage(enrol->call,
                                 enrol->config,
                                 th_call_text(enrol->call, "lineage"),
                                 units->list_count > 0 ? units->list[0] : NULL,
                                 lineage);
    if (code == TH_EXIT_OK) {
        code = enrol_load_province(enrol, lineage);
    }
    if (code != TH_EXIT_OK) {
        return code;
    }
    for (size_t i = 0; i < units->list_count && i < ENROL_UNITS_MAX; i++) {
        enrol->units[enrol->unit_count++] = th_bytes_of(units->list[i]);
    }
    // One by one, so that the message can name the one that is wrong.
    size_t wrong = enrol->unit_count;
    for (size_t i = 0; i < enrol->unit_count && wrong == enrol->unit_count; i++) {
        struct th_grant grant = {0};
        size_t unknown = 0;
        const enum th_err resolved =
            th_grant_resolve(&grant, enrol->province->reg, &enrol->units[i], 1, &unknown);
        wrong = resolved != TH_OK || unknown > 0 ? i : wrong;
    }
    if (wrong == enrol->unit_count) {
        return check_count(enrol, units);
    }
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_UNIT_UNKNOWN_ON, 0, NULL);
    th_verdict_add(&verdict, enrol->units[wrong]);
    th_verdict_add_day(&verdict, th_province_today(enrol->province, th_wall_ms()));
    return place_fail_verdict(enrol->call, &verdict);
}

static int check_audience(const struct enrol *enrol)
{
    const char *params[] = {"audience", "--role viewer"};
    return !enrol->for_public || enrol->role == TH_PEER_VIEWER
               ? TH_EXIT_OK
               : th_call_fail(enrol->call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
}

static enum th_err add_entry(struct enrol *enrol,
                             struct th_roster *roster,
                             const uint8_t bootstrap[static TH_CURVE_BYTES])
{
    struct th_roster_entry entry = {
        .class = enrol->role,
        .number = th_roster_next_number(roster, enrol->role),
        .lineage = th_bytes_of(enrol->province->lineage),
        .units = enrol->units,
        .unit_count = enrol->unit_count,
        .only = enrol->only,
        .public_only = enrol->for_public,
        .has_bootstrap = true,
        .expires_ms = enrol->expires_ms,
    };
    memcpy(entry.bootstrap, bootstrap, sizeof(entry.bootstrap));
    enrol->number = entry.number;
    return th_roster_add(roster, &entry);
}

static enum th_err change_roster(struct enrol *enrol)
{
    char path[TH_PATH_MAX];
    char lock_path[TH_PATH_MAX];
    uint8_t bootstrap[TH_CURVE_BYTES];
    struct th_findings nobody = th_findings_of(NULL, 0, "roster.yaml");
    TH_SCOPED(th_roster_unlock) struct th_roster_lock lock = {.fd = -1};
    TH_SCOPED(th_roster_free) struct th_roster *roster = NULL;
    (void)place_path(enrol->dir, "register/roster.yaml", path);
    TH_TRY(th_roster_lock(place_path(enrol->dir, "register/roster.lock", lock_path), &lock));
    TH_TRY(th_roster_read(path, &nobody, &roster));
    TH_TRY(th_z85_read(th_bytes_of(enrol->bootstrap.public_key), bootstrap));
    TH_TRY(enrol->enrolled != NULL ? enrol_again_add(enrol, roster, bootstrap)
                                   : add_entry(enrol, roster, bootstrap));
    TH_TRY(th_roster_save(roster, path));
    enrol->generation = roster->generation;
    return TH_OK;
}

// The whole number under which 32 secret bytes are written in the file.
static enum th_err read_secret_z85(const char *keys, const char *name, char out[static TH_Z85_SIZE])
{
    uint8_t secret[TH_CURVE_BYTES];
    struct th_verdict why;
    TH_TRY(th_secret_read(keys, name, secret, &why));
    th_z85_write(secret, out);
    th_secret_forget(secret, sizeof(secret));
    return TH_OK;
}

// "tcp://*:5570": where it listens, but nothing that another machine could connect to.
static bool is_everywhere(const char *endpoint)
{
    static const char *const HOSTS[] = {"tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:"};
    bool found = false;
    for (size_t i = 0; i < TH_COUNT(HOSTS); i++) {
        found = found || strncmp(endpoint, HOSTS[i], strlen(HOSTS[i])) == 0;
    }
    return found;
}

// The endpoint as the other machine writes it, in out.
static struct th_bytes
reached_at(const struct enrol *enrol, const char *endpoint, char out[static TH_ENDPOINT_SIZE])
{
    const char *address = th_call_text(enrol->call, "address");
    const char *port = strrchr(endpoint, ':');
    if (address == NULL || port == NULL || strncmp(endpoint, "tcp://", 6) != 0) {
        return th_bytes_of(endpoint);
    }
    (void)snprintf(out, TH_ENDPOINT_SIZE, "tcp://%s%s", address, port);
    return th_bytes_of(out);
}

static int check_address(const struct enrol *enrol)
{
    static const char *const DOORS[] = {"broker.nodes", "broker.queries", "broker.feed_out"};
    bool everywhere = false;
    for (size_t i = 0; i < TH_COUNT(DOORS); i++) {
        everywhere = everywhere || is_everywhere(th_config_text(enrol->config, DOORS[i]));
    }
    if (!everywhere || th_call_text(enrol->call, "address") != NULL) {
        return TH_EXIT_OK;
    }
    const char *params[] = {"--address"};
    return th_call_fail(enrol->call, TH_M_ARGUMENT_MISSING, params, 1);
}

static enum th_err write_file(struct enrol *enrol)
{
    char keys[TH_PATH_MAX];
    struct th_verdict why;
    char brokers[512];
    char doors[TH_ENROLMENT_BROKERS_MAX + 2][TH_ENDPOINT_SIZE];
    struct th_bytes list[TH_ENROLMENT_BROKERS_MAX];
    const char *queries = th_config_text(enrol->config, "broker.queries");
    const char *feed = th_config_text(enrol->config, "broker.feed_out");
    struct th_enrolment file = {
        .role = enrol->role,
        .province = th_bytes_of(enrol->province->root_code),
        .lineage = th_bytes_of(enrol->province->lineage),
        .name = th_bytes_of(enrol->province->name),
        .units = enrol->units,
        .unit_count = enrol->unit_count,
        .only = enrol->only,
        .node = enrol->number,
        .enrolment = enrol->enrolment,
        .brokers = list,
        .queries = reached_at(enrol, queries, doors[TH_ENROLMENT_BROKERS_MAX]),
        .feed = reached_at(enrol, feed, doors[TH_ENROLMENT_BROKERS_MAX + 1]),
        .expires_ms = enrol->expires_ms,
    };
    (void)snprintf(brokers, sizeof(brokers), "%s", th_config_text(enrol->config, "broker.nodes"));
    char *rest = brokers;
    for (char *one = strsep(&rest, ","); one != NULL && file.broker_count < TH_COUNT(list);
         one = strsep(&rest, ",")) {
        list[file.broker_count] = reached_at(enrol, one, doors[file.broker_count]);
        file.broker_count++;
    }
    (void)th_config_path(enrol->config, "keys", keys, sizeof(keys));
    TH_TRY(th_key_read_public(keys, "broker", file.server_key, &why));
    TH_SCOPED(th_sign_key_forget) struct th_sign_key sign = {0};
    TH_TRY(th_sign_key_read(keys, &sign, &why));
    th_z85_write(sign.public_key, file.sign_key);
    if (th_key_read_public(keys, "broker.next", file.next_server_key, &why) != TH_OK) {
        file.next_server_key[0] = '\0'; // none is announced
    }
    const bool hashed =
        th_catalogue_settings(enrol->province->catalogue)->person_ids == TH_PERSON_HASHED;
    if (hashed && enrol->role != TH_PEER_VIEWER) {
        TH_TRY(read_secret_z85(keys, "person", file.person_key));
    }
    (void)memcpy(file.bootstrap_secret, enrol->bootstrap.secret_key, TH_Z85_SIZE);
    const enum th_err err = th_enrolment_write(enrol->output, &file);
    th_secret_forget(&file, sizeof(file));
    return err;
}

static const char *role_word(const struct enrol *enrol)
{
    const bool vi = enrol->call->lang == TH_LANG_VI;
    if (enrol->role == TH_PEER_NODE) {
        return vi ? "nút" : "node";
    }
    if (enrol->role == TH_PEER_DESK) {
        return vi ? "bàn của tỉnh" : "desk";
    }
    return vi ? "người xem" : "viewer";
}

static enum th_peer_class role_of(const char *word)
{
    if (strcmp(word, "desk") == 0) {
        return TH_PEER_DESK;
    }
    return strcmp(word, "viewer") == 0 ? TH_PEER_VIEWER : TH_PEER_NODE;
}

static void say_done(const struct enrol *enrol)
{
    char until[TH_TIME_TEXT_BYTES];
    const int32_t zone = th_catalogue_settings(enrol->province->catalogue)->zone_minutes;
    const struct th_bytes unit =
        enrol->unit_count > 0 ? enrol->units[0] : th_bytes_of(enrol->province->root_code);
    (void)th_time_people(enrol->call->lang, enrol->expires_ms, zone, until);
    th_call_say(enrol->call,
                "Đã tạo %s cho %.*s (%s %u), dùng một lần, hết hạn %s.\n",
                "Wrote %s for %.*s (%s %u), one use, valid until %s.\n",
                enrol->output,
                (int)unit.size,
                (const char *)unit.data,
                role_word(enrol),
                (unsigned)enrol->number,
                until);
}

int enrol_run(const struct th_call *call)
{
    TH_SCOPED(enrol_free) struct enrol enrol = {.call = call, .dir = place_dir(call)};
    enrol.role = role_of(th_call_text(call, "role"));
    enrol.only = th_call_flag(call, "only");
    enrol.for_public = strcmp(th_call_text(call, "audience"), "public") == 0;
    enrol.expires_ms = th_wall_ms() + th_call_value(call, "valid")->number;
    int code = take_output(&enrol);
    code = code == TH_EXIT_OK ? check_audience(&enrol) : code;
    code = code == TH_EXIT_OK ? place_config(call, enrol.dir, &enrol.config) : code;
    code = code == TH_EXIT_OK ? check_address(&enrol) : code;
    if (code == TH_EXIT_OK) {
        code =
            th_call_value(call, "node")->number > 0 ? enrol_again_take(&enrol) : take_units(&enrol);
    }
    if (code != TH_EXIT_OK) {
        return code;
    }
    enum th_err err = th_key_make(&enrol.bootstrap);
    if (err == TH_OK) {
        err = change_roster(&enrol);
    }
    if (err == TH_OK) {
        err = write_file(&enrol);
    }
    if (err != TH_OK) {
        (void)place_fail(call, err, enrol.output);
        return TH_EXIT_CANT_CREATE;
    }
    code = enrol_wait_for_broker(call, enrol.dir, enrol.generation);
    if (code == TH_EXIT_OK) {
        say_done(&enrol);
        enrol_again_done(&enrol);
    }
    return code;
}
