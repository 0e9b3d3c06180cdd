# unseen.awk - where does a file move a struct that no hook tells of?
#
# gcc's hooks miss two accesses to memory: the store of a struct that a call
# returns (x = f()), and the read of one that is passed by value (f(x)). Reads
# what gcc says of the file after the hooks are in, in a dump with lines and
# numbers of declarations (-fdump-tree-tsan0-raw-lineno-uid):
#     [stats.c:22:11] gimple_call <one_moreD.2751, allD.2743, allD.2743>
# Prints "stats.c:22 stores" or "stats.c:22 passes" of the first that is found,
# of one that is passed if there is any.
# A function's own variable is nobody else's, unless its address is kept or goes
# to a new thread: who is only called with it (stats_read(&s)) gives it back.
# Numbers and other values are in registers by then (_3, iD.2803_7).

BEGIN { NAME = "[A-Za-z0-9_$]*D\\.[0-9]+" }

{ gsub(/"([^"\\]|\\.)*"/, "\"\"") }

/^;; Function / { kept = head = ""; found = 0; split("", own) }

$0 == "{" { head = 1; declares(before) }

/^  <bb / { head = "" }

head && /^  / && !/^  (static|extern) / { declares($0) }

{ before = $0 }

/gimple_call </ {
    place[++found] = /^ *\[[^]]*:[0-9]+:[0-9]+/ ? located($0) : ""
    call[found] = marked($0, "@")
}

# In this union libc gives an address to accept and the like, which do not keep it.
/D\.[0-9]+\.__sockaddr[a-z0-9_]*__D/ { next }

/gimple_assign|gimple_call <(pthread|thrd)_createD/ { kept = kept marked($0, "") "\n" }

$0 == "}" { for (i = 1; i <= found; i++) look(call[i], place[i]) }

END { if (passes || stores) print passes ? passes : stores }

# Every name in a line is a declaration's, or a type's, whose number is no variable's.
function declares(line) {
    while (match(line, NAME)) {
        own[substr(line, RSTART, RLENGTH)]
        line = substr(line, RSTART + RLENGTH)
    }
}

# stats.c:22 of [pool/stats.c:22:11] at the beginning.
function located(line) {
    sub(/^ *\[/, "", line)
    match(line, /:[0-9]+:[0-9]+/)
    line = substr(line, 1, RSTART + RLENGTH - 1)
    sub(/:[0-9]+$/, "", line)
    sub(/.*\//, "", line)
    return line
}

# A line with a mark for each of the places in it.
function marked(line, mark) {
    gsub(/\[[^]]*:[0-9]+:[0-9]+( discrim [0-9]+)?\] ?/, mark, line)
    return line
}

function look(line, where,    words, n, i) {
    sub(/^[^<]*</, "", line)
    sub(/>[^>]*$/, "", line)
    n = split(line, words, ", ")
    if (!stores && shared(words[2]))
        stores = where " stores"
    for (i = 3; i <= n; i++)
        if (!passes && shared(words[i]))
            passes = where " passes"
}

# Is it memory that others may know of? A name alone has no place, and its
# fields have: where one has, it is a function's, whose address is meant.
function shared(word,    name) {
    if (word ~ "^@" NAME "$")
        return 0
    gsub(/@/, "", word)
    if (word ~ /^(\*|MEM)|^[^&]*->/)
        return 1
    if (word ~ /^[A-Za-z0-9_.$]*_[0-9]+(\(D\))?$/ || !match(word, "^" NAME))
        return 0
    match(word, /D\.[0-9]+/)
    name = substr(word, 1, RSTART + RLENGTH - 1)
    return !(name in own) || kept ~ ("&" plain(name) "[^0-9]")
}

function plain(name) {
    gsub(/[.$]/, "[&]", name)
    return name
}
