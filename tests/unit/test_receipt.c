// test_receipt.c - a receipt has one spelling, and any changed byte shows

#include <string.h>

#include "tonghop/key.h"
#include "tonghop/receipt.h"

#include "tests/support/test.h"

static const char TEXT[] =
    "tonghop-receipt: 1\n"
    "code: 93-DHRZ-P4ER\n"
    "province: 93\n"
    "lineage: hg93\n"
    "unit: 935 +2\n"
    "node: 7\n"
    "epoch: 1\n"
    "batches: 116..118\n"
    "chain: 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20\n"
    "records: 1294 f0e0d0c0b0a090807060504030201000\n"
    "items: new 3, changed 1, withdrawn 0, refused 2, unchanged 9\n"
    "version: 2088\n"
    "time: 2026-11-21T09:05:12Z\n"
    "key: DCCP-67H2-MTK4\n"
    "signature: "
    "apBxfDDlquG5SRHo2TqndXXgopGq+DwWDtE/pdHt6ZixjVwxwAW6iGZqF0ghWZKHzkusZ1n/FvhIXSsGjH1ABw==\n";

static struct th_receipt example(void)
{
    struct th_receipt receipt = {
        .province = "93",
        .lineage = "hg93",
        .unit = "935 +2",
        .node = 7,
        .epoch = 1,
        .first = 116,
        .last = 118,
        .records = 1294,
        .items = {.fresh = 3, .changed = 1, .refused = 2, .unchanged = 9},
        .version = 2088,
    };
    EXPECT(TH_OK, th_time_parse(TH_BYTES("2026-11-21T09:05:12Z"), &receipt.time_ms));
    for (size_t i = 0; i < sizeof(receipt.chain); i++) {
        receipt.chain[i] = (uint8_t)(i + 1);
    }
    for (size_t i = 0; i < sizeof(receipt.sum); i++) {
        receipt.sum[i] = (uint8_t)((15 - i) << 4);
    }
    return receipt;
}

static struct th_sign_key key_of_test(char fingerprint[static TH_FINGERPRINT_SIZE])
{
    static const uint8_t SEED[TH_SIGN_SEED_BYTES] = {1, 2, 3};
    struct th_sign_key key;
    th_sign_key_of(SEED, &key);
    (void)th_key_fingerprint(key.public_key, fingerprint);
    return key;
}

static struct th_bytes sign_into(struct th_writer *writer, struct th_receipt *receipt)
{
    uint8_t signature[TH_SIGN_BYTES];
    const struct th_sign_key key = key_of_test(receipt->key);
    th_receipt_write(writer, receipt);
    th_sign(&key, th_written(writer), signature);
    th_signed_end(writer, signature);
    return th_written(writer);
}

static enum th_flaw check(struct th_bytes text, unsigned *line)
{
    char fingerprint[TH_FINGERPRINT_SIZE];
    struct th_receipt receipt;
    const struct th_sign_key key = key_of_test(fingerprint);
    return th_receipt_check(text, key.public_key, fingerprint, &receipt, line);
}

// Ed25519, test 2 of RFC 8032.
static void a_signature_is_the_published_one(void **state)
{
    (void)state;
    uint8_t seed[TH_SIGN_SEED_BYTES];
    uint8_t signature[TH_SIGN_BYTES];
    char hex[2 * TH_SIGN_BYTES + 1];
    struct th_sign_key key;
    EXPECT(TH_OK,
           th_unhex(TH_BYTES("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
                    seed,
                    sizeof(seed)));

    th_sign_key_of(seed, &key);
    th_sign(&key, TH_BYTES("\x72"), signature);

    assert_string_equal(th_hex((struct th_bytes){key.public_key, sizeof(key.public_key)}, hex),
                        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    assert_string_equal(th_hex((struct th_bytes){signature, sizeof(signature)}, hex),
                        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assert_true(th_sign_holds(key.public_key, TH_BYTES("\x72"), signature));
    assert_false(th_sign_holds(key.public_key, TH_BYTES("\x73"), signature));
}

static void a_signature_has_one_spelling(void **state)
{
    (void)state;
    uint8_t signature[TH_SIGN_BYTES];
    uint8_t read[TH_SIGN_BYTES];
    char text[TH_SIGN_TEXT_BYTES];
    memset(signature, 0xa5, sizeof(signature));

    const struct th_bytes written = th_bytes_of(th_sign_text(signature, text));

    EXPECT(TH_OK, th_sign_parse(written, read));
    assert_memory_equal(read, signature, sizeof(read));
    text[85]++; // only bits that no byte has: another spelling of the same bytes
    assert_int_equal(th_sign_parse(written, read), TH_E_MALFORMED);
    assert_int_equal(th_sign_parse(TH_BYTES("AAAA"), read), TH_E_MALFORMED);
}

static void a_receipt_is_written_as_the_document_says(void **state)
{
    (void)state;
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    struct th_writer writer = TH_WRITER(room);
    struct th_receipt receipt = example();

    const struct th_bytes text = sign_into(&writer, &receipt);

    assert_int_equal(text.size, sizeof(TEXT) - 1);
    assert_memory_equal(text.data, TEXT, text.size);
    assert_int_equal(check(text, NULL), TH_FLAW_NONE);
}

static void what_is_read_is_what_was_written(void **state)
{
    (void)state;
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    struct th_writer writer = TH_WRITER(room);
    struct th_receipt receipt = example();
    struct th_receipt read;
    receipt.items.unchanged = 0;
    th_receipt_write(&writer, &receipt);

    assert_int_equal(th_receipt_read(th_written(&writer), &read, NULL), TH_FLAW_NONE);

    assert_memory_equal(&read.items, &receipt.items, sizeof(read.items));
    assert_string_equal(read.code, receipt.code);
    assert_string_equal(read.unit, "935 +2");
    assert_int_equal(read.first, 116);
    assert_int_equal(read.last, 118);
    assert_int_equal(read.time_ms, receipt.time_ms);
    assert_memory_equal(read.chain, receipt.chain, sizeof(read.chain));
}

static void the_code_does_not_depend_on_the_key(void **state)
{
    (void)state;
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    struct th_receipt one = example();
    struct th_receipt other = example();
    struct th_writer writer = TH_WRITER(room);
    memcpy(other.key, "OTHE-ROTH-EROT", sizeof(other.key));

    th_receipt_write(&writer, &one);
    writer.size = 0;
    th_receipt_write(&writer, &other);

    assert_string_equal(one.code, other.code);
}

static void every_changed_byte_shows(void **state)
{
    (void)state;
    unsigned found[TH_FLAW_SIGNATURE + 1] = {0};
    for (size_t at = 0; at < sizeof(TEXT) - 1; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            char text[sizeof(TEXT)];
            memcpy(text, TEXT, sizeof(text));
            text[at] = (char)((unsigned char)text[at] ^ (1U << bit));
            const enum th_flaw flaw =
                check((struct th_bytes){.data = text, .size = sizeof(text) - 1}, NULL);
            if (flaw == TH_FLAW_NONE) {
                fail_msg("bit %u of byte %zu", bit, at);
            }
            found[flaw]++;
        }
    }
    for (unsigned flaw = TH_FLAW_KIND; flaw <= TH_FLAW_SIGNATURE; flaw++) {
        assert_true(found[flaw] > 0); // the reasons differ
    }
}

static void whatever_is_cut_or_doubled_shows(void **state)
{
    (void)state;
    char text[2 * sizeof(TEXT)];
    for (size_t size = 0; size < sizeof(TEXT) - 1; size++) {
        assert_int_not_equal(check((struct th_bytes){.data = TEXT, .size = size}, NULL),
                             TH_FLAW_NONE);
    }
    for (const char *line = TEXT; *line != '\0'; line = strchr(line, '\n') + 1) {
        const size_t before = (size_t)(line - TEXT);
        const size_t size = (size_t)(strchr(line, '\n') + 1 - line);
        memcpy(text, TEXT, before + size);
        memcpy(text + before + size, line, sizeof(TEXT) - 1 - before);
        const struct th_bytes doubled = {.data = text, .size = sizeof(TEXT) - 1 + size};
        assert_int_not_equal(check(doubled, NULL), TH_FLAW_NONE);
        memcpy(text + before, line + size, sizeof(TEXT) - 1 - before - size);
        const struct th_bytes without = {.data = text, .size = sizeof(TEXT) - 1 - size};
        assert_int_not_equal(check(without, NULL), TH_FLAW_NONE);
    }
}

// Signed as it stands, but not as we write it: two readers could read it two ways.
static void another_spelling_is_not_taken_even_when_it_is_signed(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        unsigned line;
    } OTHERS[] = {
        {"node: 7", "node: 07", 6},
        {"node: 7", "node:  7", 6},
        {"batches: 116..118", "batches: 118..116", 8},
        {"epoch: 1", "epoch: 18446744073709551616", 7},
        {"new 3, changed 1", "neu 3, changed 1", 11},
        {", unchanged 9", ", unchanged 0", 11},
        {"chain: 01", "chain: 0A", 9},
        {"lineage: hg93", "lineage: hg93456789", 4},
    };
    for (size_t i = 0; i < TH_COUNT(OTHERS); i++) {
        char text[2 * TH_RECEIPT_BYTES_MAX];
        char fingerprint[TH_FINGERPRINT_SIZE];
        uint8_t signature[TH_SIGN_BYTES];
        const char *at = strstr(TEXT, OTHERS[i].from);
        const size_t before = (size_t)(at - TEXT);
        const char *end = strstr(TEXT, "signature: ");
        const int size = snprintf(text,
                                  sizeof(text),
                                  "%.*s%s%.*s",
                                  (int)before,
                                  TEXT,
                                  OTHERS[i].to,
                                  (int)(end - at) - (int)strlen(OTHERS[i].from),
                                  at + strlen(OTHERS[i].from));
        struct th_writer writer = {
            .data = (uint8_t *)text, .size = (size_t)size, .max = sizeof(text)};
        const struct th_sign_key key = key_of_test(fingerprint);
        th_sign(&key, th_written(&writer), signature);
        th_signed_end(&writer, signature);
        unsigned line = 0;
        const enum th_flaw flaw = check(th_written(&writer), &line);
        if (flaw != TH_FLAW_FORM && flaw != TH_FLAW_CODE) {
            fail_msg("%s: %d", OTHERS[i].to, (int)flaw);
        }
        if (flaw == TH_FLAW_FORM) {
            assert_int_equal(line, OTHERS[i].line);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_is_the_published_one),
        cmocka_unit_test(a_signature_has_one_spelling),
        cmocka_unit_test(a_receipt_is_written_as_the_document_says),
        cmocka_unit_test(what_is_read_is_what_was_written),
        cmocka_unit_test(the_code_does_not_depend_on_the_key),
        cmocka_unit_test(every_changed_byte_shows),
        cmocka_unit_test(whatever_is_cut_or_doubled_shows),
        cmocka_unit_test(another_spelling_is_not_taken_even_when_it_is_signed),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
