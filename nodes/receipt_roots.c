// receipt_roots.c - see receipt_roots.h

#include "nodes/receipt_roots.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/root.h"
#include "tonghop/sheet.h"

#include "nodes/desk.h"
#include "nodes/receipt_show.h"
#include "nodes/roots.h"

enum { COLUMNS = 7, NUMBER_BYTES = 24 };

static const struct th_sheet_column SHEET[COLUMNS] = {
    {.name = "day", .people = {"ngày", "day"}},
    {.name = "code", .people = {"mã", "code"}},
    {.name = "version", .people = {"phiên bản", "version"}, .is_number = true},
    {.name = "commits", .people = {"số lần ghi", "commits"}, .is_number = true},
    {.name = "epoch", .people = {"kỷ", "epoch"}, .is_number = true},
    {.name = "batch", .people = {"đến lô", "through batch"}, .is_number = true},
    {.name = "key", .people = {"khóa", "key"}},
};

struct receipt_key receipt_key_for(const struct receipt_key *key, struct th_bytes text)
{
    if (key->believed == NULL || key->believed->count == 0) {
        return *key;
    }
    const struct th_sign_known *named = &key->believed->list[0];
    for (size_t i = 1; i < key->believed->count; i++) {
        const struct th_sign_known *known = &key->believed->list[i];
        char line[TH_FINGERPRINT_SIZE + 8];
        const int size = snprintf(line, sizeof(line), "\nkey: %s\n", known->fingerprint);
        if (memmem(text.data, text.size, line, (size_t)size) != NULL) {
            named = known;
        }
    }
    struct receipt_key chosen = {.known = true};
    memcpy(chosen.public_key, named->key, sizeof(chosen.public_key));
    memcpy(chosen.fingerprint, named->fingerprint, sizeof(chosen.fingerprint));
    return chosen;
}

bool receipt_is_root(struct th_bytes text)
{
    return th_bytes_begins(text, TH_BYTES("tonghop-root:"));
}

static void print_json(const struct th_root *root, struct th_bytes text)
{
    char day[TH_DAY_TEXT_BYTES];
    (void)printf("{\"code\":");
    desk_json_text(stdout, th_bytes_of(root->code));
    (void)printf(",\"day\":\"%s\",\"version\":%" PRIu64 ",\"commits\":%" PRIu64 ",\"text\":",
                 th_day_text(root->day, day),
                 root->last,
                 root->commits);
    desk_json_text(stdout, text);
    (void)printf("}\n");
}

static enum th_flaw check_root(const struct receipt_key *key,
                               struct th_bytes text,
                               struct th_root *root,
                               unsigned *line)
{
    return th_root_check(text, key->public_key, key->fingerprint, root, line);
}

static int say_flaw(const struct th_call *call,
                    const struct receipt_key *key,
                    const char *name,
                    enum th_flaw flaw,
                    const struct th_root *root,
                    unsigned line)
{
    struct th_receipt like = {.node = 0};
    memcpy(like.code, root->code, sizeof(like.code));
    memcpy(like.key, root->key, sizeof(like.key));
    return receipt_say_flaw(call, name, flaw, &like, line, key->fingerprint);
}

int receipt_show_root(const struct th_call *call,
                      const struct receipt_key *key,
                      const char *name,
                      struct th_bytes text)
{
    struct th_root root;
    struct th_bytes content = text;
    uint8_t signature[TH_SIGN_BYTES];
    unsigned line = 0;
    const struct receipt_key chosen = receipt_key_for(key, text);
    if (th_call_flag(call, "verify")) {
        if (!chosen.known) {
            return th_call_fail(call, TH_M_SIGN_KEY_UNKNOWN, NULL, 0);
        }
        const enum th_flaw flaw = check_root(&chosen, text, &root, &line);
        if (flaw != TH_FLAW_NONE) {
            return say_flaw(call, &chosen, name, flaw, &root, line);
        }
        desk_say(call,
                 "Gốc %s là thật: tỉnh %s, phiên bản %" PRIu64 ", khóa %s.\n",
                 "Root %s is genuine: province %s, version %" PRIu64 ", key %s.\n",
                 root.code,
                 root.province,
                 root.last,
                 root.key);
        return TH_EXIT_OK;
    }
    const enum th_flaw split = th_signed_split(text, &content, signature);
    const enum th_flaw flaw = th_root_read(content, &root, &line);
    if (split != TH_FLAW_NONE || flaw != TH_FLAW_NONE) {
        return say_flaw(call, key, name, flaw != TH_FLAW_NONE ? flaw : split, &root, line);
    }
    if (desk_is_json(call)) {
        print_json(&root, text);
    } else {
        (void)fwrite(text.data, 1, text.size, stdout);
    }
    return TH_EXIT_OK;
}

// ---- those kept ----

static struct th_bytes text_of(const struct roots_kept *kept,
                               uint8_t room[static TH_RECEIPT_BYTES_MAX])
{
    struct th_writer writer = {.data = room, .max = TH_RECEIPT_BYTES_MAX};
    th_write_bytes(&writer, kept->content);
    th_signed_end(&writer, kept->signature.data);
    return th_written(&writer);
}

static enum th_err
add_row(struct th_sheet *sheet, const struct roots_kept *kept, const struct th_root *root)
{
    enum { NUMBERS = 4, FIRST_NUMBER = 2 };
    const uint64_t numbers[NUMBERS] = {
        root->last, root->commits, kept->proof.epoch, kept->proof.seq};
    char texts[NUMBERS][NUMBER_BYTES];
    char day[TH_DAY_TEXT_BYTES];
    struct th_bytes cells[COLUMNS] = {th_bytes_of(th_day_text(root->day, day)),
                                      th_bytes_of(root->code)};
    for (size_t i = 0; i < NUMBERS; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%" PRIu64, numbers[i]);
        cells[FIRST_NUMBER + i] = th_bytes_of(texts[i]);
    }
    cells[COLUMNS - 1] = th_bytes_of(root->key);
    return th_sheet_add(sheet, cells);
}

struct walk {
    const struct th_call *call;
    const struct receipt_key *key;
    struct outbox *box;
    struct th_sheet sheet;
    uint64_t genuine;
    struct th_root newest;
    uint64_t batch; // proved by it
    int worst;
};

// Signature and proof of one. An error: the store's.
static enum th_err verify_one(struct walk *walk, const struct roots_kept *kept)
{
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    uint8_t own[TH_HASH256_BYTES];
    struct th_root root;
    unsigned line = 0;
    const struct th_bytes text = text_of(kept, room);
    const struct receipt_key key = receipt_key_for(walk->key, text);
    const enum th_flaw flaw = check_root(&key, text, &root, &line);
    const enum th_err err = roots_own_hash(walk->box, kept->proof.epoch, kept->proof.seq, own);
    if (err != TH_OK && err != TH_E_NOT_FOUND) {
        return err;
    }
    if (flaw != TH_FLAW_NONE) {
        const int code = say_flaw(walk->call, &key, root.code, flaw, &root, line);
        walk->worst = code > walk->worst ? code : walk->worst;
    } else if (err != TH_OK ||
               !th_root_proves(&root, &kept->proof, walk->box->identity.node, own)) {
        const char *params[] = {root.code};
        walk->worst = th_call_fail(walk->call, TH_M_ROOT_PROVES_NOTHING, params, 1);
    } else {
        walk->genuine++;
        walk->newest = root;
        walk->batch = kept->proof.seq;
    }
    return TH_OK;
}

static enum th_err walk_all(struct walk *walk, struct roots_kept *last)
{
    struct roots_kept kept = {.day = 0};
    const bool verify = th_call_flag(walk->call, "verify");
    for (;;) {
        struct th_root root;
        const enum th_err err = roots_behind(walk->box, &kept);
        if (err != TH_OK) {
            return err == TH_E_NOT_FOUND ? TH_OK : err;
        }
        if (th_root_read(kept.content, &root, NULL) != TH_FLAW_NONE) {
            return TH_E_CORRUPT; // it was looked at before it was kept
        }
        TH_TRY(verify ? verify_one(walk, &kept) : add_row(&walk->sheet, &kept, &root));
        *last = kept;
    }
}

static void say_verified(const struct walk *walk)
{
    char number[DESK_NUMBER_BYTES];
    char day[TH_DAY_TEXT_BYTES];
    const struct th_call *call = walk->call;
    if (desk_is_json(call)) {
        (void)printf("{\"genuine\":%" PRIu64 ",\"through\":%" PRIu64 ",\"exit\":%d}\n",
                     walk->genuine,
                     walk->batch,
                     walk->worst);
        return;
    }
    desk_say(call,
             "%s gốc là thật.",
             walk->genuine == 1 ? "%s root is genuine." : "%s roots are genuine.",
             desk_number(call, walk->genuine, number));
    if (walk->genuine > 0) {
        desk_say(call,
                 " Mọi lô của máy này đến lô %" PRIu64 " nằm trong sổ của tỉnh cuối ngày %s.",
                 " Every batch of this machine through batch %" PRIu64
                 " stands in the province's ledger as it was at the end of %s.",
                 walk->batch,
                 th_day_people(call->lang, walk->newest.day, day));
    }
    desk_say(call, "\n", "\n");
}

int receipt_roots(const struct th_call *call, const struct receipt_key *key, struct outbox *box)
{
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    struct roots_kept last = {.day = 0};
    struct walk walk = {.call = call, .key = key, .box = box};
    const bool verify = th_call_flag(call, "verify");
    if (verify && !receipt_key_for(key, TH_BYTES("")).known) {
        return th_call_fail(call, TH_M_SIGN_KEY_UNKNOWN, NULL, 0);
    }
    walk.sheet = th_sheet_of(SHEET, COLUMNS);
    enum th_err err = walk_all(&walk, &last);
    const bool newest = th_call_flag(call, "last") && !verify;
    int code = TH_EXIT_OK;
    if (err == TH_OK && newest && last.content.size == 0) {
        const char *params[] = {""};
        code = th_call_fail(call, TH_M_RECEIPT_NONE, params, 1);
    } else if (err == TH_OK && newest) {
        code = receipt_show_root(call, key, "root", text_of(&last, room));
    } else if (err == TH_OK && !verify) {
        err = th_sheet_print(&walk.sheet, call, stdout);
    } else if (err == TH_OK) {
        say_verified(&walk);
        code = walk.worst;
    }
    th_sheet_free(&walk.sheet);
    return err == TH_OK ? code : desk_fail(call, err, "outbox");
}
