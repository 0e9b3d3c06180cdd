# What an instructor types; the Makefile includes it where it is. The need-%
# targets install what is missing before anything else looks for it.

SUBMISSIONS = grader/corpus/class
RUNS = 30
LOAD = 10
RACE = 20

grade: need-grade  ## grade SUBMISSIONS=dir, JOBS=1 at a time; without it, the sample class
	@grader/grade --out report/class $(if $(JOBS),--jobs $(JOBS)) \
		--class $(SUBMISSIONS)

dist:  ## pack what students get: build/clk-lab.tar.gz
	@$(PYTHON) grader/dist.py

starter:  ## make starter/ from solutions/, and the table of points
	@$(PYTHON) grader/starter.py solutions starter
	@$(PYTHON) grader/handout_points.py

test: need-test  ## run the kit's own tests, the quick ones
	@$(PYTHON) -m pytest -m "not slow" grader/tests

selftest: need-selftest  ## run the slow tests, the sample class and 60 s of fuzzing
	@grader/fuzz/run 60
	@$(PYTHON) -m pytest -m slow grader/tests

flake: need-selftest  ## the same verdict always? RACE=20 race-checks, RUNS=30 grades, LOAD=10 under load
	@$(PYTHON) -m grader.bench.flake --race $(RACE) --runs $(RUNS) --load $(LOAD)

bench: need-grade  ## time the grader itself, check by check
	@$(PYTHON) -m grader.bench.bench

need-%:
	@grader/need $*

.PHONY: grade dist starter test selftest flake bench
