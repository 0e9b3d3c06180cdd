# What an instructor types; the Makefile includes it where it is. The need-%
# targets install what is missing before anything else looks for it.

SUBMISSIONS = grader/corpus/class
MINUTES = 60
# Servers mostly wait, so more tests at a time than cores are no burden; those
# of a file share what they build.
PYTEST = $(PYTHON) -m pytest --dist loadfile

grade: need-grade  ## grade SUBMISSIONS=dir, JOBS=1 at a time, MARKS=file, HIDDEN=dir; or the sample class
	@grader/grade --out report/class $(if $(JOBS),--jobs $(JOBS)) \
		$(if $(MARKS),--marks '$(MARKS)') $(if $(HIDDEN),--hidden '$(HIDDEN)') --class $(SUBMISSIONS)

mark: need-grade  ## read the explanations of those graded, without names: MARKS=file keeps what you press
	@grader/grade --out report/class --mark '$(or $(MARKS),report/marks.json)'

dist:  ## pack what students get: build/clk-lab.tar.gz
	@$(PYTHON) -m grader.dist

starter:  ## make starter/ from solutions/, the points and rules of the handout, and grader/MISTAKES.md
	@$(PYTHON) grader/starter.py solutions starter
	@$(PYTHON) -m grader.course.handout
	@$(PYTHON) -m grader.corpus.mistakes

test: need-test  ## run the kit's own tests, the quick ones
	@$(PYTEST) -n 3 -m "not slow and not full" grader/tests

# All of it runs, and then it fails if any of it did.
selftest: need-selftest  ## the slow tests, 60 s of fuzzing, the corpus; FULL=1 all checks, SHARE=3 a third, SEED=, FRESH=1
	@status=0; grader/fuzz/run 60 || status=1; \
	$(PYTEST) -n 2 -m "slow$(if $(FULL), or full)" grader/tests || status=1; \
	$(PYTHON) -m grader.corpus.selftest --jobs $(or $(JOBS),2) $(if $(FULL),--full) \
		$(if $(SHARE),--share $(SHARE)) $(if $(SEED),--seed $(SEED)) $(if $(FRESH),--fresh) || status=1; \
	exit $$status

flake: need-grade  ## how often is a verdict wrong? MINUTES=60 JOBS=2; goes on where it stopped
	@$(PYTHON) -m grader.bench.flake --minutes $(MINUTES) --jobs $(or $(JOBS),2)

bench: need-test  ## time the grader itself, check by check, the explorer and the load tool
	@$(PYTHON) -m grader.bench.bench
	@$(PYTHON) -m grader.bench.explorer
	@$(PYTHON) -m grader.bench.clients

bench-twins: need-test  ## how often does a comparison claim what is not so? TIMES=40
	@$(PYTHON) -m grader.bench.twins --times $(or $(TIMES),40)

bench-pace: need-grade  ## how often do the checks that time say what? TIMES=50, LOAD=1 beside load
	@$(PYTHON) -m grader.bench.pace --times $(or $(TIMES),50) $(if $(LOAD),--load)

need-%:
	@grader/need $*

.PHONY: grade mark dist starter test selftest flake bench bench-twins bench-pace
