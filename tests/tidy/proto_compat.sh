#!/usr/bin/env bash
# proto_compat.sh SOURCE - the wire contract may only grow; see proto_compat.py

exec /usr/bin/python3 "$(dirname "$0")/proto_compat.py" "${1:?source directory}"
