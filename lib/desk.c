// desk.c - see desk.h

#include "tonghop/desk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tonghop/enrolment.h"
#include "tonghop/file.h"
#include "tonghop/key.h"
#include "tonghop/roster.h"

enum { PUBLIC_MODE = 0644 };

// Its own key never expires; the file wants a day.
static const int64_t NEVER_MS = INT64_C(4102444799000); // 2099-12-31T23:59:59Z

struct making {
    const struct th_config *config;
    const struct th_config_province *province;
    char dir[TH_PATH_MAX];
    char keys[TH_PATH_MAX];      // of the desk
    char home_keys[TH_PATH_MAX]; // of the province
    char brokers[TH_DESK_BROKERS_BYTES];
    uint64_t generation;
    struct th_verdict *why;
};

char *th_desk_dir(const struct th_config *config, const char *lineage, char out[static TH_PATH_MAX])
{
    (void)snprintf(out, TH_PATH_MAX, "%.3900s/desk/%.8s", th_config_dir(config), lineage);
    return out;
}

static char *inside(const char *dir, const char *name, char out[static TH_PATH_MAX])
{
    (void)snprintf(out, TH_PATH_MAX, "%.3950s/%.140s", dir, name);
    return out;
}

static bool is_there(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0;
}

// ---- where it connects to ----

static void reach(const char *endpoint, char *out, size_t max)
{
    static const char *const EVERYWHERE[] = {"tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:"};
    for (size_t i = 0; i < TH_COUNT(EVERYWHERE); i++) {
        const size_t size = strlen(EVERYWHERE[i]);
        if (strncmp(endpoint, EVERYWHERE[i], size) == 0) {
            (void)snprintf(out, max, "tcp://127.0.0.1:%.16s", endpoint + size);
            return;
        }
    }
    (void)snprintf(out, max, "%s", endpoint);
}

// The broker that runs says where its door is; the others stand in the settings.
char *th_desk_brokers(const struct th_config *config, char out[static TH_DESK_BROKERS_BYTES])
{
    char path[TH_PATH_MAX];
    char list[TH_DESK_BROKERS_BYTES];
    struct th_broker_state state;
    (void)snprintf(list, sizeof(list), "%s", th_config_text(config, "broker.nodes"));
    if (th_broker_state_read(inside(th_config_dir(config), "run/broker.state", path), &state) ==
        TH_OK) {
        (void)snprintf(list, sizeof(list), "%s", state.nodes);
    }
    out[0] = '\0';
    char *rest = list;
    for (char *one = strsep(&rest, ","); one != NULL; one = strsep(&rest, ",")) {
        const size_t used = strlen(out);
        char reached[TH_ENDPOINT_SIZE];
        reach(one, reached, sizeof(reached));
        (void)snprintf(
            out + used, TH_DESK_BROKERS_BYTES - used, "%s%s", used > 0 ? "," : "", reached);
    }
    return out;
}

// ---- its directory ----

static enum th_err make_dirs(const struct making *making)
{
    char path[TH_PATH_MAX];
    TH_TRY(th_dir_make(inside(th_config_dir(making->config), "desk", path)));
    TH_TRY(th_dir_make(making->dir));
    TH_TRY(th_dir_make(inside(making->dir, "run", path)));
    return th_key_directory(making->keys, making->why);
}

static enum th_err fine_if_there(enum th_err err)
{
    return err == TH_E_EXISTS ? TH_OK : err;
}

static enum th_err copy_person_key(const struct making *making, char out[static TH_Z85_SIZE])
{
    char path[TH_PATH_MAX];
    uint8_t secret[TH_CURVE_BYTES];
    if (!is_there(inside(making->home_keys, "person.secret", path))) {
        return TH_OK; // ids travel as they stand
    }
    TH_TRY(th_secret_read(making->home_keys, "person", secret, making->why));
    th_z85_write(secret, out);
    th_secret_forget(secret, sizeof(secret));
    return TH_OK;
}

static enum th_err write_enrolment(const struct making *making)
{
    char path[TH_PATH_MAX];
    char doors[2][TH_ENDPOINT_SIZE];
    char first[TH_DESK_BROKERS_BYTES];
    (void)snprintf(first, sizeof(first), "%s", making->brokers);
    first[strcspn(first, ",")] = '\0';
    reach(th_config_text(making->config, "broker.queries"), doors[0], sizeof(doors[0]));
    reach(th_config_text(making->config, "broker.feed_out"), doors[1], sizeof(doors[1]));
    const struct th_bytes broker = th_bytes_of(first);
    struct th_enrolment file = {
        .role = TH_PEER_DESK,
        .province = th_bytes_of(making->province->root),
        .lineage = th_bytes_of(making->province->lineage),
        .name = th_bytes_of(making->province->name),
        .brokers = &broker,
        .broker_count = 1,
        .queries = th_bytes_of(doors[0]),
        .feed = th_bytes_of(doors[1]),
        .expires_ms = NEVER_MS,
    };
    TH_TRY(th_key_read_public(making->home_keys, "broker", file.server_key, making->why));
    TH_TRY(copy_person_key(making, file.person_key));
    TH_SCOPED(th_sign_key_forget) struct th_sign_key sign = {0};
    TH_TRY(th_sign_key_read(making->home_keys, &sign, making->why));
    th_z85_write(sign.public_key, file.sign_key);
    const enum th_err err =
        fine_if_there(th_enrolment_write(inside(making->keys, "enrolment.yaml", path), &file));
    th_secret_forget(&file, sizeof(file));
    return err;
}

static enum th_err write_keys(const struct making *making)
{
    char path[TH_PATH_MAX];
    char broker[TH_Z85_SIZE];
    char line[TH_Z85_SIZE + 1];
    TH_SCOPED(th_key_forget) struct th_key_pair pair = {0};
    TH_TRY(th_key_make(&pair));
    TH_TRY(fine_if_there(th_key_write(making->keys, "node", &pair)));
    TH_TRY(th_key_read_public(making->home_keys, "broker", broker, making->why));
    (void)snprintf(line, sizeof(line), "%s\n", broker);
    return th_file_replace(
        inside(making->keys, "broker.public", path), th_bytes_of(line), PUBLIC_MODE);
}

// Last: a directory without settings is not finished.
static enum th_err write_settings(const struct making *making)
{
    char path[TH_PATH_MAX];
    const struct th_config_setting settings[] = {
        {"node.number", "0"},
        {"node.lineage", making->province->lineage},
        {"node.brokers", making->brokers},
    };
    const struct th_config_file file = {.settings = settings, .setting_count = TH_COUNT(settings)};
    return th_config_write(inside(making->dir, "tonghop.yaml", path), &file);
}

// ---- its place in the roster ----

static enum th_err
add_entry(struct making *making, struct th_roster *roster, const struct th_roster_entry *entry)
{
    char path[TH_PATH_MAX];
    TH_TRY(th_roster_add(roster, entry));
    TH_TRY(th_roster_save(roster,
                          inside(th_config_dir(making->config), "register/roster.yaml", path)));
    making->generation = roster->generation;
    return TH_OK;
}

// K2: a key in the roster that is not in the directory has spoken already.
static enum th_err check_lost(struct making *making, const struct th_roster_entry *known)
{
    char path[TH_PATH_MAX];
    char public_key[TH_Z85_SIZE];
    uint8_t key[TH_CURVE_BYTES] = {0};
    if (is_there(inside(making->keys, "node.secret", path))) {
        TH_TRY(th_key_read_public(making->keys, "node", public_key, making->why));
        TH_TRY(th_z85_read(th_bytes_of(public_key), key));
        if (memcmp(key, known->key, sizeof(key)) == 0 ||
            (known->has_previous && memcmp(key, known->previous, sizeof(key)) == 0)) {
            return TH_OK;
        }
    }
    th_verdict_make(making->why, TH_M_DESK_LOST, 0, NULL, making->dir, NULL);
    return TH_E_EXISTS;
}

static enum th_err make_under_lock(struct making *making)
{
    char path[TH_PATH_MAX];
    char public_key[TH_Z85_SIZE];
    struct th_findings nobody = th_findings_of(NULL, 0, "roster.yaml");
    const char *dir = th_config_dir(making->config);
    TH_SCOPED(th_roster_unlock) struct th_roster_lock lock = {.fd = -1};
    TH_SCOPED(th_roster_free) struct th_roster *roster = NULL;
    TH_TRY(th_roster_lock(inside(dir, "register/roster.lock", path), &lock));
    TH_TRY(th_roster_read(inside(dir, "register/roster.yaml", path), &nobody, &roster));
    struct th_roster_entry entry = {
        .class = TH_PEER_DESK,
        .lineage = th_bytes_of(making->province->lineage),
        .has_key = true,
    };
    const struct th_roster_entry *known = th_roster_own_desk(roster, entry.lineage);
    if (known != NULL) {
        TH_TRY(check_lost(making, known));
    }
    TH_TRY(make_dirs(making));
    TH_TRY(write_keys(making));
    TH_TRY(write_enrolment(making));
    if (known == NULL) {
        const bool first = th_roster_find(roster, TH_PEER_DESK, 0) == NULL;
        entry.number = first ? 0 : th_roster_next_number(roster, TH_PEER_DESK);
        TH_TRY(th_key_read_public(making->keys, "node", public_key, making->why));
        TH_TRY(th_z85_read(th_bytes_of(public_key), entry.key));
        TH_TRY(add_entry(making, roster, &entry));
    }
    return write_settings(making);
}

// What is there and finished stays as it is.
static bool is_made(const struct making *making)
{
    char path[TH_PATH_MAX];
    return is_there(inside(making->dir, "tonghop.yaml", path)) &&
           is_there(inside(making->keys, "enrolment.yaml", path));
}

enum th_err th_desk_make(const struct th_config *config,
                         const char *lineage,
                         uint64_t *generation,
                         struct th_verdict *why)
{
    struct making making = {
        .config = config,
        .province = th_config_province(config, lineage),
        .why = why,
    };
    *why = (struct th_verdict){0};
    *generation = 0;
    th_assert(making.province != NULL);
    (void)th_desk_dir(config, lineage, making.dir);
    (void)inside(making.dir, "keys", making.keys);
    (void)th_config_path(config, "keys", making.home_keys, sizeof(making.home_keys));
    (void)th_desk_brokers(config, making.brokers);
    if (is_made(&making)) {
        return TH_OK;
    }
    errno = 0;
    const enum th_err err = make_under_lock(&making);
    if (err != TH_OK && why->code == 0) {
        char text[TH_PARAM_BYTES];
        char reason[128];
        (void)snprintf(text,
                       sizeof(text),
                       "%.40s: %s",
                       making.dir,
                       errno != 0 ? strerror_r(errno, reason, sizeof(reason)) : th_err_text(err));
        th_verdict_make(why, TH_M_WRITE_FAILED, 0, NULL, text, NULL);
    }
    *generation = making.generation;
    return err;
}
