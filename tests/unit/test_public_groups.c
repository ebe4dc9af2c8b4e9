// test_public_groups.c - which groups of people a table can be asked for, and how they add up

#include "tests/support/test.h"
#include "workers/public_groups.h"

static struct public_groups groups;

static void add_members(struct public_dim *dim, const char *const *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        dim->members[dim->count++] = th_bytes_of(codes[i]);
    }
}

static struct public_spec ratings(bool scored)
{
    static const char *const LEVELS[] = {"completed", "excellent", "good"};
    static const char *const CATEGORIES[] = {"cadre", "civil_servant"};
    struct public_spec spec = {.scored = scored, .below_levels = scored ? 1 : 0};
    add_members(&spec.level, LEVELS, TH_COUNT(LEVELS));
    add_members(&spec.category, CATEGORIES, TH_COUNT(CATEGORIES));
    return spec;
}

static bool has(uint32_t group, uint32_t kind)
{
    return (groups.groups[group].kinds.bits[kind / 64] >> (kind % 64) & 1) != 0;
}

static uint32_t group_of(enum public_measure measure, uint8_t category, uint8_t level)
{
    const uint32_t group =
        public_group_find(&groups, (struct public_group){measure, category, level});
    assert_true(group < groups.group_count);
    return group;
}

// Each kind of a total is in exactly one part, and no part has a kind that the total has not.
static void assert_lines_add_up(void)
{
    assert_true(groups.line_count > 0);
    for (uint32_t i = 0; i < groups.line_count; i++) {
        const struct th_suppress_line *line = &groups.lines[i];
        assert_true(line->count > 1);
        for (uint32_t kind = 0; kind < groups.kind_count; kind++) {
            uint32_t in = 0;
            for (uint32_t k = 0; k < line->count; k++) {
                in += has(groups.parts[line->first + k], kind) ? 1 : 0;
            }
            assert_int_equal(in, has(line->total, kind) ? 1 : 0);
        }
    }
}

static void ratings_by_category_are_kinds(void **state)
{
    (void)state;
    const struct public_spec spec = ratings(false);
    EXPECT(TH_OK, public_groups_make(&spec, &groups));
    assert_int_equal(groups.kind_count, 6);
    assert_int_equal(groups.sum_count, 0);
    assert_int_equal(groups.group_count, 1 + 2 + 3 + 6);
    for (uint32_t kind = 0; kind < groups.kind_count; kind++) {
        assert_true(has(0, kind));
    }
    const uint32_t kind = public_kind_find(&groups, 1, 2, PUBLIC_UNSCORED);
    assert_true(has(group_of(PUBLIC_PEOPLE, PUBLIC_ANY, 2), kind));
    assert_true(has(group_of(PUBLIC_PEOPLE, 1, PUBLIC_ANY), kind));
    assert_true(has(group_of(PUBLIC_PEOPLE, 1, 2), kind));
    assert_false(has(group_of(PUBLIC_PEOPLE, 0, 2), kind));
    assert_lines_add_up();
}

static void a_zero_speaks_about_its_category_or_its_unit(void **state)
{
    (void)state;
    const struct public_spec spec = ratings(false);
    EXPECT(TH_OK, public_groups_make(&spec, &groups));
    assert_int_equal(groups.groups[0].base, 0);
    assert_int_equal(groups.groups[group_of(PUBLIC_PEOPLE, PUBLIC_ANY, 1)].base, 0);
    assert_int_equal(groups.groups[group_of(PUBLIC_PEOPLE, 1, PUBLIC_ANY)].base, 0);
    assert_int_equal(groups.groups[group_of(PUBLIC_PEOPLE, 1, 1)].base,
                     group_of(PUBLIC_PEOPLE, 1, PUBLIC_ANY));
}

static void members_that_are_not_listed_are_left_over(void **state)
{
    (void)state;
    struct public_spec spec = ratings(false);
    spec.category.others = true;
    spec.level.others = true;
    EXPECT(TH_OK, public_groups_make(&spec, &groups));
    assert_int_equal(groups.kind_count, 3 * 4);
    const uint32_t kind = public_kind_find(&groups, PUBLIC_OTHER, PUBLIC_OTHER, PUBLIC_UNSCORED);
    uint32_t named = 0;
    uint32_t rests = 0;
    for (uint32_t group = 1; group < groups.group_count; group++) {
        const bool rest = groups.groups[group].rule == TH_SUPPRESS_REST;
        rests += rest && has(group, kind) ? 1 : 0;
        named += !rest && has(group, kind) ? 1 : 0;
    }
    assert_int_equal(named, 0);
    assert_true(rests > 0);
    assert_lines_add_up();
}

static void evaluations_are_one_table(void **state)
{
    (void)state;
    const struct public_spec spec = ratings(true);
    EXPECT(TH_OK, public_groups_make(&spec, &groups));
    // by category: level 0 may be below its score for 5 reasons; each level scored or not; one sum
    assert_int_equal(groups.kind_count, 2 * (3 * 2 + PUBLIC_REASONS_MAX) + 2);
    assert_int_equal(groups.sum_count, 2);
    const uint32_t below = public_kind_find(&groups, 0, 0, PUBLIC_BELOW + 2);
    const uint32_t unscored = public_kind_find(&groups, 0, 0, PUBLIC_UNSCORED);
    assert_true(has(group_of(PUBLIC_REASONS, PUBLIC_ANY, 2), below));
    assert_true(has(group_of(PUBLIC_REASONS, 0, PUBLIC_ANY), below));
    assert_true(has(group_of(PUBLIC_SCORES, PUBLIC_ANY, PUBLIC_ANY), below));
    assert_true(has(0, below));
    assert_false(has(group_of(PUBLIC_SCORES, PUBLIC_ANY, PUBLIC_ANY), unscored));
    assert_true(has(0, unscored));
    assert_lines_add_up();
}

static void a_sum_has_the_scores_of_its_twin(void **state)
{
    (void)state;
    const struct public_spec spec = ratings(true);
    EXPECT(TH_OK, public_groups_make(&spec, &groups));
    uint32_t sums = 0;
    for (uint32_t group = 0; group < groups.group_count; group++) {
        if (groups.groups[group].rule != TH_SUPPRESS_SUM) {
            continue;
        }
        const uint32_t twin = groups.groups[group].twin;
        assert_int_equal(groups.groups[twin].rule, TH_SUPPRESS_SCORED);
        assert_int_equal(groups.about[twin].category, groups.about[group].category);
        for (uint8_t c = 0; c < 2; c++) {
            const bool wanted =
                groups.about[group].category == PUBLIC_ANY || groups.about[group].category == c;
            assert_int_equal(has(group, public_sum_find(&groups, c)), wanted);
        }
        sums++;
    }
    assert_int_equal(sums, 3); // all, and two categories
}

static void a_member_is_found_by_its_code(void **state)
{
    (void)state;
    const struct public_spec spec = ratings(false);
    assert_int_equal(public_member(&spec.level, th_bytes_of("excellent")), 1);
    assert_int_equal(public_member(&spec.level, th_bytes_of("not")), PUBLIC_OTHER);
    EXPECT(TH_OK, public_groups_make(&spec, &groups));
    assert_int_equal(public_kind_find(&groups, PUBLIC_OTHER, 0, PUBLIC_UNSCORED),
                     groups.kind_count);
    assert_int_equal(
        public_group_find(&groups, (struct public_group){PUBLIC_SCORES, PUBLIC_ANY, PUBLIC_ANY}),
        groups.group_count);
}

static void too_many_kinds_are_refused(void **state)
{
    (void)state;
    static const char *const CODES[] = {
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"};
    struct public_spec spec = {.scored = true, .below_levels = 0xffff};
    add_members(&spec.level, CODES, TH_COUNT(CODES));
    add_members(&spec.category, CODES, TH_COUNT(CODES));
    EXPECT(TH_E_TOO_LARGE, public_groups_make(&spec, &groups));
}

static void without_bands_nobody_is_below_a_score(void **state)
{
    (void)state;
    struct public_spec spec = ratings(true);
    spec.below_levels = 0;
    EXPECT(TH_OK, public_groups_make(&spec, &groups));
    const struct public_group reasons = {PUBLIC_REASONS, PUBLIC_ANY, PUBLIC_ANY};
    assert_int_equal(public_group_find(&groups, reasons), groups.group_count);
    for (uint32_t group = 0; group < groups.group_count; group++) {
        uint64_t any = 0;
        for (size_t word = 0; word < TH_COUNT(groups.groups[group].kinds.bits); word++) {
            any |= groups.groups[group].kinds.bits[word];
        }
        assert_true(any != 0); // a group of nobody would be a zero that everybody knows
    }
    assert_lines_add_up();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratings_by_category_are_kinds),
        cmocka_unit_test(a_zero_speaks_about_its_category_or_its_unit),
        cmocka_unit_test(members_that_are_not_listed_are_left_over),
        cmocka_unit_test(evaluations_are_one_table),
        cmocka_unit_test(a_sum_has_the_scores_of_its_twin),
        cmocka_unit_test(a_member_is_found_by_its_code),
        cmocka_unit_test(too_many_kinds_are_refused),
        cmocka_unit_test(without_bands_nobody_is_below_a_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
