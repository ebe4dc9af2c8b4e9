"""results.py RESULTS.xml LOG - what of a test run a person must see: failures, and skips with reasons

RESULTS.xml is what ctest --output-junit wrote. A test says why it skips something with a line
"skipped: reason"; one that was skipped without such a line is shown all the same.
"""

import sys
import xml.etree.ElementTree as tree

LINES_OF_A_FAILURE = 40


def reasons(output):
    return [line.strip() for line in output.splitlines() if line.strip().startswith("skipped:")]


def main():
    try:
        cases = list(tree.parse(sys.argv[1]).getroot().iter("testcase"))
    except (OSError, tree.ParseError) as error:
        print(f"no results: {error}; see {sys.argv[2]}")
        return
    for case in cases:
        output = case.findtext("system-out") or ""
        status = case.get("status")
        if status == "fail":
            print(f"--- failed: {case.get('name')}")
            print("\n".join(output.rstrip().splitlines()[-LINES_OF_A_FAILURE:]))
        elif status != "run" or reasons(output):
            for reason in reasons(output) or ["skipped: it gave no reason"]:
                print(f"{case.get('name')}: {reason}")


main()
