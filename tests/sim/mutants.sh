#!/usr/bin/env bash
# mutants.sh SIM - every planted bug must be found; prints which check killed it, after how many seeds

exec "${1:?path of sim}" --mutants
