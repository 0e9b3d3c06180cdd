# The Concurrency Lab Kit. Type "make help".
#
# DIR is the directory that is built, run and checked: your own copy, starter/,
# unless you say otherwise. Whatever is made goes to build/ and report/.

DIR  = starter
PART = $(if $(filter race-check chaos,$(MAKECMDGOALS)),pool,$\
	$(if $(filter zombies,$(EXP)),fork,$(if $(filter writer,$(EXP)),locks,$\
	$(if $(filter stop,$(EXP)),$(if $(wildcard $(DIR)/fork/serve.c),fork,pool),serial))))
W    = 8
C    = 16
PORT = 8080

# make takes any NAME=value. One in small letters is a slip, and would do more
# than was meant: `make check task=2c` checks everything.
SMALL := $(strip $(foreach v,dir part task exp w c n port wait fail late quick seed scenario file id s step trace gdb again yes,\
	$(if $(filter command,$(origin $v)),$v)))
ifneq ($(SMALL),)
$(error write $(foreach v,$(SMALL),$(shell echo $v | tr a-z A-Z)=$($v)), \
	in capitals)
endif

DIR_GIVEN := $(filter command,$(origin DIR))
override DIR := $(patsubst %/,%,$(DIR))

ifeq ($(origin CC),default)
CC = gcc
endif
Q = $(if $(V),,@)

# The first Python that has pytest; without one, any: most commands need none.
PYTHON ?= $(or $(firstword $(foreach p,python3 /usr/bin/python3,$(shell \
	$(p) -c 'import pytest, sys; sys.exit(sys.version_info < (3, 9))' \
	>/dev/null 2>&1 && command -v $(p)))),python3)

B       = build/$(DIR)
GIVEN   = lab/main.c lab/net.c lab/http.c lab/echo.c
PARTS   = serial $(patsubst $(DIR)/%/serve.c,%,$(wildcard $(DIR)/*/serve.c))
HEADERS = $(wildcard lab/*.h) compile_flags.txt build/compiler
COMPILE = $(Q)mkdir -p $(@D) && $(if $(V),,echo '  CC  $@' &&) \
	$(CC) @compile_flags.txt -o $@ $(filter %.c,$^)

all: $(PARTS:%=$(B)/%)  ## build the servers of DIR into build/DIR

.SECONDEXPANSION:
$(B)/serial: lab/serial.c lab/stats.c $(GIVEN) $(HEADERS)
	$(COMPILE)
$(B)/%: $$(wildcard $(DIR)/$$*/*.[ch]) $(GIVEN) $(HEADERS)
	$(COMPILE)
build/load: $(wildcard lab/load/*.c) $(HEADERS)
	$(COMPILE) -lcurl -lm
build/count.so: lab/try/count.c $(HEADERS)
	$(COMPILE) -shared -fPIC -ldl
build/shim.so: lab/chaos/luck.c $(wildcard lab/chaos/*.h lab/chaos/shim/*) $(HEADERS)
	$(COMPILE) -shared -fPIC -ldl

# Another compiler is another program: CC=clang builds again.
build/compiler: always
	@mkdir -p build; echo '$(CC)' | cmp -s - $@ || echo '$(CC)' >$@

# Said before make says "No rule to make target" about a file nobody named.
part:
	@case ' $(PARTS) ' in *' $(PART) '*) ;; *) echo "make: there is no\
	 part '$(PART)' in $(DIR)/; choose PART from: $(PARTS)" >&2; exit 2; esac
ifneq ($(filter $(PART),$(PARTS)),)
part: $(B)/$(PART)
endif

run: part $(if $(FAIL)$(LATE),build/shim.so)  ## start a server: PART=pool W=8 C=16 PORT=8080 FAIL=fork:3 LATE=50
	@FAIL='$(FAIL)' LATE='$(LATE)' $(PYTHON) lab/run $(B)/$(PART) $(PORT) -w $(W) -q $(C) $(ARGS)

load: build/load  ## send requests to the server that runs: N=100 C=8 WAIT=0
	@lab=$${LAB:-$$(cat .server 2>/dev/null)}; test "$$lab" || { echo "make:\
	 no server runs here; start one: make run PART=pool" >&2; exit 2; }; \
	build/load "$$lab" -n $(or $(N),100) --wait $(or $(WAIT),0) \
		-c $(if $(filter file,$(origin C)),8,$(C))

try: $(if $(wildcard lab/try/$(EXP).py),part build/count.so)  ## do a small experiment: EXP=ladder, or none to see them all
	@$(PYTHON) lab/try '$(EXP)' $(B)/$(PART) $(DIR)/answers.toml

hint:  ## one more hint: TASK=2c, three a task; AGAIN=1 shows those you have seen
	@$(PYTHON) -m lab.hints --handout handout.md $(if $(AGAIN),--again) \
		$(if $(TASK),--task '$(TASK)')

predict:  ## say what you expect, before you see it: TASK=1b SAY="19", or none to see the questions
	@$(PYTHON) -m lab.predict --handout handout.md --dir '$(DIR)' \
		$(if $(TASK),--task '$(TASK)')

check:  ## check your work: TASK=2c, TASK=2c.order, or PART=pool; FULL=1 as the grade does
	@case '$(TASK)' in 0a) echo "make: task $(TASK) has no checks: you\
	 look and think there; the handout says what for" >&2; exit 2; esac
	-@mkdir -p build/way && touch build/way/begun
	@grader/grade --own --out report/check $(if $(FULL),,--quick) \
		$(if $(TASK),--task '$(TASK)') \
		$(if $(filter-out file,$(origin PART)),--part '$(PART)') $(DIR)
	@$(PYTHON) -m lab.status --dir '$(DIR)' --note build/way/begun

watch:  ## check a task again whenever you save one of its files: TASK=2c
	@$(PYTHON) -m lab.watch --dir '$(DIR)' $(if $(TASK),--task '$(TASK)')

status:  ## where you stand: points, predictions, hints, and what comes next
	@$(PYTHON) -m lab.status --dir '$(DIR)'

reset:  ## put a task's files back to what they were at first: TASK=2c; keeps a copy
	@$(PYTHON) -m lab.reset --dir '$(DIR)' $(if $(TASK),--task '$(TASK)') \
		$(if $(and $(filter command,$(origin YES)),$(filter 1,$(YES))),--yes)

chaos: part  ## your server under legal bad luck: PART=pool SEED=7
	@$(PYTHON) -m grader.witness.chaos --part $(PART) --dir $(DIR) \
		$(if $(SEED),--seed '$(SEED)')

explore:  ## look for an order that fails: TASK=2c, SCENARIO=flag or FILE=own.c; SEED=1 N=2000
	@$(PYTHON) -m grader.explore.cli explore --dir '$(DIR)' \
		$(if $(SCENARIO),--scenario '$(SCENARIO)',$(if $(FILE),--file '$(FILE)',--task '$(TASK)')) \
		$(if $(SEED),--seed '$(SEED)') $(if $(N),--schedules '$(N)')

replay:  ## repeat a failure that make explore found: ID=flag-3f2a1b; STEP=1 TRACE=1 or GDB=1
	@$(PYTHON) -m grader.explore.cli replay '$(ID)' $(if $(DIR_GIVEN),--dir '$(DIR)') \
		$(if $(STEP),--step) $(if $(TRACE),--trace) $(if $(GDB),--gdb)

schedule:  ## choose whose step is next: SCENARIO=flag, and S="T1:1 T2:4" for a whole line
	@$(PYTHON) -m grader.explore.cli schedule '$(SCENARIO)' --dir '$(DIR)' \
		$(if $(filter command,$(origin S)),--line '$(S)') $(if $(FLAGS),--flags='$(FLAGS)')

zoo:  ## six counters, of which some lose counts, under names of your own: build/zoo/
	@$(PYTHON) -m grader.explore.zoo --dir '$(DIR)'

stuck:  ## the server that runs stands still: who waits for what, and who has it
	@$(PYTHON) -m grader.observe.stuck \
		$(if $(filter command,$(origin PID)),$(PID))

race-check: part  ## ask Helgrind which data is touched without a lock: PART=pool
	@$(PYTHON) -m grader.witness.race_check --part $(PART) --dir $(DIR)

compare:  ## measure the servers side by side, under a minute; QUICK=1 for a first look
	@$(PYTHON) -m grader.bench.compare $(if $(DIR_GIVEN),--dir $(DIR)) \
		$(if $(QUICK),--quick)

handout:  ## the handout as a page and a PDF: report/handout.html, report/handout.pdf
	@$(PYTHON) -m grader.handout

submit:  ## pack what you hand in, after looking it over
	@$(PYTHON) grader/submit.py $(DIR)

doctor:  ## say what this machine can measure, and what it cannot
	@$(PYTHON) -m grader.doctor

clean:  ## remove everything that make made, but for the copies of make reset
	rm -rf report .server
	@mkdir -p build; find build -mindepth 1 -maxdepth 1 ! -name reset \
		-exec rm -rf {} +; rmdir build 2>/dev/null || true

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { \
		line = sprintf("  make %-11s", $$1); n = split($$2, words, " "); \
		for (i = 1; i <= n; i++) { \
			if (length(line " " words[i]) > 80) { print line; line = sprintf("%18s", "") } \
			line = line " " words[i] } \
		print line }' $(MAKEFILE_LIST)

always:
.PHONY: all part run load try hint predict check watch status reset chaos explore replay schedule zoo stuck race-check compare handout submit \
	doctor clean help always

# The instructor's targets; students are not given this file.
-include grader/instructor.mk
