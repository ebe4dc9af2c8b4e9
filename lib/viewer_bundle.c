// viewer_bundle.c - register and catalogue of a joined viewer
//
//   first contact:  JOIN (viewer_key.c) ─> BUNDLE ─> DIR/register/bundle
//   later:          an answer names another digest ─> BUNDLE ─> the file is replaced
//   of then:        an earlier version's answer names another digest ─> BUNDLE of then, not kept
//
// A copy that cannot be read is as none: it is fetched again.

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/file.h"
#include "tonghop/hash.h"
#include "tonghop/viewer.h"

#include "lib/viewer_internal.h"

enum { BUNDLE_MODE = 0600 };

bool th_viewer_is_joined(const struct th_config *config)
{
    const struct th_config_province *provinces = NULL;
    return th_config_text(config, "node.queries")[0] != '\0' &&
           th_config_provinces(config, &provinces) == 0;
}

bool th_viewer_is_behind(const struct th_viewer *viewer, const uint8_t *digest)
{
    const bool follows = viewer->known_at.size > 0 || th_viewer_is_joined(viewer->config);
    return digest != NULL && follows &&
           memcmp(digest, viewer->province->digest, TH_HASH256_BYTES) != 0;
}

// ---- the copy ----

static enum th_err unpack(struct th_viewer *viewer, struct th_bytes bytes)
{
    struct th_findings nobody = th_findings_of(NULL, 0, "bundle");
    TH_SCOPED(th_province_free) struct th_province *province = NULL;
    TH_TRY(th_province_unpack(bytes, &nobody, &province));
    if (strcmp(province->lineage, viewer->lineage) != 0) {
        return TH_E_MALFORMED;
    }
    th_province_free(&viewer->province);
    viewer->province = province;
    province = NULL; // the viewer owns it now
    return TH_OK;
}

static enum th_err load(struct th_viewer *viewer)
{
    char path[TH_PATH_MAX];
    size_t size = 0;
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    (void)th_config_path(viewer->config, "register/bundle", path, sizeof(path));
    TH_TRY(th_file_read(path, TH_REGISTER_BYTES_MAX, &bytes, &size));
    return unpack(viewer, (struct th_bytes){bytes, size});
}

static enum th_err keep(const struct th_viewer *viewer, struct th_bytes bytes)
{
    char path[TH_PATH_MAX];
    (void)th_config_path(viewer->config, "register", path, sizeof(path));
    TH_TRY(th_dir_make(path));
    (void)th_config_path(viewer->config, "register/bundle", path, sizeof(path));
    return th_file_replace(path, bytes, BUNDLE_MODE);
}

// ---- fetching ----

struct fetching {
    uint8_t digest[TH_HASH256_BYTES];
    uint8_t *bytes;
    size_t size;
    size_t total;
    bool for_public; // our key is: this is the newest that it may have
};

static void fetching_free(struct fetching *fetching)
{
    free(fetching->bytes);
}

static enum th_err take_part(void *context, const struct th_answer *answer)
{
    struct fetching *fetching = context;
    const struct th_bytes part = answer->bundle_part;
    if (answer->part == 0) {
        if (!answer->has_bundle || answer->bundle_bytes == 0 ||
            answer->bundle_bytes > TH_REGISTER_BYTES_MAX) {
            return TH_E_MALFORMED;
        }
        free(fetching->bytes);
        *fetching = (struct fetching){.total = (size_t)answer->bundle_bytes,
                                      .for_public = answer->edition_ms.has};
        memcpy(fetching->digest, answer->bundle_digest, sizeof(fetching->digest));
        fetching->bytes = malloc(fetching->total);
        if (fetching->bytes == NULL) {
            return TH_E_NO_MEMORY;
        }
    }
    if (part.size == 0 || part.size > fetching->total - fetching->size) {
        return TH_E_MALFORMED;
    }
    memcpy(fetching->bytes + fetching->size, part.data, part.size);
    fetching->size += part.size;
    return TH_OK;
}

static enum th_err check_whole(const struct fetching *fetching)
{
    uint8_t digest[TH_HASH256_BYTES];
    const struct th_bytes whole = {fetching->bytes, fetching->size};
    th_hash256(digest, &whole, 1);
    return fetching->size == fetching->total && memcmp(digest, fetching->digest, 32) == 0
               ? TH_OK
               : TH_E_MALFORMED;
}

static enum th_err ask_bundle(const struct th_viewer *viewer,
                              uint64_t timeout_ms,
                              struct fetching *fetching,
                              struct th_verdict *why)
{
    TH_SCOPED(th_viewer_forget) struct th_viewer_doors doors = {0};
    TH_SCOPED(th_asker_close) struct th_asker *asker = NULL;
    const struct th_query query = {
        .ask = TH_ASK_BUNDLE,
        .lineage = th_bytes_of(viewer->lineage),
        .known_at = viewer->known_at,
    };
    struct th_asker_end end = {0};
    TH_TRY(viewer_doors(viewer->dir, viewer->config, &doors, why));
    enum th_err err = viewer_asker(&doors, &asker);
    if (err == TH_OK) {
        err = th_asker_ask(asker, &query, timeout_ms, take_part, fetching, &end);
    }
    if (err == TH_OK) {
        err = check_whole(fetching);
    }
    if (err != TH_OK) {
        viewer_why_ask(viewer->dir, err, &end, timeout_ms, why);
    }
    return err;
}

enum th_err th_viewer_refresh(struct th_viewer *viewer, uint64_t timeout_ms, struct th_verdict *why)
{
    TH_SCOPED(fetching_free) struct fetching fetching = {0};
    *why = (struct th_verdict){0};
    errno = 0;
    TH_TRY(ask_bundle(viewer, timeout_ms, &fetching, why));
    const struct th_bytes whole = {fetching.bytes, fetching.size};
    errno = 0;
    enum th_err err = unpack(viewer, whole);
    if (err == TH_OK && (viewer->known_at.size == 0 || fetching.for_public)) {
        err = keep(viewer, whole);
    }
    if (err != TH_OK) {
        viewer_why_file(err, viewer->dir, why);
    }
    return err;
}

// ---- first contact ----

// Once registered, a key is known: a further JOIN with it gets the same answer. Only an enrolment
// that has expired since cannot say so any more; then the key itself shows whether it is known.
static enum th_err
register_key(const struct th_viewer *viewer, uint64_t timeout_ms, struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    char public_key[TH_Z85_SIZE];
    struct th_findings nobody = th_findings_of(NULL, 0, "enrolment.yaml");
    TH_SCOPED(th_enrolment_free) struct th_enrolment_file file = {0};
    (void)th_config_path(viewer->config, "keys", path, sizeof(path));
    TH_TRY(th_key_check(path, why));
    (void)th_config_path(viewer->config, "keys/enrolment.yaml", path, sizeof(path));
    TH_TRY(th_enrolment_read(path, th_wall_ms(), &nobody, &file, why));
    (void)th_config_path(viewer->config, "keys", path, sizeof(path));
    TH_TRY(th_key_read_public(path, "viewer", public_key, why));
    const enum th_err err =
        viewer_register(&file.enrolment, path, public_key, th_now_ms() + timeout_ms, why);
    if (err != TH_OK && why->code == 0) {
        viewer_why_ask(viewer->dir, err, &(struct th_asker_end){0}, timeout_ms, why);
    }
    return err;
}

static enum th_err
first_contact(struct th_viewer *viewer, uint64_t timeout_ms, struct th_verdict *why)
{
    const uint64_t deadline_ms = th_now_ms() + timeout_ms;
    struct th_verdict refusal = {0};
    const enum th_err err = register_key(viewer, timeout_ms, &refusal);
    if (err != TH_OK && err != TH_E_DENIED) {
        *why = refusal;
        return err;
    }
    const uint64_t now = th_now_ms();
    const enum th_err fetched =
        th_viewer_refresh(viewer, deadline_ms > now ? deadline_ms - now : 0, why);
    if (fetched == TH_E_DENIED && err == TH_E_DENIED) {
        *why = refusal; // says more than that the key is unknown
    }
    return fetched;
}

enum th_err
viewer_load_joined(struct th_viewer *viewer, uint64_t timeout_ms, struct th_verdict *why)
{
    errno = 0;
    const enum th_err err = load(viewer);
    if (err == TH_E_DENIED || err == TH_E_IO || err == TH_E_NO_MEMORY) {
        viewer_why_file(err, viewer->dir, why);
        return err;
    }
    return err == TH_OK ? TH_OK : first_contact(viewer, timeout_ms, why);
}

int th_viewer_join(const struct th_call *call, const char *dir)
{
    TH_SCOPED(th_viewer_close) struct th_viewer viewer = {.dir = dir};
    struct th_verdict why = {0};
    struct th_call here = *call;
    here.dir = dir;
    here.config = NULL;
    const int code = viewer_read_config(&here, dir, &viewer.config);
    if (code != TH_EXIT_OK) {
        return code;
    }
    (void)th_bytes_copy_text(th_bytes_of(th_config_text(viewer.config, "node.lineage")),
                             viewer.lineage,
                             sizeof(viewer.lineage));
    const enum th_err err = first_contact(&viewer, call->timeout_ms, &why);
    if (err == TH_E_TIMEOUT) {
        return TH_EXIT_TEMPORARY;
    }
    return err == TH_OK ? TH_EXIT_OK : th_call_tell(call, &why);
}
