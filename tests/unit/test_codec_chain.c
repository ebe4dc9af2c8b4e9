// test_codec_chain.c - the chain equals a second implementation; topics are written and read
//
// tests/data/vectors.json was made by tests/data/make_vectors.py (Python's hashlib), which also
// printed docs/protocol.md, section 8.

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tonghop/codec.h"
#include "tonghop/hash.h"

#include "tests/support/test.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static uint64_t number_of(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    assert_true(json_is_integer(number));
    return (uint64_t)json_integer_value(number);
}

static void unhex(const char *text, uint8_t *bytes, size_t size)
{
    EXPECT(TH_OK, th_unhex(th_bytes_of(text), bytes, size));
}

// The hash in the vectors, in the protocol's text, and as we compute it.
static void check_hash(const json_t *object, const char *key, const uint8_t *ours, const char *doc)
{
    uint8_t wanted[32];
    unhex(text_of(object, key), wanted, sizeof(wanted));
    assert_memory_equal(ours, wanted, sizeof(wanted));
    assert_non_null(strstr(doc, text_of(object, key)));
}

static void check_chain(const json_t *chain, const char *doc)
{
    uint8_t incarnation[16];
    uint8_t hash[32];
    unhex(text_of(chain, "incarnation"), incarnation, sizeof(incarnation));
    const uint32_t node = (uint32_t)number_of(chain, "node");
    const uint64_t epoch = number_of(chain, "epoch");

    th_chain_start(hash, th_bytes_of(text_of(chain, "lineage")), incarnation, node, epoch);
    check_hash(chain, "h0", hash, doc);

    size_t index = 0;
    const json_t *batch = NULL;
    json_array_foreach(json_object_get(chain, "batches"), index, batch)
    {
        static uint8_t body[4096];
        const size_t size = strlen(text_of(batch, "body")) / 2;
        uint8_t next[32];
        unhex(text_of(batch, "body"), body, size);
        th_chain_next(next,
                      hash,
                      node,
                      epoch,
                      number_of(batch, "seq"),
                      (struct th_bytes){.data = body, .size = size});
        memcpy(hash, next, sizeof(hash));
        check_hash(batch, "hash", hash, doc);
    }
    assert_true(index > 0);
}

static void hashes_as_python_does_and_the_protocol_says(void **state)
{
    (void)state;
    size_t size = 0;
    char *doc = file_read(TONGHOP_SOURCE_DIR "/docs/protocol.md", &size);
    assert_non_null(doc);
    json_error_t error;
    json_t *root = json_load_file(TONGHOP_SOURCE_DIR "/tests/data/vectors.json", 0, &error);
    assert_non_null(root);
    size_t index = 0;
    const json_t *chain = NULL;

    json_array_foreach(json_object_get(root, "chains"), index, chain)
    {
        check_chain(chain, doc);
    }

    assert_int_equal(index, 3);
    json_decref(root);
    free(doc);
}

static void gives_another_hash_when_anything_differs(void **state)
{
    (void)state;
    const uint8_t before[32] = {1};
    const uint8_t other[32] = {2};
    uint8_t hashes[6][32];

    th_chain_next(hashes[0], before, 1, 1, 1, TH_BYTES("a"));
    th_chain_next(hashes[1], other, 1, 1, 1, TH_BYTES("a"));
    th_chain_next(hashes[2], before, 2, 1, 1, TH_BYTES("a"));
    th_chain_next(hashes[3], before, 1, 2, 1, TH_BYTES("a"));
    th_chain_next(hashes[4], before, 1, 1, 2, TH_BYTES("a"));
    th_chain_next(hashes[5], before, 1, 1, 1, TH_BYTES("b"));

    for (size_t i = 0; i < TH_COUNT(hashes); i++) {
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(hashes[i], hashes[k], 32);
        }
    }
}

// ---- topics ----

static bool same(struct th_bytes bytes, const char *text)
{
    return th_bytes_equal(bytes, th_bytes_of(text));
}

static void writes_topics_that_read_back(void **state)
{
    (void)state;
    char topic[TH_TOPIC_MAX + 1];
    struct th_bytes lineage;
    struct th_bytes measure;
    struct th_bytes period;

    th_topic_of(TH_BYTES("hg"), TH_BYTES("RS01.fte"), TH_BYTES("T2020-2025@2023-10-12"), topic);
    assert_string_equal(topic, "t/hg/RS01.fte/T2020-2025@2023-10-12/");
    EXPECT(TH_OK, th_topic_read(th_bytes_of(topic), &lineage, &measure, &period));
    assert_true(same(lineage, "hg") && same(measure, "RS01.fte"));
    assert_true(same(period, "T2020-2025@2023-10-12"));

    th_topic_of_beats(TH_BYTES("hg"), topic);
    assert_string_equal(topic, "b/hg/");
    EXPECT(TH_OK, th_topic_read(th_bytes_of(topic), &lineage, &measure, &period));
    assert_true(same(lineage, "hg") && measure.size == 0 && period.size == 0);
}

static void holds_the_longest_topic(void **state)
{
    (void)state;
    char topic[TH_TOPIC_MAX + 1];
    char measure[81];
    memset(measure, 'M', sizeof(measure) - 1);
    measure[sizeof(measure) - 1] = '\0';

    th_topic_of(
        TH_BYTES("lineage8"), th_bytes_of(measure), TH_BYTES("2018-07-01..2019-01-18"), topic);

    assert_in_range(strlen(topic), 110, TH_TOPIC_MAX);
}

static void refuses_what_is_no_topic(void **state)
{
    (void)state;
    const char *const wrong[] = {
        "",
        "t",
        "t/",
        "t/hg",
        "t/hg/",
        "t/hg/M/",
        "x/hg/",
        "t//M/2018/",
        "t/hg//2018/",
        "t/hg/M/2018",
        "t/hg/M/2018/x",
        "b//",
        "b/hg",
        "b/hg/M/",
        "t/lineage89/M/2018/",
        "b/lineage89/",
        "t/hg/M/2018//",
    };
    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        struct th_bytes part;
        if (th_topic_read(th_bytes_of(wrong[i]), &part, &part, &part) != TH_E_MALFORMED) {
            fail_msg("taken: %s", wrong[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_as_python_does_and_the_protocol_says),
        cmocka_unit_test(gives_another_hash_when_anything_differs),
        cmocka_unit_test(writes_topics_that_read_back),
        cmocka_unit_test(holds_the_longest_topic),
        cmocka_unit_test(refuses_what_is_no_topic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
