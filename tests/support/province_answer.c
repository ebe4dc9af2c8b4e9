// province_answer.c - what a province for tests answers to questions

#include "tests/support/province.h"
#include "tests/support/test.h"

enum { BYTES_MAX = 64 * 1024 * 1024 };

struct answer province_answer(struct province *province, const struct th_query *asked)
{
    struct th_query query = *asked;
    struct answer answer = {
        .province = {.province = province->whole,
                     .disk = province->disk,
                     .opened = {.store_id = province->identity.store_id,
                                .birth_id = province->identity.birth_id}},
        .bytes_max = BYTES_MAX,
    };
    query.lineage = TH_BYTES("p");
    th_register_digest(province->reg, answer.province.register_digest);
    EXPECT(TH_OK, answer_build(&answer, &query));
    return answer;
}
