// about.h - tonghop config, help, paths, version: what the program says about itself

#ifndef CLI_ABOUT_H
#define CLI_ABOUT_H

#include "tonghop/option.h"

enum { ABOUT_CONFIG_OPTION_COUNT = 1, ABOUT_HELP_OPTION_COUNT = 3 };

extern const struct th_option ABOUT_CONFIG_OPTIONS[ABOUT_CONFIG_OPTION_COUNT];
extern const struct th_option ABOUT_HELP_OPTIONS[ABOUT_HELP_OPTION_COUNT];

int about_config(const struct th_call *call); // check | show | default
int about_help(const struct th_call *call);   // [VERB | THnnnn]
int about_paths(const struct th_call *call);
int about_version(const struct th_call *call);

#endif
