# Builds cgihook. "make help" lists what there is to make.

CC ?= cc
CFLAGS ?= -O2 -g -fstack-protector-strong
CPPFLAGS ?= -D_FORTIFY_SOURCE=2
AR ?= ar
INSTALL ?= install
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
CGIDIR ?= $(PREFIX)/lib/cgi-bin
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/cgihook
UNITDIR ?= $(PREFIX)/lib/systemd/system
COMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/$(if \
	$(filter /usr,$(PREFIX)),vendor-completions,site-functions)
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla \
	-Wstrict-prototypes -Wmissing-prototypes -Wformat=2
ifdef WERROR
WARNINGS += -Werror
endif

# Another kind of build has another folder, so that objects never mix.
ifdef SAN
B ?= build/$(if $(PG),pg-)san
override CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
override CPPFLAGS =
endif
# PG=1: with PostgreSQL as a store
ifdef PG
B ?= build/pg
endif
B ?= build

# -iquote, not -I: a file of ours never hides a system's header
INCLUDES = $(addprefix -iquote ,common/base common/provider common/config \
	common/queue common/view common/page fcgi cli)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -pthread $(WARNINGS) $(INCLUDES) \
	$(CPPFLAGS) $(CFLAGS)
LIBS = -lsqlite3 -lconfuse -lcrypto -lz
ifdef PG
ALL_CFLAGS += -DCGIHOOK_POSTGRESQL -isystem $(shell pg_config --includedir)
LIBS += -lpq
else
LEFT_OUT = $(B)/obj/common/queue/store_postgresql%.o
endif
P = $(B)/portable
# Debian has no static cJSON. Another one: make portable CJSON_A=FILE
CJSON_A ?= $(P)/libcjson.a
# A plain CGI request spends more than a third of its time in the dynamic loader.
# STATIC=libs: the responder has its libraries within it, all but libc and cJSON,
# so that their security updates need another build. STATIC=1: these, too.
ifeq ($(STATIC),libs)
$(B)/cgihook.fcgi: LIBS = -Wl,-Bstatic -lsqlite3 -lconfuse -lcrypto -lz \
	-Wl,-Bdynamic $(if $(PG),-lpq) -lcjson -lm
else ifdef STATIC
$(B)/cgihook.fcgi: override LDFLAGS += -static
$(B)/cgihook.fcgi: LIBS += -lm
$(B)/cgihook.fcgi: $(CJSON_A)
else
$(B)/cgihook.fcgi: LIBS += -lcjson
endif
# A short line for each command; V=1 shows the whole of it, --silent nothing.
SAY = $(if $(V),,@$(if $(findstring s,$(firstword -$(MAKEFLAGS))),,\
	printf '%-4s %s\n' $(1) $(2);))
LINK = $(call SAY,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^

obj = $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard $(1))))
COMMON = $(B)/libcommon.a
FUZZ = $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz/%,\
	$(sort $(wildcard tests/fuzz/fuzz_*.c)))
REPLAY = $(patsubst $(B)/fuzz/%,$(B)/replay/%,$(FUZZ))
UNIT = $(patsubst tests/unit/%.c,$(B)/unit/%,\
	$(sort $(wildcard tests/unit/test_*.c)))

all: $(B)/cgihook.fcgi $(B)/cgihook ## build both programs

$(B)/cgihook.fcgi: $(B)/obj/fcgi/main.o $(B)/libfcgi.a $(COMMON)
	$(LINK) $(LIBS)

$(B)/cgihook: $(B)/obj/cli/main.o $(B)/libcli.a $(COMMON)
	$(LINK) -lcjson $(LIBS)

# archives: programs and tests take from them only what they use
$(COMMON): $(filter-out $(LEFT_OUT),$(call obj,common/*/*.c))
$(B)/libfcgi.a: $(filter-out %/main.o,$(call obj,fcgi/*.c))
$(B)/libcli.a: $(filter-out %/main.o,$(call obj,cli/*.c))
$(B)/%.a:
	@rm -f $@
	$(call SAY,AR,$@)$(AR) rcs $@ $^

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call SAY,CC,$<)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# these are read by the assembler, whose files -MMD does not list
$(B)/obj/common/page/asset.o: $(wildcard common/page/*.css common/page/*.js \
	common/page/*.svg)

# holds the compiler's command line: another one builds everything again
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CFLAGS)' >$@

# what these tests take for the time: tests/unit/store_fixture.h
$(B)/unit/test_store_% $(B)/unit/test_agent: \
	override LDFLAGS += -Wl,--wrap=clock_wall_ms

# and for a deadline: tests/unit/steady_fixture.h
$(addprefix $(B)/unit/test_,exec runner runner_crash): override LDFLAGS += \
	-Wl,--wrap=clock_steady_ms

# a store that is shared, of the tests' own: tests/unit/shared_store.h
$(B)/unit/test_runner_shared: override LDFLAGS += \
	-Wl,--wrap=store_open,--wrap=store_config_options

$(B)/unit/%: $(B)/obj/tests/unit/%.o $(B)/libfcgi.a $(B)/libcli.a $(COMMON)
	@mkdir -p $(@D)
	$(LINK) -lcmocka -lcjson $(LIBS)

# what "make bench" compares with, and what it measures parts by
BENCH = $(patsubst %.c,$(B)/%,$(filter-out $(if $(PG),,%_postgresql.c),\
	$(sort $(wildcard tests/bench/*.c))))

$(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(COMMON)
	@mkdir -p $(@D)
	$(LINK) -lfcgi $(LIBS)

PAGES = $(wildcard docs/*.[1-8])
HANDLERS = handlers/README.md handlers/ready/lib.sh \
	$(shell find handlers -type f -perm -u+x)
SETTINGS = deploy/listen.sh $(wildcard deploy/*.conf deploy/*.cfg \
	deploy/htaccess \
	deploy/prometheus/* deploy/grafana/*)
UNITS = $(wildcard deploy/*.service deploy/*.socket)
man_place = $(MANDIR)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
# shell:file
COMPLETIONS = bash:$(COMPDIR)/cgihook zsh:$(ZSHDIR)/_cgihook \
	fish:$(FISHDIR)/cgihook.fish
# every file that "install" makes
INSTALLED = $(BINDIR)/cgihook $(CGIDIR)/cgihook.fcgi \
	$(foreach word,$(COMPLETIONS),$(lastword $(subst :, ,$(word)))) \
	$(foreach page,$(PAGES),$(call man_place,$(page))) \
	$(addprefix $(DATADIR)/,$(HANDLERS) $(SETTINGS)) \
	$(addprefix $(UNITDIR)/,$(notdir $(UNITS)))
# $$file becomes $$to, with the folders of this installation
INSTALL_TEXT = { $(INSTALL) -d "$${to%/*}" && \
	sed -e 's|/usr/local/lib/cgi-bin|$(CGIDIR)|' \
	    -e 's|/usr/local/share/cgihook|$(DATADIR)|' \
	    -e 's|/usr/local/bin/cgihook|$(BINDIR)/cgihook|' \
	    $$file >"$$to" && chmod 644 "$$to" && \
	{ ! test -x $$file || chmod 755 "$$to"; } || exit; }

install: all ## install it: PREFIX, DESTDIR, BINDIR, CGIDIR
	@$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(CGIDIR) \
		$(DESTDIR)$(DATADIR)
	$(INSTALL) -m 755 $(B)/cgihook $(DESTDIR)$(BINDIR)/
	$(INSTALL) -m 755 $(B)/cgihook.fcgi $(DESTDIR)$(CGIDIR)/
	@for word in $(COMPLETIONS); do \
		to=$(DESTDIR)$${word#*:}; $(INSTALL) -d "$${to%/*}" && \
		$(B)/cgihook completion $${word%%:*} >"$$to" && \
		chmod 644 "$$to" || exit; done
	@for file in $(PAGES); do \
		to=$(DESTDIR)$(MANDIR)/man$${file##*.}/$${file##*/}; \
		$(INSTALL_TEXT); done
	@for file in $(SETTINGS); do \
		to=$(DESTDIR)$(DATADIR)/$$file; $(INSTALL_TEXT); done
	@for file in $(UNITS); do \
		to=$(DESTDIR)$(UNITDIR)/$${file##*/}; $(INSTALL_TEXT); done
	@for file in $(HANDLERS); do \
		mode=644; ! test -x $$file || mode=755; \
		$(INSTALL) -D -m $$mode $$file $(DESTDIR)$(DATADIR)/$$file || \
		exit; done
	@deploy/whole-handlers $(DESTDIR)$(DATADIR)/handlers/ready
	@echo 'Installed $(words $(INSTALLED)) files below $(DESTDIR)$(PREFIX).'

uninstall: ## remove what "install" made; what you have made yourself stays
	@rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	@! test -d $(DESTDIR)$(DATADIR) || \
		find $(DESTDIR)$(DATADIR) -depth -type d -empty -delete
	@echo 'Removed. Your configuration and events stay:' \
		'see "UNINSTALLING" in cgihook(1).'

# --- portable: static programs, for hosts without compiler or recent libc

VERSION = $(shell sed -n 's/.* CGIHOOK_VERSION "\(.*\)"/\1/p' \
	common/base/release.h)
PORTABLE = cgihook-$(VERSION)-linux-$(shell uname -m)
UPLOAD = cgihook-$(VERSION)-upload-$(shell uname -m)
LIBC = $(B)/obj/deploy/portable/libc.o
# The linker warns of what would load shared libraries at run time after all:
# libc.c has to replace it.
LINK_STATIC = $(LINK) -static-pie -Wl,--wrap=dlopen,--fatal-warnings -s

portable: ## dist/: a tarball for hosts without root, and a folder for FTP alone
	@deploy/install-deps build portable
	@+$(ANEW) dist/$(PORTABLE).tar.gz dist/$(UPLOAD).zip

dist/$(PORTABLE).tar.gz: $(P)/cgihook $(P)/cgihook.fcgi LICENSE \
    $(wildcard deploy/portable/* docs/*.[1-8] handlers/* handlers/*/*)
	@mkdir -p $(@D)
	deploy/portable/pack $(P) $(PORTABLE) $@

dist/$(UPLOAD).zip: $(P)/cgihook.fcgi LICENSE $(wildcard deploy/upload/*) \
    deploy/htaccess $(wildcard handlers/*/*)
	@mkdir -p $(@D)
	deploy/upload/pack $(P)/cgihook.fcgi $(UPLOAD) $@

$(P)/cgihook.fcgi: $(B)/obj/fcgi/main.o $(LIBC) $(B)/libfcgi.a $(COMMON) \
    $(CJSON_A)
	@mkdir -p $(@D)
	$(LINK_STATIC) $(LIBS) -lm

$(P)/cgihook: $(B)/obj/cli/main.o $(LIBC) $(B)/libcli.a $(COMMON) $(CJSON_A)
	@mkdir -p $(@D)
	$(LINK_STATIC) $(LIBS) -lm

$(P)/libcjson.a:
	@deploy/portable/fetch-source cjson $(P)/source
	$(call SAY,CC,cJSON.c)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $(P)/cJSON.o $(P)/source/cjson-*/cJSON.c
	@$(AR) rcs $@ $(P)/cJSON.o

# --- packages

# the time of everything in a release: that of debian/changelog's newest entry
RELEASE_TIME = $(shell sed -n '/^ -- /{s/.*>  //;p;q}' debian/changelog | \
	xargs -I{} date -d {} +%s)

release: export SOURCE_DATE_EPOCH ?= $(RELEASE_TIME)
release: ## dist/cgihook-VERSION/: what to publish (KEY=FILE: signed; DRAFT=1)
	@deploy/release/ready $(VERSION)
	@rm -f dist/$(PORTABLE).tar.gz dist/$(UPLOAD).zip dist/*.deb
	@+$(MAKE) --no-print-directory portable deb
	@deploy/release/release $(VERSION) $(B)

deb: ## dist/: packages for Debian
	@deploy/install-deps build postgresql deb
	@deploy/release/deb $(B)/packages dist

# RETRY=--again is for CI, on a machine that does other things as well.
# These first see that what they need is installed, then start anew: only then
# is there a compiler to build with; on all processors, unless -j says otherwise.
ANEW = $(MAKE) --no-print-directory \
	$(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
test: ## build and run the tests (SAN=1: under ASan and UBSan; PG=1: with PostgreSQL)
	@deploy/install-deps build test $(if $(PG),postgresql test-postgresql)
	@echo 'Building.'
	@+$(ANEW) --silent all units
	@tests/run --build $(B) $(if $(PG),--store postgresql) $(LONG) $(RETRY)

test-all: ## the same on both stores, and what is long or needs root
	@deploy/install-deps build test portable test-portable test-prometheus \
		test-browser postgresql deb test-deb
	@echo 'Building.'
	@+$(ANEW) --silent all units
	@rm -f dist/$(PORTABLE).tar.gz
	-@+$(MAKE) --no-print-directory SAN= B=build dist/$(PORTABLE).tar.gz
	-@deploy/release/deb build/packages dist
	@status=0; tests/run --build $(B) --all || status=1; \
	$(MAKE) --no-print-directory test PG=1 LONG=--all || status=1; \
	exit $$status

valgrind: ## the unit tests under valgrind: memory misused, or lost, or files left open
	@deploy/install-deps build test valgrind
	@+$(ANEW) --silent all units
	@tests/run --build $(B) --valgrind $(RETRY)

bench: ## measure it beside others (QUICK=1: a minute; GROWTH=1: and how it grows)
	@deploy/install-deps build bench $(if $(PG),postgresql test-postgresql)
	@+$(ANEW) --silent all benches
	@tests/bench/bench.py --build $(B) $(if $(QUICK),--quick) \
		$(if $(GROWTH),--growth)
	@$(if $(PG),tests/bench/shared.py --build $(B))

benches: $(BENCH) $(B)/tests/bench/libs/cgihook.fcgi \
	$(B)/tests/bench/static/cgihook.fcgi

# the responder with STATIC=libs and STATIC=1, beside the one that was built
$(B)/tests/bench/libs/cgihook.fcgi: LINKED = -Wl,-Bstatic \
	-lsqlite3 -lconfuse -lcrypto -lz -Wl,-Bdynamic $(if $(PG),-lpq) -lcjson -lm
$(B)/tests/bench/static/cgihook.fcgi: LINKED = $(LIBS) -lm
$(B)/tests/bench/static/cgihook.fcgi: override LDFLAGS += -static
$(B)/tests/bench/static/cgihook.fcgi: $(CJSON_A)
$(B)/tests/bench/%/cgihook.fcgi: $(B)/obj/fcgi/main.o $(B)/libfcgi.a $(COMMON)
	@mkdir -p $(@D)
	$(LINK) $(LINKED)

N ?= 200
SEED ?= 1
JOBS ?= 1
mutate: ## do the tests notice N=200 mistakes? (SEED=7, JOBS=2, FILES='fcgi cli')
	@deploy/install-deps build test valgrind
	@+$(ANEW) --silent SAN= B=build all units
	@nice -n 19 tests/mutate/run --n '$(N)' --seed '$(SEED)' --jobs '$(JOBS)' \
		$(if $(AGAIN),--again '$(AGAIN)') $(FILES)

demo: ## see it work: a real web server, two signed events (DEMO=once: and end)
	@deploy/install-deps build demo
	@test -x $(B)/cgihook || echo 'Building both programs: some seconds.'
	@+$(ANEW) --silent all
	@DEMO='$(DEMO)' deploy/demo $(B)

units: $(UNIT) $(REPLAY)

$(B)/replay/%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/obj/tests/fuzz/replay.o \
		$(B)/libfcgi.a $(B)/libcli.a $(COMMON)
	@mkdir -p $(@D)
	$(LINK) -lcjson $(LIBS)

T ?= 60
FUZZ_FLAGS = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined \
	-fsanitize=address,undefined

fuzz: ## run each fuzz target for T=60 seconds, or RUNS=N the same inputs
	@deploy/install-deps build ci
	@+$(ANEW) B=build/fuzzers CC=clang CPPFLAGS= \
		CFLAGS='$(FUZZ_FLAGS),fuzzer-no-link' fuzzers
	@tests/fuzz/run build/fuzzers/fuzz \
		$(if $(RUNS),-runs=$(RUNS),-max_total_time=$(T))

fuzzers: $(FUZZ)

$(B)/fuzz/%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/libfcgi.a $(B)/libcli.a \
		$(COMMON)
	@mkdir -p $(@D)
	$(LINK) -fsanitize=fuzzer -lcjson $(LIBS)

ct: $(B)/ct/ct_verify $(B)/ct/timing ## is verifying constant in time? (valgrind)
	@deploy/install-deps ct
	valgrind -q --error-exitcode=9 $(B)/ct/ct_verify
	! valgrind -q --error-exitcode=9 $(B)/ct/ct_verify control >/dev/null 2>&1
	$(B)/ct/timing

$(B)/ct/ct_verify: override LDFLAGS += -Wl,--wrap=crypto_equal
$(B)/ct/%: $(B)/obj/tests/ct/%.o $(COMMON)
	@mkdir -p $(@D)
	$(LINK) $(LIBS) -lm

lint: ## check layers, calls, style and shell scripts
	@deploy/install-deps build lint
	@+$(ANEW) --silent all
	@tests/run --build $(B) lint

ANALYZED = $(sort $(wildcard common/*/*.c fcgi/*.c cli/*.c))

analyze: ## look for mistakes with cppcheck and clang-tidy
	@deploy/install-deps build analyze postgresql
	cppcheck --quiet --error-exitcode=1 -j$(shell nproc) --std=c11 \
		--inline-suppr --enable=warning,performance,portability \
		-D_GNU_SOURCE \
		--suppress=legacyUninitvar --suppress=uninitStructMember \
		$(addprefix -I,$(sort $(dir $(ANALYZED)))) $(ANALYZED)
	printf '%s\n' $(ANALYZED) | xargs -P $(shell nproc) -I{} \
		clang-tidy --quiet {} -- -std=c11 -D_GNU_SOURCE $(INCLUDES) \
		-isystem "$$(pg_config --includedir)" 2>/dev/null

clean: ## remove what was built
	rm -rf build dist

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

.PHONY: all install uninstall portable release deb test test-all valgrind bench benches mutate demo \
	units fuzz fuzzers ct lint analyze clean help FORCE
.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
