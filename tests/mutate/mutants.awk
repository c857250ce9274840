# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers
#
# Reads descriptions of mutants (README.md has their form).
#
# Without a name: one line for each, "name TAB file TAB smoke or - TAB what". With
# -v name=NAME: its file with the fault in it. Exits with 2 and says why when that
# cannot be.

function die(text) {
    printf "%s: %s\n", (name == "" ? FILENAME ":" FNR : name), text > "/dev/stderr"
    failed = 1
    exit 2
}

# A regular expression for these words with any white space between them.
function pattern(text,    words, n, i, j, c, p) {
    n = split(text, words, " ")
    for (i = 1; i <= n; i++) {
        if (i > 1)
            p = p "[ \t\n]+"
        for (j = 1; j <= length(words[i]); j++) {
            c = substr(words[i], j, 1)
            p = p (c == "^" || c == "\\" ? "\\" c : c ~ /[A-Za-z0-9_]/ ? c : "[" c "]")
        }
    }
    return p
}

# Splits the file into what stands before the function, its body, and the rest.
function load(    line, state, head) {
    state = within == "" ? 1 : 0
    while ((getline line < file) > 0) {
        if (state == 0 && line ~ /^[A-Za-z]/ && index(line, within "("))
            head = 1
        if (head && line ~ /;$/)
            head = 0
        if (head && line ~ /^[{]/) {
            state = 1
            head = 0
        }
        part[state] = part[state] line "\n"
        if (state == 1 && within != "" && line ~ /^[}]/)
            state = 2
    }
    close(file)
    if (part[0] part[1] == "")
        die("there is no file " file)
    if (part[1] == "")
        die(file " has no function " within)
}

function apply(    p, before, after) {
    load()
    p = pattern(old)
    if (!match(part[1], p))
        die("not found in " file (within == "" ? "" : ", " within) ": " old)
    before = part[0] substr(part[1], 1, RSTART - 1)
    after = substr(part[1], RSTART + RLENGTH)
    if (match(after, p))
        die("found more than once in " file ": " old)
    if (old == new)
        die("changes nothing")
    printf "%s%s%s%s", before, new, after, part[2]
}

# The end of a description.
function finish() {
    if (this == "")
        return
    if (old == "" || !has_new)
        die(this " has no old or no new text")
    if (name == "")
        print this "\t" file "\t" (smoke ? "smoke" : "-") "\t" what
    else if (name == this) {
        found = 1
        apply()
        exit
    }
    this = ""
}

/^#/ { next }
/^== / { finish(); file = $2; next }
/^$/ { finish(); next }
this == "" {
    if (!match($0, /^[a-z0-9-]+: /) || file == "")
        die("not the name of a mutant: " $0)
    this = substr($0, 1, RLENGTH - 2)
    what = substr($0, RLENGTH + 1)
    if (this in seen)
        die("two mutants have the name " this)
    seen[this] = 1
    within = old = new = ""
    smoke = has_new = 0
    next
}
/^in / { within = $2; next }
$0 == "smoke" { smoke = 1; next }
/^- / { old = old (old == "" ? "" : " ") substr($0, 3); next }
/^[+]( |$)/ { new = new (has_new++ ? "\n" : "") substr($0, 3); next }
{ die("not understood: " $0) }
END {
    if (failed)
        exit 2
    if (!found)
        finish()
    if (name != "" && !found)
        die("there is no such mutant")
}
