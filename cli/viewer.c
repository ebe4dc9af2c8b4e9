// viewer.c - see viewer.h

#include "cli/viewer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/key.h"
#include "tonghop/roster.h"

#include "cli/place.h"

// In a province directory the broker runs here and says where; a joined viewer was told.
static int endpoint_of(const struct th_call *call,
                       const char *dir,
                       const struct th_config *config,
                       char out[static TH_ENDPOINT_SIZE])
{
    char path[TH_PATH_MAX];
    struct th_broker_state state;
    const struct th_config_province *provinces = NULL;
    const char *joined = th_config_text(config, "node.queries");
    if (joined[0] != '\0' && th_config_provinces(config, &provinces) == 0) {
        (void)snprintf(out, TH_ENDPOINT_SIZE, "%s", joined);
        return TH_EXIT_OK;
    }
    const enum th_err err = th_broker_state_read(place_path(dir, "run/broker.state", path), &state);
    if (err != TH_OK) {
        const char *params[] = {dir};
        return th_call_fail(call, TH_M_PROVINCE_DOWN, params, 1);
    }
    (void)snprintf(out, TH_ENDPOINT_SIZE, "%s", state.queries);
    return TH_EXIT_OK;
}

int viewer_open(const struct th_call *call,
                const char *dir,
                const struct th_config *config,
                struct th_asker **asker)
{
    char keys[TH_PATH_MAX];
    char endpoint[TH_ENDPOINT_SIZE];
    char server[TH_Z85_SIZE];
    TH_SCOPED(th_key_forget) struct th_key_pair own = {0};
    struct th_verdict why;
    const int code = endpoint_of(call, dir, config, endpoint);
    if (code != TH_EXIT_OK) {
        return code;
    }
    (void)th_config_path(config, "keys", keys, sizeof(keys));
    if (th_key_read(keys, "viewer", &own, &why) != TH_OK ||
        th_key_read_public(keys, "broker", server, &why) != TH_OK) {
        return place_fail_verdict(call, &why);
    }
    const struct th_asker_setup setup = {
        .endpoint = endpoint,
        .server_public = server,
        .own_public = own.public_key,
        .own_secret = own.secret_key,
        .number = (uint32_t)th_config_number(config, "node.number"),
    };
    const enum th_err err = th_asker_open(&setup, asker);
    return err == TH_OK ? TH_EXIT_OK : place_fail(call, err, endpoint);
}

int viewer_fail(const struct th_call *call,
                const char *dir,
                enum th_err err,
                const struct th_asker_end *end)
{
    struct th_verdict verdict;
    char text[32];
    if (err == TH_E_REFUSED && end->code == 5002) {
        // The detail says what kind of thing it is: "unit 99999", "measure XX", "period 2018-13".
        const char *blank = strchr(end->detail, ' ');
        const char *value = blank != NULL ? blank + 1 : end->detail;
        const bool measure = strncmp(end->detail, "measure", 7) == 0;
        const bool period = strncmp(end->detail, "period", 6) == 0;
        th_verdict_make(&verdict,
                        TH_M_UNKNOWN_WORD,
                        measure  ? 'b'
                        : period ? 'c'
                                 : 'a',
                        NULL,
                        value,
                        NULL);
        return place_fail_verdict(call, &verdict);
    }
    if (err == TH_E_DENIED) {
        (void)snprintf(text, sizeof(text), "ZAP %" PRIu32, end->code);
        th_verdict_make(&verdict, TH_M_KEY_REFUSED, 0, NULL, "viewer", text, NULL);
        return place_fail_verdict(call, &verdict);
    }
    if (err == TH_E_TIMEOUT && end->code == 0) {
        (void)snprintf(text, sizeof(text), "%" PRIu64 " ms", call->timeout_ms);
        th_verdict_make(&verdict, TH_M_LINE_SILENT, 0, NULL, text, NULL);
        return place_fail_verdict(call, &verdict);
    }
    if (err == TH_E_TIMEOUT || err == TH_E_REFUSED) {
        th_verdict_make(&verdict, end->code, 0, NULL, end->detail, NULL);
        (void)place_fail_verdict(call, &verdict);
        return err == TH_E_TIMEOUT ? TH_EXIT_UNAVAILABLE : th_message_exit(end->code);
    }
    return place_fail(call, err, dir);
}
