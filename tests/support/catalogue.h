// catalogue.h - catalogues for tests: the installed one, open, and small ones written in the test

#ifndef TESTS_SUPPORT_CATALOGUE_H
#define TESTS_SUPPORT_CATALOGUE_H

#include "tonghop/catalogue.h"

// The catalogue of share/catalogue; fails the test when it is not valid.
struct th_catalogue *catalogue_vn(void);
struct th_catalogue *catalogue_open(void);

// A catalogue of texts by file name; all five may be NULL but the first.
struct catalogue_texts {
    const char *settings, *measures, *schemes, *forms, *indicators, *targets;
};

// The findings of these texts as "measures.yaml:3:9 1111 form bien-che" lines, "" when it is valid.
// Ownership: the caller frees it.
char *catalogue_findings(const struct catalogue_texts *texts);
// The catalogue itself; fails the test when it is not valid.
struct th_catalogue *catalogue_of(const struct catalogue_texts *texts);

#endif
