// verb_receipt.c - tonghop receipt: what the province signed, listed, shown, printed, verified
//
// A receipt in a file needs no directory of an office: whoever has the province's public key can
// check it.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/file.h"
#include "tonghop/key.h"
#include "tonghop/sign_keys.h"

#include "nodes/desk.h"
#include "nodes/homedesk.h"
#include "nodes/receipt_roots.h"
#include "nodes/receipt_show.h"
#include "nodes/receipts.h"
#include "nodes/verb.h"

enum { CODE_TAIL = 9 }; // XXXX-XXXX

static const struct th_option OPTIONS[] = {
    {.name = "last", .kind = TH_OPTION_FLAG, .help = {"biên nhận mới nhất", "the newest receipt"}},
    {.name = "print",
     .kind = TH_OPTION_FLAG,
     .help = {"nửa trang để lưu hồ sơ giấy", "half a page for the paper file"}},
    {.name = "roots",
     .kind = TH_OPTION_FLAG,
     .help = {"gốc sổ hằng ngày của tỉnh, chứng minh các lô của máy này còn trong sổ",
              "the daily roots of the province's ledger, which prove that our batches are in it"}},
    {.name = "verify",
     .kind = TH_OPTION_FLAG,
     .help = {"kiểm chữ ký; không nêu mã hay tệp thì kiểm mọi biên nhận ở đây",
              "check the signature; without CODE or FILE of every receipt here"}},
    {.name = "key",
     .kind = TH_OPTION_TEXT,
     .value = "FILE",
     .help = {"khóa ký của tỉnh (keys/sign.public); không nêu thì lấy khóa trong giấy đăng ký",
              "the province's signing key (keys/sign.public); by default that of the enrolment"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"bàn của tỉnh nào, khi thư mục có nhiều tỉnh",
              "which province's desk, when the directory has several"}},
};

struct showing {
    const struct th_call *call;
    struct home home; // not open for a file
    bool is_open;
    struct receipt_key key;
    struct th_sign_keys signers; // of this office, when none is given
    uint64_t genuine;
    int worst;
};

static void showing_close(struct showing *showing)
{
    if (showing->is_open) {
        home_close(&showing->home);
    }
}

// ---- the key ----

static int take_key(struct showing *showing, const char *z85)
{
    if (th_z85_read(th_bytes_of(z85), showing->key.public_key) != TH_OK) {
        const char *params[] = {th_call_text(showing->call, "key")};
        return th_call_fail(showing->call, TH_M_KEY_MALFORMED, params, 1);
    }
    (void)th_key_fingerprint(showing->key.public_key, showing->key.fingerprint);
    showing->key.known = true;
    return TH_EXIT_OK;
}

static int find_key(struct showing *showing)
{
    const char *file = th_call_text(showing->call, "key");
    if (file == NULL) {
        if (showing->is_open) {
            th_sign_keys_read(
                showing->home.keys, showing->home.enrolment.enrolment.sign_key, &showing->signers);
            showing->key.believed = &showing->signers;
        }
        return TH_EXIT_OK;
    }
    TH_SCOPED(th_free_scoped) char *text = NULL;
    size_t size = 0;
    const enum th_err err = th_file_read(file, 2 * TH_Z85_SIZE, &text, &size);
    if (err != TH_OK && err != TH_E_TOO_LARGE) {
        return desk_fail(showing->call, err, file);
    }
    if (err == TH_OK && size == TH_Z85_SIZE && text[size - 1] == '\n') {
        text[size - 1] = '\0';
        return take_key(showing, text);
    }
    return take_key(showing, "");
}

// ---- one receipt ----

static int32_t zone_of(const struct showing *showing)
{
    const struct th_province *province = showing->home.province;
    return showing->is_open && province != NULL
               ? th_catalogue_settings(province->catalogue)->zone_minutes
               : 0;
}

static int verify_one(struct showing *showing, const char *name, struct th_bytes text)
{
    struct th_receipt receipt;
    unsigned line = 0;
    const struct receipt_key key = receipt_key_for(&showing->key, text);
    if (!key.known) {
        return th_call_fail(showing->call, TH_M_SIGN_KEY_UNKNOWN, NULL, 0);
    }
    const enum th_flaw flaw =
        th_receipt_check(text, key.public_key, key.fingerprint, &receipt, &line);
    if (flaw != TH_FLAW_NONE) {
        return receipt_say_flaw(showing->call, name, flaw, &receipt, line, key.fingerprint);
    }
    showing->genuine++;
    return TH_EXIT_OK;
}

static int show_one(struct showing *showing, const char *name, struct th_bytes text)
{
    const struct th_call *call = showing->call;
    struct th_receipt receipt;
    struct th_bytes content;
    uint8_t signature[TH_SIGN_BYTES];
    unsigned line = 0;
    if (receipt_is_root(text)) {
        return receipt_show_root(call, &showing->key, name, text);
    }
    enum th_flaw flaw = th_signed_split(text, &content, signature);
    flaw = th_receipt_read(flaw == TH_FLAW_NONE ? content : text, &receipt, &line);
    if (flaw != TH_FLAW_NONE) {
        return receipt_say_flaw(call, name, flaw, &receipt, line, "");
    }
    if (th_call_flag(call, "verify")) {
        const int code = verify_one(showing, name, text);
        if (code == TH_EXIT_OK) {
            receipt_say_genuine(call, &receipt);
        }
        if (desk_is_json(call)) {
            (void)printf("{\"code\":\"%s\",\"genuine\":%s,\"exit\":%d}\n",
                         receipt.code,
                         code == TH_EXIT_OK ? "true" : "false",
                         code);
        }
        return code;
    }
    if (th_call_flag(call, "print")) {
        receipt_page(call, &receipt, text, zone_of(showing), stdout);
    } else if (desk_is_json(call)) {
        receipt_json(&receipt, text, stdout);
        (void)printf("\n");
    } else {
        (void)fwrite(text.data, 1, text.size, stdout); // as it was signed: it can be kept as a file
    }
    return TH_EXIT_OK;
}

static int show_file(struct showing *showing, const char *path)
{
    TH_SCOPED(th_free_scoped) char *text = NULL;
    size_t size = 0;
    const enum th_err err = th_file_read(path, TH_RECEIPT_BYTES_MAX, &text, &size);
    if (err == TH_E_TOO_LARGE) {
        return receipt_say_flaw(showing->call, path, TH_FLAW_KIND, NULL, 0, "");
    }
    if (err != TH_OK) {
        (void)desk_fail(showing->call, err, path);
        return TH_EXIT_NO_INPUT;
    }
    return show_one(showing, path, (struct th_bytes){.data = text, .size = size});
}

// ---- those kept here ----

// The whole text of a kept receipt.
static struct th_bytes text_of(const struct receipts_kept *kept,
                               uint8_t room[static TH_RECEIPT_BYTES_MAX])
{
    struct th_writer writer = {.data = room, .max = TH_RECEIPT_BYTES_MAX};
    th_write_bytes(&writer, kept->content);
    th_signed_end(&writer, kept->signature.data);
    return th_written(&writer);
}

// As it is read over the telephone: any case, O for 0, I and L for 1.
static bool is_code(const char *asked, const char *code)
{
    const size_t size = strlen(code);
    if (strlen(asked) != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        char letter = asked[i];
        if (i + CODE_TAIL >= size) {
            letter = letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
            letter = letter == 'O' ? '0' : letter == 'I' || letter == 'L' ? '1' : letter;
        }
        if (letter != code[i]) {
            return false;
        }
    }
    return true;
}

static enum th_err
find_code(struct outbox *box, const char *asked, struct receipts_kept *kept, bool *found)
{
    *found = false;
    enum th_err err = receipts_newest(box, kept);
    while (err == TH_OK) {
        struct th_receipt receipt;
        if (th_receipt_read(kept->content, &receipt, NULL) == TH_FLAW_NONE &&
            (asked == NULL || is_code(asked, receipt.code))) {
            *found = true;
            return TH_OK;
        }
        err = receipts_before(box, kept);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// The receipt with this code; NULL: the newest.
static int show_kept(struct showing *showing, struct outbox *box, const char *asked)
{
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    struct receipts_kept kept;
    bool found = false;
    const enum th_err err = find_code(box, asked, &kept, &found);
    if (err != TH_OK) {
        return desk_fail(showing->call, err, "outbox");
    }
    if (!found) {
        const char *params[] = {asked != NULL ? asked : ""};
        return th_call_fail(showing->call, TH_M_RECEIPT_NONE, params, 1);
    }
    const char *name = asked != NULL ? asked : "receipt";
    return show_one(showing, name, text_of(&kept, room));
}

static enum th_err list_all(struct showing *showing, struct outbox *box, struct th_sheet *sheet)
{
    struct receipts_kept kept = {.last = 0};
    for (;;) {
        uint8_t room[TH_RECEIPT_BYTES_MAX];
        struct th_receipt receipt;
        const enum th_err err = receipts_behind(box, &kept);
        if (err != TH_OK) {
            return err == TH_E_NOT_FOUND ? TH_OK : err;
        }
        if (th_receipt_read(kept.content, &receipt, NULL) != TH_FLAW_NONE) {
            return TH_E_CORRUPT; // it was looked at before it was kept
        }
        if (sheet != NULL) {
            TH_TRY(receipt_row(sheet, &receipt));
        } else {
            const int code = verify_one(showing, receipt.code, text_of(&kept, room));
            showing->worst = code > showing->worst ? code : showing->worst;
            if (code != TH_EXIT_OK && code != TH_EXIT_NO) {
                return TH_OK; // without a key there is nothing to do
            }
        }
    }
}

static int show_all(struct showing *showing, struct outbox *box)
{
    const struct th_call *call = showing->call;
    const bool verify = th_call_flag(call, "verify");
    TH_SCOPED(th_sheet_free)
    struct th_sheet sheet = th_sheet_of(RECEIPT_SHEET, RECEIPT_COLUMNS);
    enum th_err err = list_all(showing, box, verify ? NULL : &sheet);
    if (err == TH_OK && !verify) {
        err = th_sheet_print(&sheet, call, stdout);
    }
    if (err != TH_OK) {
        return desk_fail(call, err, "outbox");
    }
    char number[DESK_NUMBER_BYTES];
    if (verify && desk_is_json(call)) {
        (void)printf("{\"genuine\":%llu,\"exit\":%d}\n",
                     (unsigned long long)showing->genuine,
                     showing->worst);
    } else if (verify) {
        desk_say(call,
                 "%s biên nhận là thật.\n",
                 showing->genuine == 1 ? "%s receipt is genuine.\n" : "%s receipts are genuine.\n",
                 desk_number(call, showing->genuine, number));
    }
    return showing->worst;
}

static int show_of_home(struct showing *showing)
{
    const struct th_call *call = showing->call;
    const char *asked = call->operand_count > 0 ? call->operands[0] : NULL;
    const bool one = asked != NULL || th_call_flag(call, "last") || th_call_flag(call, "print");
    struct outbox box;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    enum th_err err = th_disk_begin_read(showing->home.disk, &txn);
    if (err == TH_OK) {
        err = outbox_load(th_disk_store(&txn), &box);
    }
    if (err != TH_OK) {
        return desk_fail(call, err, "outbox");
    }
    if (th_call_flag(call, "roots")) {
        return receipt_roots(call, &showing->key, &box);
    }
    return one ? show_kept(showing, &box, asked) : show_all(showing, &box);
}

static bool has(const struct th_call *call, const char *name)
{
    char path[TH_PATH_MAX];
    return access(home_path(desk_dir(call), name, path), F_OK) == 0;
}

// The office of this directory, or the desk of this province.
static int open_home(struct showing *showing)
{
    struct th_verdict why;
    showing->is_open = true;
    if (has(showing->call, "register/roster.yaml")) {
        return homedesk_open(showing->call, NULL, &showing->home);
    }
    const int code = desk_open(showing->call, &showing->home);
    if (code == TH_EXIT_OK && home_load(&showing->home, &why) != TH_OK) {
        th_province_free(&showing->home.province); // hours are then those of UTC
    }
    return code;
}

static int run(const struct th_call *call)
{
    TH_SCOPED(showing_close) struct showing showing = {.call = call};
    const char *asked = call->operand_count > 0 ? call->operands[0] : NULL;
    const bool is_file = asked != NULL && (strchr(asked, '/') != NULL || access(asked, F_OK) == 0);
    int code = TH_EXIT_OK;
    const bool needs_key = th_call_flag(call, "verify") && th_call_text(call, "key") == NULL;
    // A file is verified without an office when there is none here.
    if (!is_file || (needs_key && has(call, "tonghop.yaml"))) {
        code = open_home(&showing);
    }
    if (code == TH_EXIT_OK) {
        code = find_key(&showing);
    }
    if (code != TH_EXIT_OK) {
        return code;
    }
    return is_file ? show_file(&showing, asked) : show_of_home(&showing);
}

const struct th_verb VERB_RECEIPT = {
    .name = "receipt",
    .operands = "[CODE|FILE]",
    .help = {"biên nhận của tỉnh: xem, in, kiểm", "the province's receipts: show, print, verify"},
    .options = OPTIONS,
    .option_count = TH_COUNT(OPTIONS),
    .operands_max = 1,
    .run = run,
};
