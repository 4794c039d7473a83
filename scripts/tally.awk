# Counts tests from what the runners wrote: nextest's junit.xml (and its log for the skipped ones), the text of `cargo test`, and
# the TAP of node's runner. A test belongs to an engine by its name: …::sqlite, …::sqlite::…, sqlite_…; `status` is not 0 when a
# runner failed. The last line reads `N passed, N failed, N skipped`; the exit code is 0 only if all is well.

function engine_of(name) {
    if (match(name, /(^|::|_)(sqlite|postgres|mysql)(_|::|$)/)) {
        name = substr(name, RSTART, RLENGTH)
        gsub(/[:_]/, "", name)
        return name
    }
    return "any"
}

function count(engine, outcome) {
    total[outcome]++
    per[engine, outcome]++
}

FILENAME ~ /junit\.xml$/ {
    if ($0 ~ /<testcase /) {
        name = $0
        sub(/.*<testcase name="/, "", name)
        sub(/".*/, "", name)
        outcome = "passed"
        open = 1
    }
    if (open && $0 ~ /<(failure|error)[ >\/]/) outcome = "failed"
    if (open && ($0 ~ /<\/testcase>/ || $0 ~ /<testcase [^>]*\/>/)) {
        count(engine_of(name), outcome)
        open = 0
    }
    next
}

FILENAME ~ /nextest\.log$/ {
    if ($1 == "Summary" && match($0, /[0-9]+ skipped/)) total["skipped"] += substr($0, RSTART, RLENGTH) + 0
    next
}

FILENAME ~ /(cargo|doc|example)\.log$/ {
    if ($1 == "test" && match($0, / \.\.\. (ok|FAILED|ignored)/)) {
        outcome = substr($0, RSTART + 5, RLENGTH - 5)
        name = $0
        sub(/ \.\.\. .*/, "", name)
        sub(/^test /, "", name)
        sub(/ - should panic$/, "", name)
        count(FILENAME ~ /(doc|example)\.log$/ ? "any" : engine_of(name), outcome == "ok" ? "passed" : outcome == "FAILED" ? "failed" : "skipped")
    }
    next
}

FILENAME ~ /browser\.tap$/ && $1 == "#" {
    if ($2 == "pass") { total["passed"] += $3; per["browser", "passed"] += $3 }
    if ($2 == "fail" || $2 == "cancelled") { total["failed"] += $3; per["browser", "failed"] += $3 }
    if ($2 == "skipped" || $2 == "todo") { total["skipped"] += $3; per["browser", "skipped"] += $3 }
}

END {
    split("sqlite postgres mysql browser any", order)
    label["sqlite"] = "SQLite"; label["postgres"] = "PostgreSQL"; label["mysql"] = "MariaDB"
    label["browser"] = "browser"; label["any"] = "no engine"
    print ""
    for (i = 1; i <= 5; i++)
        printf "%-10s %5d passed, %d failed\n", label[order[i]], per[order[i], "passed"], per[order[i], "failed"]
    for (i = 1; i <= 3; i++)
        if (per[order[i], "passed"] + per[order[i], "failed"] == 0) {
            print "no test ran on " label[order[i]]
            status = 1
        }
    if (total["failed"] > 0) status = 1
    if (status != 0 && total["failed"] == 0) {
        print "a step before or between the tests failed: it counts as one"
        total["failed"] = 1
    }
    printf "%d passed, %d failed, %d skipped\n", total["passed"], total["failed"], total["skipped"]
    exit status
}
